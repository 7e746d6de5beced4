"""Small linear filters in NumPy alone, fast enough that the metrics need no other library.

A row-major image is one long signal, so one call of ``np.correlate`` filters all its rows; what runs over a row's end
falls into columns that are cut off. NumPy has a special loop for kernels of up to 11 taps, which covers every kernel
used here.
"""

import numpy as np
from numpy.typing import NDArray

from srcnn.metrics.checks import Plane


def correlate_rows(plane: Plane, kernel: NDArray[np.float64]) -> Plane:
    """Correlate along axis 1 where the kernel lies wholly inside: (H, W) gives (H, W - n + 1), a view into a larger
    array.

    Parameters
    ----------
    plane : (H, W) float64 array
        Values.
    kernel : (n,) float64 array
        Weights.

    Returns
    -------
    (H, W - n + 1) float64 array
        A view into a larger array.
    """
    height, width = plane.shape
    reach = len(kernel) - 1
    out = np.empty(height * width)
    out[: out.size - reach] = np.correlate(np.ascontiguousarray(plane).ravel(), kernel, "valid")
    return out.reshape(height, width)[:, : width - reach]


def correlate_separable(plane: Plane, kernel: NDArray[np.float64], step: int = 1) -> Plane:
    """Correlate with ``kernel`` along both axes where it lies wholly inside; every ``step``-th row and column, from the
    first.

    Parameters
    ----------
    plane : (H, W) float64 array
        Values.
    kernel : (n,) float64 array
        Weights, for both axes.
    step : int
        Of the rows and columns that are kept.

    Returns
    -------
    (H, W) float64 array
        Smaller by n - 1 along both axes, before the step.
    """
    rows = correlate_rows(plane, kernel)[:, ::step]
    return correlate_rows(rows.T, kernel)[:, ::step].T


def correlate(plane: Plane, kernel: NDArray[np.float64], step: int = 1) -> Plane:
    """Correlate with a square, odd kernel; edges mirrored without repeating the edge pixel; every ``step``-th row and
    column.

    The same as ``scipy.ndimage.correlate(plane, kernel, mode="mirror")[::step, ::step]``.

    Parameters
    ----------
    plane : (H, W) float64 array
        Values.
    kernel : (n, n) float64 array
        Weights, n odd.
    step : int
        Of the rows and columns that are kept.

    Returns
    -------
    (H, W) float64 array
        Of the plane's size, before the step.
    """
    height, width = plane.shape
    padded = np.pad(plane, len(kernel) // 2, mode="reflect")
    out = np.zeros((len(range(0, height, step)), len(range(0, width, step))))
    for row, taps in enumerate(kernel):
        out += correlate_rows(padded[row : row + height : step], taps)[:, ::step]
    return out
