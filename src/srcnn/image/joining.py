"""Colour from luma of full size and chroma of the small image: bicubic interpolation by phases.

At a whole factor every ``scale``-th pixel has the same taps.
So a plane is multiplied by a few numbers and added up, which takes a seventh of the time of resampling either axis by
indices, stacking the planes and converting them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from srcnn.image.arrays import Floats, Image
from srcnn.image.colour import CHROMA_TO_RGB, LUMA_BLACK, LUMA_TO_RGB
from srcnn.image.raster import Window
from srcnn.image.resize import cubic_kernel

HALO = 2
"""Pixels of the small image that are needed around those a window lies on."""

_Taps = tuple[tuple[int, float], ...]  # of one phase: offsets in the small image, and weights


def small_window(window: Window, scale: int) -> Window:
    """The part of the small image that a window of the large one is made of; it may exceed the image.

    Parameters
    ----------
    window : Window
        In the large image.
    scale : int
        How many times as large it is.

    Returns
    -------
    Window
        With `HALO` around it.
    """
    return Window(
        window.top // scale - HALO,
        -(-window.bottom // scale) + HALO,
        window.left // scale - HALO,
        -(-window.right // scale) + HALO,
    )


def join_colour(luma: Floats, chroma: Floats, window: Window, scale: int, out: Image) -> None:
    """Make RGB of luma and of chroma that is ``scale`` times as small.

    Every pixel is computed in the same way whatever the window, and so to the same byte.

    Parameters
    ----------
    luma : (h, w) float array
        Of a window of the large image.
    chroma : (H, W, 2) float array
        Cb and Cr about 0, of `small_window`, with edge padding outside the image.
    window : Window
        Where the luma lies.
    scale : int
        A whole factor.
    out : (h, w, 3) array
        What is written: uint8, uint16, or floats in [0, 1].
    """
    floats = out.dtype.kind == "f"
    white = 1.0 if floats else float(np.iinfo(out.dtype).max)
    gain = np.float32(LUMA_TO_RGB * white)
    # Integers round half up: a half is added, and what follows the point is cut off.
    offset = np.float32(-LUMA_BLACK * LUMA_TO_RGB * white + (0.0 if floats else 0.5))
    most = np.float32(white) if floats else np.nextafter(np.float32(white + 1), np.float32(0))
    weights = (np.asarray(CHROMA_TO_RGB, np.float32) * np.float32(white)).tolist()
    rows = [_taller(chroma[..., band], window, scale) for band in range(2)]
    for across, first, taps in _phases(window.left, window.right, scale):
        light = luma[:, across] * gain
        light += offset
        columns = [_summed(plane, first - window.left // scale + HALO, light.shape[1], taps) for plane in rows]
        for channel in range(3):
            values = light if channel == 2 else light.copy()  # blue, the last, may overwrite it
            for plane, weight in zip(columns, weights[channel], strict=True):
                if weight:
                    values += plane * np.float32(weight)
            np.maximum(values, np.float32(0), out=values)
            np.minimum(values, most, out=values)
            out[:, across, channel] = values


def _taller(plane: Floats, window: Window, scale: int) -> Floats:
    """A plane of the small image with the rows of the window."""
    plane = np.ascontiguousarray(plane, np.float32)
    out = np.empty((window.shape[0], plane.shape[1]), np.float32)
    for down, first, taps in _phases(window.top, window.bottom, scale):
        count = len(range(*down.indices(len(out))))
        out[down] = _summed(plane.T, first - window.top // scale + HALO, count, taps).T
    return out


def _summed(plane: Floats, start: int, count: int, taps: _Taps) -> Floats:
    """The sum of a plane's columns around each of ``count`` columns, weighted."""
    (offset, weight), *others = taps
    total = plane[:, start + offset : start + offset + count] * np.float32(weight)
    for offset, weight in others:
        total += plane[:, start + offset : start + offset + count] * np.float32(weight)
    return total


def _phases(start: int, stop: int, scale: int) -> Iterator[tuple[slice, int, _Taps]]:
    """For every phase of a range: its pixels as a slice of the range, the small image's first pixel, and the taps."""
    for phase, taps in enumerate(phase_taps(scale)):
        at = start + (phase - start) % scale
        if at < stop:
            yield slice(at - start, None, scale), at // scale, taps


@lru_cache(maxsize=8)
def phase_taps(scale: int) -> tuple[_Taps, ...]:
    """The bicubic taps of every phase of a whole factor.

    Parameters
    ----------
    scale : int
        At least 1.

    Returns
    -------
    tuple of tuple of (int, float)
        For each of ``scale`` phases: offsets in the small image, and weights, which sum to 1.
    """
    return tuple(_taps((phase + 0.5) / scale - 0.5) for phase in range(scale))


def _taps(centre: float) -> _Taps:
    offsets = np.arange(math.floor(centre) - 1, math.floor(centre) + 3)
    weights = cubic_kernel(centre - offsets)
    weights /= weights.sum()
    return tuple((int(o), float(w)) for o, w in zip(offsets, weights, strict=True) if w != 0)
