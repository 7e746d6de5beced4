"""What a model takes and gives on the machine at hand: seconds per megapixel of its result, and PSNR on a test set."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.records import mean
from srcnn.benchmark.run import run_benchmark
from srcnn.benchmark.timing import timed
from srcnn.image.arrays import Floats
from srcnn.methods import load
from srcnn.methods.base import Engine

DATASET = "Set5"

_SIDES = (192, 1152)  # pixels per side of a result: of any model, and of one that makes the small one quickly
_QUICK = 0.1  # seconds


@dataclass(frozen=True)
class ModelTime:
    """A model at one scale, measured.

    Attributes
    ----------
    name : str
        Of the model.
    scale : int
        Upscaling factor.
    seconds, cpu_seconds : float
        By the clock and of processor time, for a megapixel of the result, with the model loaded.
    psnr : float or None
        Mean luma PSNR on Set5 in dB; None where the images are not there.
    """

    name: str
    scale: int
    seconds: float
    cpu_seconds: float
    psnr: float | None = None


def time_model(
    name: str, scale: int, *, threads: int | None = None, engine: Engine = "auto", data: Path | None = None
) -> ModelTime:
    """Measure a model.

    Parameters
    ----------
    name : str
        As `srcnn.methods.load` takes it.
    scale : int
        Upscaling factor.
    threads, engine : optional
        How to compute, as in `srcnn.methods.load`.
    data : path, optional
        The folder that holds Set5; PSNR is measured with it.

    Returns
    -------
    ModelTime
        The median of a few calls, after one that is not timed.

    Raises
    ------
    OptionError
        If there is no such model.
    DataError
        If ``data`` holds no Set5.
    """
    method = load(name, scale, threads=threads, engine=engine)
    small, large = _SIDES
    lr = _sample(small // scale, method.channels == "rgb")
    _, seconds, cpu_seconds, _ = timed(lambda: method.upscale(lr))
    side = small
    if seconds < _QUICK:
        lr, side = _sample(large // scale, method.channels == "rgb"), large
        _, seconds, cpu_seconds, _ = timed(lambda: method.upscale(lr))
    megapixels = side**2 / 1e6
    return ModelTime(
        name, scale, seconds / megapixels, cpu_seconds / megapixels, _psnr(name, scale, threads, engine, data)
    )


def _psnr(name: str, scale: int, threads: int | None, engine: Engine, data: Path | None) -> float | None:
    if data is None:
        return None
    config = BenchmarkConfig(
        methods=(name,), datasets=(DATASET,), scales=(scale,), metrics=("psnr",), threads=threads, engine=engine
    )
    return mean([score.values["psnr"] for score in run_benchmark(config, None, data=data).scores])


def _sample(side: int, rgb: bool) -> Floats:
    """Waves with some noise: the time of a few example-based methods depends on what there is to upscale."""
    y, x = np.mgrid[:side, :side] / 7.0
    waves = 0.5 + 0.3 * np.sin(x + np.cos(y)) + np.random.default_rng(0).normal(0, 0.05, (side, side))
    luma = waves.clip(0, 1).astype(np.float32)
    return np.repeat(luma[..., None], 3, axis=2) if rgb else luma
