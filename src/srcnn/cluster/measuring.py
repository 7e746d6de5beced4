"""`srcnn benchmark` on a cluster: methods × images, one measurement a process."""

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from srcnn import options
from srcnn.benchmark.measurement import Measured, Measuring, Opened, estimated, scored
from srcnn.benchmark.records import Key
from srcnn.cluster.batches import Batches
from srcnn.cluster.connection import checked_address, connected
from srcnn.cluster.on_ray import RayPool
from srcnn.cluster.paths import everywhere
from srcnn.cluster.schedule import work_through
from srcnn.cluster.task import Task
from srcnn.errors import ClusterError, SrcnnError

Row = Measured | SrcnnError


@dataclass(frozen=True)
class Measurement(Task[Row]):
    """One image by one method.

    Attributes
    ----------
    key : Key
        The row.
    path : path
        The original, where every machine finds it.
    """

    key: Key
    path: Path

    def set_aside(self, why: str) -> Row:
        """The end of a run one of whose measurements costs every process.

        Parameters
        ----------
        why : str
            What became of them.

        Returns
        -------
        SrcnnError
            To be raised.
        """
        what = f"{self.key.method} x{self.key.scale} on {self.path}"
        return ClusterError(f"{what}: {self.tries} processes were lost while it was measured ({why})")


@dataclass
class Measure:
    """What a process does with a measurement; it keeps the method for the next one.

    Attributes
    ----------
    measuring : Measuring
        How measurements are made.
    """

    measuring: Measuring
    _opened: tuple[tuple[str, int], Opened] | None = field(default=None, repr=False)

    def __call__(self, task: Task[Row]) -> Row:
        """Measure; what srcnn says of a bad file or model is an answer, too.

        Parameters
        ----------
        task : Measurement
            One image by one method.

        Returns
        -------
        Measured or SrcnnError
            The score, marked as measured beside others.
        """
        assert isinstance(task, Measurement)
        try:
            opened = self._open(task.key.method, task.key.scale)
            score = scored(estimated(opened.source, task.key, task.path, self.measuring), self.measuring)
        except SrcnnError as error:
            return error
        return Measured(replace(score, alone=False), opened.engine)

    def _open(self, name: str, scale: int) -> Opened:
        if self._opened is None or self._opened[0] != (name, scale):
            self._opened = None  # one method at a time is held
            self._opened = ((name, scale), self.measuring.open(name, scale))
        return self._opened[1]


@dataclass(frozen=True)
class OnCluster:
    """Measurements by a cluster (`srcnn.benchmark.measurement.Measurer`).

    Attributes
    ----------
    address : str
        As `srcnn.cluster.connection.connected` takes it.
    workers : int, optional
        Processes; as many as the cluster has processors for when not given.

    Raises
    ------
    OptionError
        If the address is none, or ``workers`` is no whole number of at least 1.
    """

    address: str
    workers: int | None = None
    timing: str = field(default="on a cluster, beside other measurements: not comparable", init=False)

    def __post_init__(self) -> None:
        checked_address(self.address)
        if self.workers is not None:
            object.__setattr__(self, "workers", options.whole("workers", self.workers))

    def __call__(self, measuring: Measuring, work: Sequence[tuple[Key, Path]]) -> Generator[Measured, None, None]:
        """Measure.

        Parameters
        ----------
        measuring : Measuring
            How.
        work : sequence of (Key, path)
            Rows with their images, those of a method and scale together.

        Yields
        ------
        Measured
            As they come.

        Raises
        ------
        SrcnnError
            The first one that a measurement ends with.
        """
        config = measuring.config
        measure = Measure(
            replace(
                measuring,
                config=replace(config, results={name: _absolute(path) for name, path in config.results.items()}),
                images=None if measuring.images is None else _absolute(measuring.images),
                places={name: everywhere(name) for name in dict.fromkeys(key.method for key, _ in work)},
            )
        )
        tasks = [Measurement(key, _absolute(path)) for key, path in work]
        with connected(self.address) as ray:
            pool = RayPool(ray, measure, cores=config.threads or 1, workers=self.workers)
            # A measurement is long, and how long depends on its method: each process takes the next one.
            for row in work_through(Batches(tasks, most=1), pool):
                if isinstance(row, SrcnnError):
                    raise row
                yield row


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links are left: they may lead elsewhere on other machines
