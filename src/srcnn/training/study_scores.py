"""What the networks of a study reach on a test set: PSNR of every plane, time, and the curve of PSNR on the way."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

import numpy as np

from srcnn import weights
from srcnn.benchmark.datasets import Dataset
from srcnn.degrade import make_pair
from srcnn.errors import DataError, ShapeError
from srcnn.image.arrays import Bytes, Floats, as_rgb, to_floats, to_integers
from srcnn.image.colour import CHROMA_GREY, luma_bytes, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import modcrop, shave
from srcnn.metrics.psnr import psnr
from srcnn.nets import Colour, colour_of
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.predict import load_final, predict, read_checkpoint
from srcnn.training.run_folder import SNAPSHOTS
from srcnn.visualise.baselines import METHODS

# "YCbCr" is the three planes together: the column that the paper heads "RGB" holds this (its bicubic figure, 34.57 dB,
# is ours of YCbCr; that of RGB is 28.63).
PLANES = ("Y", "Cb", "Cr", "YCbCr", "RGB")

Enlarge = Callable[[Floats, Colour], Floats]
"""Gives the estimate of HR for ILR in the planes that are named with it."""


def measured(checkpoint: Path, dataset: Dataset) -> dict[str, float]:
    """Mean PSNR of `PLANES`, seconds, parameters, steps and minutes, and the validation by which it was chosen.

    Parameters
    ----------
    checkpoint : path
        Of a network that takes ILR.
    dataset : Dataset
        The test set.

    Returns
    -------
    dict of str to float
        PSNR in dB to three places; processor seconds of one thread for an image of the test set, on average; counts.
    """
    saved = read_checkpoint(checkpoint)
    config = config_from(saved["config"])
    network = _network(checkpoint)
    spent: list[float] = []

    def timed(ilr: Floats, colour: Colour) -> Floats:
        if not spent:
            network(ilr, colour)  # the first call prepares what the next ones find
        began = time.process_time()
        sr = network(ilr, colour)
        spent.append(time.process_time() - began)
        return sr

    values = measured_by(timed, colour_of(config.net), config, dataset)
    return {
        "parameters": sum(tensor.numel() for tensor in saved["final"].values()),
        "steps": saved["step"],
        "minutes": round(saved["seconds"] / 60, 1),
        "validation": round(max(row["val_psnr"] for row in saved["log"]), 3),
        "seconds": round(fmean(spent), 4),
    } | values


def curve(run: Path, dataset: Dataset) -> list[tuple[int, float]]:
    """PSNR of luma on a test set along a run, at the steps whose weights it kept.

    Parameters
    ----------
    run : path
        Its folder.
    dataset : Dataset
        The test set.

    Returns
    -------
    list of (int, float)
        Backpropagations, which are steps times patches in a batch, and dB.
    """
    points = []
    for path in sorted((run / SNAPSHOTS).glob("*.ckpt")):
        saved = read_checkpoint(path)
        config = config_from(saved["config"])
        values = measured_by(_network(path), colour_of(config.net), config, dataset)
        points.append((saved["step"] * config.batch, values["Y"]))
    return points


def levels(bicubic: float, config: TrainConfig, dataset: Dataset) -> dict[str, float]:
    """PSNR of the other methods of the paper on a test set, for level lines: what the cards of the shipped models say.

    Parameters
    ----------
    bicubic : float
        As measured.
    config : TrainConfig
        Says scale and degradation; of another degradation than bicubic the cards say nothing.
    dataset : Dataset
        The test set.

    Returns
    -------
    dict of str to float
        In dB, bicubic first; methods without a figure are left out.
    """
    found = {"bicubic": bicubic}
    if config.degradation != "bicubic":
        return found
    cards = {entry.card.name: entry.card for entry in weights.entries() if entry.card.scale == config.scale}
    for name in METHODS[1:]:
        score = cards[name].scores.get(dataset.name, {}).get("psnr") if name in cards else None
        if score is not None:
            found[name] = score
    return found


def _network(checkpoint: Path) -> Enlarge:
    net = load_final(checkpoint)
    return lambda ilr, colour: np.moveaxis(predict(net, np.moveaxis(np.atleast_3d(ilr), 2, 0)), 0, 2)


def measured_by(enlarge: Enlarge, colour: Colour, config: TrainConfig, dataset: Dataset) -> dict[str, float]:
    """Mean PSNR of `PLANES` over a test set; what a network on luma leaves out is bicubic.

    Parameters
    ----------
    enlarge : callable
        Gives the estimate of HR for ILR in the planes that are named with it.
    colour : {"luma", "rgb", "ycbcr"}
        Planes that it takes.
    config : TrainConfig
        Says scale and degradation.
    dataset : Dataset
        The test set.

    Returns
    -------
    dict of str to float
        In dB, to three places; a plane that no image has, as grey images have no chroma, is left out.

    Raises
    ------
    ShapeError
        If an image is too small for the scale.
    DataError
        If an image is enlarged without any error, so that there is no mean.
    """
    found: dict[str, list[float]] = {name: [] for name in PLANES}
    for path in dataset.images:
        try:
            pixels = modcrop(dataset.read(path), config.scale)
            measure = _in_grey if pixels.ndim == 2 else _in_colour
            for name, hr, sr in measure(enlarge, colour, pixels, config):
                cut = [shave(plane, config.scale) for plane in (hr, sr)]
                found[name].append(psnr(*cut, data_range=255.0))
        except ShapeError as error:
            raise ShapeError(f"{path}: {error}") from error
        if any(math.isinf(values[-1]) for values in found.values() if values):
            raise DataError(f"{path} is enlarged without any error, so PSNR is infinite; leave it out of the test set")
    return {name: round(fmean(values), 3) for name, values in found.items() if values}


def _in_colour(
    enlarge: Enlarge, colour: Colour, pixels: Bytes, config: TrainConfig
) -> Iterator[tuple[str, Bytes, Bytes]]:
    """Every plane of an RGB image, and its estimate."""
    rgb = to_floats(pixels)
    ilr = _bicubic(rgb, config)
    if colour == "rgb":
        sr = enlarge(ilr, colour)
    elif colour == "ycbcr":
        sr = ycbcr_to_rgb(enlarge(rgb_to_ycbcr(ilr), colour))
    else:
        luma = enlarge(_bicubic(to_floats(luma_bytes(pixels)), config), colour)
        sr = ycbcr_to_rgb(np.dstack([luma[..., 0], rgb_to_ycbcr(ilr)[..., 1:]]))
    yield from zip(PLANES, planes(rgb), planes(sr), strict=True)


def _in_grey(
    enlarge: Enlarge, colour: Colour, pixels: Bytes, config: TrainConfig
) -> Iterator[tuple[str, Bytes, Bytes]]:
    """A grey image, which is its own luma, and its estimate."""
    ilr = _bicubic(to_floats(pixels), config)
    if colour == "rgb":
        sr = enlarge(as_rgb(ilr), colour).mean(axis=2)
    elif colour == "ycbcr":
        grey = np.full_like(ilr, CHROMA_GREY)
        sr = enlarge(np.dstack([ilr, grey, grey]), colour)[..., 0]
    else:
        sr = enlarge(ilr, colour)
    yield "Y", pixels, to_integers(np.clip(sr.reshape(ilr.shape), 0, 1))


def _bicubic(hr: Floats, config: TrainConfig) -> Floats:
    return make_pair(hr, config.scale, config.degradation)[2]


def planes(rgb: Floats) -> list[Bytes]:
    """What `PLANES` names, in 8 bits.

    Parameters
    ----------
    rgb : (H, W, 3) float array
        In [0, 1]; what lies outside is clipped.

    Returns
    -------
    list of uint8 array
        Three of shape (H, W), then two of shape (H, W, 3).
    """
    ycbcr = to_integers(rgb_to_ycbcr(np.clip(rgb, 0, 1).astype(np.float64)))
    return [*np.moveaxis(ycbcr, 2, 0), ycbcr, to_integers(rgb)]
