"""One measurement: a method upscales an image, and metrics compare the result with the original.

Those who order measurements (`srcnn.benchmark.run`, `srcnn.cluster.measuring`) call what is here; all of it can be sent
to another machine.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.datasets import read_bytes
from srcnn.benchmark.records import Key, Score
from srcnn.benchmark.saved_images import save_images
from srcnn.benchmark.sources import Estimate, LiveMethod, SavedResults, Source, WornImages
from srcnn.errors import ShapeError
from srcnn.image.arrays import Bytes
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import shave
from srcnn.methods import load
from srcnn.methods.base import Options
from srcnn.methods.network import NetworkMethod
from srcnn.methods.protocol import make_hr
from srcnn.metrics import Metric
from srcnn.metrics.protocol import measure_planes
from srcnn.wear import Wear


class Measured(NamedTuple):
    """A score, and what ran the network that it is of."""

    score: Score
    engine: str | None = None


class Measurer(Protocol):
    """Carries out measurements: on this machine, or on a cluster."""

    @property
    def timing(self) -> str:
        """How it takes seconds, as a run is described."""
        ...

    def __call__(self, measuring: "Measuring", work: Sequence[tuple[Key, Path]]) -> Generator[Measured, None, None]:
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
            In any order.
        """
        ...


@dataclass(frozen=True)
class Opened:
    """The source of a method's images, loaded.

    Attributes
    ----------
    source : Source
        Makes or finds the images.
    engine : str or None
        What runs the network; None of what is none.
    """

    source: Source
    engine: str | None = None


@dataclass(frozen=True)
class Measuring:
    """How measurements are made.

    Attributes
    ----------
    config : BenchmarkConfig
        Threads, engine, and folders of results.
    metrics : tuple of Metric
        What is taken.
    wears : mapping of str to Wear
        How worn the images of datasets are, by name, of those that are worn.
    images : path, optional
        The folder in which results and originals are kept.
    greys : frozenset of str
        Names of the datasets whose images are read in grey.
    places : mapping of str to str
        Where the model files are, by the names under which they are measured, if that is another place.
    """

    config: BenchmarkConfig
    metrics: tuple[Metric, ...]
    wears: Mapping[str, Wear]
    images: Path | None = None
    greys: frozenset[str] = frozenset()
    places: Mapping[str, str] = field(default_factory=dict)

    def open(self, name: str, scale: int) -> Opened:
        """The source of a method's images, loaded.

        Parameters
        ----------
        name : str
            The method.
        scale : int
            Upscaling factor.

        Returns
        -------
        Opened
            See `LiveMethod.estimate` for what is timed.
        """
        config = self.config
        if name in config.results:
            return Opened(SavedResults(config.results[name]))
        model = self.places.get(name, name)
        method = load(model, scale, threads=config.threads, engine=config.engine)
        engine = method.session.engine if isinstance(method, NetworkMethod) else None
        live = LiveMethod(method, in_colour=self.images is not None)
        if not self.wears:
            return Opened(live, engine)
        options = Options(threads=config.threads, engine=config.engine)
        return Opened(WornImages(live, self.wears, options, model), engine)


@dataclass(frozen=True, eq=False)
class Estimated:
    """An image and what a source makes of it."""

    key: Key
    hr: Bytes
    estimate: Estimate


def estimated(source: Source, key: Key, path: Path, measuring: Measuring) -> Estimated:
    """Let a source make its image; this is what is timed.

    Parameters
    ----------
    source : Source
        From `Measuring.open`.
    key : Key
        The row.
    path : path
        The original.
    measuring : Measuring
        How.

    Returns
    -------
    Estimated
        For `scored`.

    Raises
    ------
    ShapeError
        If the image is smaller than the scale.
    """
    hr = _read(path, key.scale, grey=key.dataset in measuring.greys)
    return Estimated(key, hr, source.estimate(key, hr))


def scored(what: Estimated, measuring: Measuring) -> Score:
    """Compare an estimate with the original, and keep both where that is asked for.

    Parameters
    ----------
    what : Estimated
        Both.
    measuring : Measuring
        How.

    Returns
    -------
    Score
        The row.
    """
    key, estimate = what.key, what.estimate
    values, notes = _compare(luma_bytes(what.hr), estimate.luma, key.scale, measuring.metrics)
    if measuring.images is not None:
        save_images(measuring.images, key, what.hr, estimate.image)
    return Score(key, values, estimate.seconds, estimate.cpu_seconds, estimate.luma.shape, estimate.peak_memory, notes)


def _read(path: Path, scale: int, *, grey: bool) -> Bytes:
    """The 8-bit image, cut to a multiple of ``scale``."""
    try:
        return make_hr(read_bytes(path, grey=grey), scale)
    except ShapeError as error:
        raise ShapeError(f"{path}: {error}") from error


def _compare(hr: Bytes, sr: Bytes, border: int, metrics: Sequence[Metric]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Values of the metrics that can be taken, and why the others cannot."""
    side = max(min(hr.shape) - 2 * border, 0)
    fitting = [metric for metric in metrics if side >= metric.smallest_side]
    notes = tuple(
        f"{metric.name} needs at least {metric.smallest_side} pixels per side, but only {side} are left without "
        "the border"
        for metric in metrics
        if metric not in fitting
    )
    values = measure_planes(shave(hr, border), shave(sr, border), fitting, data_range=255.0) if fitting else {}
    return values, notes
