"""The parts of an image that its wear is estimated from: its middle, its luma, blocks of 8x8 pixels."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Bytes

BLOCK = 8  # pixels per side of a JPEG block
LUMA = np.array([0.299, 0.587, 0.114])  # as in JPEG (JFIF)
_LARGEST = 768  # pixels per side that are examined: the centre of a larger image


def middle(image: Bytes) -> Bytes:
    """The part that is examined: all of it, or of a larger image the centre, in whole blocks from the corner.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        The image.

    Returns
    -------
    (h, w) or (h, w, 3) uint8 array
        At most 768 pixels a side.
    """
    top, left = ((max(0, side - _LARGEST) // 2) // BLOCK * BLOCK for side in image.shape[:2])
    return image[top : top + _LARGEST, left : left + _LARGEST]


def jpeg_luma(image: Bytes) -> NDArray[np.float64]:
    """Full-range luma, as in JPEG (JFIF).

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        The image.

    Returns
    -------
    (H, W) float64 array
        From -128 to 127.
    """
    values = image.astype(np.float64)
    return values - 128 if values.ndim == 2 else values @ LUMA - 128


def is_clipped(image: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value is at an end of its range, and so may have lost something.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) array
        Values from 0 to 255.

    Returns
    -------
    (H, W) bool array
        Of any band.
    """
    return np.asarray(((image == 0) | (image == 255)).reshape(*image.shape[:2], -1).any(2))


def in_blocks(plane: NDArray[Any]) -> NDArray[Any]:
    """A plane's whole blocks of 8x8 pixels.

    Parameters
    ----------
    plane : (H, W) array
        Anything.

    Returns
    -------
    (H // 8, 8, W // 8, 8) array
        Block, row, block, column.
    """
    rows, columns = (side // BLOCK for side in plane.shape)
    return plane[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)


@lru_cache(maxsize=1)
def cosines() -> NDArray[np.float64]:
    """The orthonormal DCT of 8 numbers.

    Returns
    -------
    (8, 8) float64 array
        Frequency, place.
    """
    k, x = np.mgrid[:BLOCK, :BLOCK]
    matrix = np.sqrt(2 / BLOCK) * np.cos(np.pi * k * (2 * x + 1) / (2 * BLOCK))
    matrix[0] /= math.sqrt(2)
    return np.asarray(matrix)
