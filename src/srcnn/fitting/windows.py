"""The windows of training images: their vectors, their features and the details that belong to them.

Cells and windows are those of `srcnn.methods.features`, which enlarging takes them from in the same way.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import make_pair
from srcnn.errors import DataError
from srcnn.image.arrays import Floats
from srcnn.methods.features import CELLS, FRAME, MATRIX_BITS, WINDOW, Projection, by_cells, feature_cells


def detail_cells(hr: Floats, ilr: Floats, scale: int) -> Floats:
    """What ILR misses, ``hr - ilr``, by cells without the frame.

    Parameters
    ----------
    hr, ilr : (scale h, scale w) float arrays
        Ground truth, and its LR image brought to the same size.
    scale : int
        Upscaling factor.

    Returns
    -------
    (h - 2, w - 2, scale²) array
        Of all cells but the frame.
    """
    inner = (slice(scale, -scale), slice(scale, -scale))
    cells = by_cells((hr - ilr)[inner], scale)
    return cells.reshape(*cells.shape[:2], scale**2)


def join_windows(cells: Floats, step: int = 1) -> Floats:
    """Vectors of all windows, every ``step`` cells.

    Parameters
    ----------
    cells : (rows, columns, n_values) float array
        An image by cells.
    step : int
        Cells from a window to the next, at least 1.

    Returns
    -------
    (n, 9 n_values) array
        Windows row by row; in each, its nine cells row by row.
    """
    rows, columns = cells.shape[0] - WINDOW + 1, cells.shape[1] - WINDOW + 1
    parts = [cells[a : a + rows : step, b : b + columns : step] for a in range(WINDOW) for b in range(WINDOW)]
    joined = np.stack(parts, axis=2)
    return joined.reshape(-1, CELLS * cells.shape[2])


def n_windows(shape: tuple[int, ...], scale: int, step: int = 1) -> int:
    """How many windows, every ``step`` cells, an image has.

    Parameters
    ----------
    shape : (int, int)
        Its sides in HR pixels.
    scale : int
        Upscaling factor.
    step : int
        Cells from a window to the next, at least 1.

    Returns
    -------
    int
        0 for an image with a side below 5 cells.
    """
    rows, columns = (max(side // scale - 2 * FRAME - WINDOW + 1, 0) for side in shape)
    return math.ceil(rows / step) * math.ceil(columns / step)


def training_windows(
    images: Iterable[Floats], scale: int, projection: Projection, step: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Features and details of the windows of each image.

    Parameters
    ----------
    images : iterable of (H, W) float array
        Lumas, in [0, 1].
    scale : int
        Upscaling factor.
    projection : Projection
        Makes the features.
    step : int
        Cells from a window to the next, at least 1.

    Yields
    ------
    features : (n, n_features) float32 array
        Of all windows of an image.
    details : (n, 9 scale²) float32 array
        What ILR misses in them.
    """
    for luma in images:
        hr, _, ilr = make_pair(luma, scale)
        features = projection(feature_cells(ilr, scale))[::step, ::step]
        details = join_windows(detail_cells(hr, ilr, scale), step)
        yield features.reshape(-1, projection.width).astype(np.float32), details.astype(np.float32, copy=False)


def fit_projection(images: Iterable[NDArray[np.float64]], step: int, cut: float) -> Projection:
    """Principal components of the features of windows, *not* centred.

    Parameters
    ----------
    images : iterable of (h, w, 4 scale²) arrays
        What `feature_cells` gave for each image.
    step : int
        Cells between windows.
    cut : float
        Share of the energy that may be lost: components are dropped, weakest first, while their sum stays below it.

    Returns
    -------
    Projection
        Components in descending order of energy.

    Raises
    ------
    DataError
        If all features are 0.
    """
    total: Any = 0.0
    for cells in images:
        vectors = join_windows(cells, step)
        total = total + vectors.T @ vectors
    if not np.trace(total) > 0:
        raise DataError("the training images are flat: all their features are 0")
    energy, components = np.linalg.eigh(total)
    first = int(np.searchsorted(np.cumsum(energy) / energy.sum(), cut))
    kept = components[:, first:][:, ::-1]
    # A component's sign is free; fixed here so that it does not depend on the LAPACK at hand.
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
    return Projection(np.ldexp(np.clip(kept, -0.9999, 0.9999), MATRIX_BITS).round().astype(np.int16))
