"""Many images on many machines: the plan, the processes and the order of the work, put together."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from srcnn import options
from srcnn.cluster.batches import Batches
from srcnn.cluster.connection import connected
from srcnn.cluster.on_ray import RayPool
from srcnn.cluster.paths import everywhere
from srcnn.cluster.planned import Planned
from srcnn.cluster.schedule import work_through
from srcnn.cluster.worker import UpscaleItem
from srcnn.errors import SrcnnError
from srcnn.planning import Outcome
from srcnn.upscale_file import UpscaleFile


def run_on_cluster(
    plan: Planned,
    work: UpscaleFile,
    address: str,
    *,
    workers: int | None = None,
    overwrite: bool = False,
    on_total: Callable[[int], None] | None = None,
) -> Iterator[Outcome]:
    """Carry out a plan on a cluster, yielding the outcome of every file as soon as it is known.

    The driver holds neither images nor the list of their names: it lists as far as processes ask for work.

    Parameters
    ----------
    plan : Planned
        From `srcnn.cluster.planned.planned`.
    work : UpscaleFile
        What is done with a file; its threads are those of a process, 1 when not given.
    address : str
        "ray" or ``"ray://HOST:PORT"``, as `srcnn.cluster.connection.connected` takes it.
    workers : int, optional
        Processes; as many as the cluster has processors for when not given.
    overwrite : bool
        Whether existing results are replaced.
    on_total : callable, optional
        Told the number of files once they have been counted, from another thread.

    Yields
    ------
    Outcome
        In the order in which files are finished, every file once.

    Raises
    ------
    ClusterError
        If there is no cluster, or none of its processes works.
    MissingExtraError
        If Ray is not installed.
    OptionError
        If the address is none, or ``workers`` is no whole number of at least 1.
    """
    workers = None if workers is None else options.whole("workers", workers)
    work = replace(work, threads=work.threads or 1, model=everywhere(os.fspath(work.model)))
    finished = 0
    with connected(address) as ray:
        total = _Total(plan, on_total)
        cards = 1 if work.device.startswith("cuda") else 0
        pool = RayPool(ray, UpscaleItem(work, overwrite), cores=work.threads or 1, cards=cards, workers=workers)
        outcomes = work_through(Batches(plan), pool, left=lambda: total.left(finished))
        for outcome in outcomes:
            finished += 1
            yield outcome


class _Total:
    """How many files there are, counted by listing them once more beside the work."""

    def __init__(self, plan: Planned, on_total: Callable[[int], None] | None) -> None:
        self._plan = plan
        self._tell = on_total
        self._total: int | None = None
        threading.Thread(target=self._count, name="srcnn-count", daemon=True).start()

    def left(self, finished: int) -> int | None:
        """Files without an outcome; None while they are being counted."""
        return None if self._total is None else max(self._total - finished, 0)

    def _count(self) -> None:
        with suppress(SrcnnError, OSError):  # the work meets it, too, and says so
            self._total = sum(1 for _ in self._plan)
            if self._tell is not None:
                self._tell(self._total)
