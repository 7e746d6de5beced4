"""What a network adds to areas of one grey, which `srcnn.training.finish` takes off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.by_onnxruntime import silent_onnxruntime
from srcnn.image.arrays import Floats
from srcnn.weights.card import Card

_GREYS = 37  # that a network's errors are measured on
_SIDE = 24  # LR pixels of those areas
_NEGLIGIBLE = 0.2 / 255  # of what a network adds to noise-free areas alone


@dataclass(frozen=True, eq=False)
class GreyErrors:
    """What a network adds to an area of one grey, as straight lines ``constant + slope * grey`` closest to it.

    ``everywhere`` holds constants and slopes, a row a channel before the pixel shuffle, of areas with the faintest
    noise; ``flat`` what comes to it, for all channels of a plane, where there is no noise at all: zero for most
    networks, half a level for some.
    """

    everywhere: Floats  # (planes * scale², 2)
    flat: Floats  # (planes, 2)


def grey_errors(data: bytes, card: Card) -> GreyErrors:
    """Measure what a network, not yet finished, adds to greys.

    One that is told the wear has settled them itself, see `srcnn.training.worn_graph`.

    Parameters
    ----------
    data : bytes
        Its ONNX file.
    card : Card
        What it is.

    Returns
    -------
    GreyErrors
        Zeros for a network that is told the wear.
    """
    if card.wear:
        return GreyErrors(np.zeros((3 * card.scale**2, 2), np.float32), np.zeros((3, 2), np.float32))
    session = silent_onnxruntime().InferenceSession(data, providers=["CPUExecutionProvider"])
    planes, step = planes_of(card), card.scale if card.input_size == "lr" else 1
    inputs = session.get_inputs()[0].shape[1]
    greys = (
        np.linspace(16 / 255, 235 / 255, _GREYS) if card.channels == "luma" else np.linspace(2 / 255, 253 / 255, _GREYS)
    )
    rng = np.random.default_rng(0)
    noise = rng.integers(-1, 2, (_GREYS, planes, *(_SIDE + 2 * card.halo,) * 2)) / 255
    found: list[NDArray[np.float64]] = []
    for strength in (0, 1):
        errors = []
        for area in (greys[:, None, None, None] + strength * noise).astype(np.float32):
            told = np.zeros((inputs - planes, *area.shape[1:]), np.float32)
            y = session.run(None, {"x": np.concatenate([area, told])[None]})[0][0]
            phases = y.reshape(planes, _SIDE, step, _SIDE, step).mean((1, 3), dtype=np.float64)
            middle = slice(card.halo, card.halo + _SIDE)
            inner = area[:, middle, middle].mean((1, 2), dtype=np.float64)
            errors.append((phases - inner[:, None, None]).reshape(-1))
        found.append(np.polyfit(greys, np.array(errors), 1)[::-1].T)
    flat, everywhere = found
    beside = (flat - everywhere).reshape(planes, -1, 2).mean(1)
    if np.abs(beside @ [[1, 1], [greys[0], greys[-1]]]).max() < _NEGLIGIBLE:
        beside = np.zeros_like(beside)
    return GreyErrors(everywhere.astype(np.float32), beside.astype(np.float32))


def planes_of(card: Card) -> int:
    """How many planes an image of the network has.

    Parameters
    ----------
    card : Card
        The network's.

    Returns
    -------
    int
        1 or 3.
    """
    return 1 if card.channels == "luma" else 3
