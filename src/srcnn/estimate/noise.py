"""The noise of an image, from its pixels, also through what JPEG has left of it."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from srcnn.estimate.blocks import BLOCK, LUMA, cosines, in_blocks, is_clipped, jpeg_luma, middle
from srcnn.image.arrays import Bytes
from srcnn.wear import MAX_NOISE

_CLEAR = 2.5  # 8-bit levels: below, fine texture and noise cannot be distinguished
# Of one plane, where nothing but the shape of its structure tells noise from texture:
_FINE = 1.7  # levels that the finest structure of its flattest blocks must have
_AGREEING = 1.3  # by how much its calm blocks may exceed the flattest ones
# By how much the structure of twice the size may exceed the finest one: of a grey image as it is, and of those where
# other traces of noise are missing, in colours that agree or under a quantiser.
_WHITE, _WHITE_IN_DOUBT = 1.8, 1.4
_LEFT = 0.25  # share of the noise's finest structure that quantisation must have left
_LEVELS = np.concatenate([[0.5, 1.0, 1.5], np.geomspace(2, 60, 21)])
_SIDE = 192  # pixels per side of the noise that is compared with


Table: TypeAlias = Sequence[int] | NDArray[np.float64]
"""64 quantiser steps, row by row."""


class _Structure(NamedTuple):
    """Strengths in levels: of the finest structure in the flattest blocks and in calm ones; of twice the size."""

    flattest: float
    calm: float
    coarser: float


def estimate_noise(image: Bytes, table: Table | None = None) -> float:
    """Standard deviation of white noise in 8-bit levels; 0 where texture could be the reason.

    Texture is nearly the same in red, green and blue, and noise is not: the finest structure of the differences between
    channels is noise alone.
    JPEG takes that from most files, and a grey image has none.
    There the flattest twentieth of the blocks of luma is compared with noise that went through the same quantisation,
    and used only if calm blocks and the image at half its size tell of the same noise.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        The image.
    table : 64 integers, optional
        The luminance quantisation table of the JPEG that it was, row by row, if it was one.

    Returns
    -------
    float
        In levels of 8 bits, of each channel.

    References
    ----------
    Immerkaer, Fast Noise Variance Estimation, Computer Vision and Image Understanding 1996.
    """
    part = middle(image)
    if part.ndim == 3 and (part[..., :1] == part).all():
        part = part[..., 0]
    clipped, white, share = is_clipped(part), _WHITE if table is None else _WHITE_IN_DOUBT, 1.0
    if part.ndim == 3:
        bands = part.astype(np.float64)
        found = min(float(np.median(_finest(bands[..., c] - bands[..., 1], clipped))) / math.sqrt(2) for c in (0, 2))
        if found >= _CLEAR:
            return min(found, MAX_NOISE)
        # A JPEG's chroma has lost its noise; where there was no JPEG, noise that the differences lack is alike in all.
        white, share = _WHITE_IN_DOUBT, 1.0 if table is None else float(np.linalg.norm(LUMA))
    return min(_noise_of_plane(jpeg_luma(part), clipped, table, white) / share, MAX_NOISE)


def _noise_of_plane(plane: NDArray[np.float64], clipped: NDArray[np.bool_], table: Table | None, white: float) -> float:
    found = _structure(plane, clipped)
    if found.flattest < _FINE:
        return 0.0
    curves = _structure_of_noise(None if table is None else tuple(int(step) for step in table))
    noise, calm, coarser = (float(np.interp(a, curve, _LEVELS)) for a, curve in zip(found, curves.T, strict=True))
    is_left = noise <= found.flattest / _LEFT  # else a little texture would pass for a lot of noise
    return noise if noise >= _CLEAR and is_left and calm < _AGREEING * noise and coarser < white * noise else 0.0


def _structure(plane: NDArray[np.float64], clipped: NDArray[np.bool_]) -> _Structure:
    flattest, calm = np.percentile(_finest(plane, clipped), (5, 20))
    halved, ends = np.asarray(_quads(plane).mean((1, 3))), np.asarray(_quads(clipped).any((1, 3)))
    return _Structure(float(flattest), float(calm), float(np.percentile(_finest(halved, ends), 5)))


@lru_cache(maxsize=8)
def _structure_of_noise(table: tuple[int, ...] | None) -> NDArray[np.float64]:
    """`_structure` of noise of each of `_LEVELS`, and nothing but noise, after JPEG: (levels, 3), increasing."""
    rows = []
    steps = None if table is None else np.array(table).reshape(BLOCK, BLOCK)
    for level in _LEVELS:
        noise = level * _white_noise()
        if steps is not None:
            blocks = in_blocks(noise).swapaxes(1, 2)
            kept = np.round(cosines() @ blocks @ cosines().T / steps) * steps
            noise = (cosines().T @ kept @ cosines()).swapaxes(1, 2).reshape(noise.shape)
        rows.append(_structure(np.round(noise), np.zeros(noise.shape, np.bool_)))
    return np.maximum.accumulate(np.array(rows), axis=0)


@lru_cache(maxsize=1)
def _white_noise() -> NDArray[np.float64]:
    """Nearly normal numbers of standard deviation 1, always the same: sums of twelve hashes of their place."""
    x = np.arange(12 * _SIDE**2, dtype=np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return np.asarray((x / 2**32).reshape(_SIDE, _SIDE, 12).sum(2) - 6)


def _finest(plane: NDArray[np.float64], clipped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Strength of the finest structure in each block of 8x8 pixels: its second difference, normalised to white noise.

    Blocks with clipped pixels, which have lost part of their noise, are ignored if there are enough others.
    """
    rows = plane[:-2] - 2 * plane[1:-1] + plane[2:]
    fine = (rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]) / 6
    strengths = np.sqrt(in_blocks(fine**2).mean((1, 3))).ravel()
    whole = ~in_blocks(clipped[1:-1, 1:-1]).any((1, 3)).ravel()
    return np.asarray(strengths[whole] if whole.sum() >= max(20, len(whole) // 10) else strengths)


def _quads(plane: NDArray[Any]) -> NDArray[Any]:
    rows, columns = (side // 2 for side in plane.shape)
    return plane[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2)
