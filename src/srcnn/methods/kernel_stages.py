"""The first three stages of KK: kernel regression, candidates for each pixel, and their weighted average.

Images here are padded by `PAD` pixels, of which every stage uses up some: ``h`` and ``w`` are the sides without them.

References
----------
Kim, Kwon: Single-image super-resolution using sparse regression and natural image prior, TPAMI 2010, section 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn.image.arrays import Floats

SIDE = 5  # pixels per side of a predicted window: 25 candidates per pixel
REACH = 3  # the expected errors use candidates up to this many pixels away
INPUT_SIDE = {2: 7, 3: 9, 4: 13}  # pixels per side of a window of the Laplacian
_MARGIN = REACH + SIDE // 2  # the regressor also runs this many pixels outside a strip
PAD = _MARGIN + max(INPUT_SIDE.values()) // 2 + 1
_TINY = np.float32(1e-6)


@dataclass(frozen=True, eq=False)
class Regressor:
    """Kernel ridge regression on a basis: ``sum_j exp(-|x - basis_j|^2 / width) * coefficients_j``."""

    basis: NDArray[np.float32]  # (n_basis, side^2)
    coefficients: NDArray[np.float32]  # (n_basis, 25)
    width: float

    def kernel(self, x: Floats) -> NDArray[np.float32]:
        """Kernel values between signals and the basis.

        Parameters
        ----------
        x : (n, side²) float array
            Windows of the Laplacian, each divided by its l1 norm.

        Returns
        -------
        (n, n_basis) float32 array
            0 to 1.
        """
        return kernel(x, self.basis, self.width)


def crop(plane: Floats, border: int) -> Floats:
    """Crop ``border`` pixels on every side.

    Parameters
    ----------
    plane : (H, W) array
        Any values.
    border : int
        Not negative.

    Returns
    -------
    (H - 2 border, W - 2 border) array
        A view.
    """
    return plane[border : plane.shape[0] - border, border : plane.shape[1] - border]


def laplacian(plane: Floats) -> Floats:
    """Laplacian, kernel -1/6 [1 4 1; 4 -20 4; 1 4 1].

    Parameters
    ----------
    plane : (H, W) float32 array
        At least 2 pixels a side.

    Returns
    -------
    (H - 2, W - 2) float32 array
        Without the outermost pixels, which lack neighbours.
    """
    rows = plane[:-2] + plane[2:] + 4 * plane[1:-1]  # 1 4 1 down every column
    cross = rows[:, :-2] + rows[:, 2:] + 4 * rows[:, 1:-1]  # 1 4 1; 4 16 4; 1 4 1
    return np.asarray((np.float32(36) * plane[1:-1, 1:-1] - cross) / np.float32(6))


def kernel(x: Floats, basis: Floats, width: float) -> NDArray[np.float32]:
    """``exp(-|x - b|^2 / width)`` for all rows of ``x`` and ``basis``.

    Parameters
    ----------
    x : (n, n_features) float array
        Signals.
    basis : (n_basis, n_features) float array
        Of the type of ``x``.
    width : float
        Above 0, in squared units of ``x``.

    Returns
    -------
    (n, n_basis) array
        0 to 1, up to rounding.
    """
    factor = x.dtype.type(1 / width)
    exponent = (x * (2 * factor)) @ basis.T
    exponent -= factor * (x * x).sum(axis=1, keepdims=True)
    exponent -= factor * (basis * basis).sum(axis=1)
    return np.asarray(np.exp(exponent, out=exponent))


def predict(regressor: Regressor, lap: Floats) -> NDArray[np.float32]:
    """Windows of high frequencies at every pixel with a complete window of the Laplacian and its margin.

    Row by row of the image, so that a row's result does not depend on the rows that are processed with it.

    Parameters
    ----------
    regressor : Regressor
        Stage one.
    lap : (h + 22, w + 22) float array
        Laplacian of intensities in [-1, 1], as of an image padded by `PAD`.

    Returns
    -------
    (25, h + 10, w + 10) float32 array
        The windows, by their pixels row by row; 0 where there is hardly any contrast.
    """
    side = round(np.sqrt(regressor.basis.shape[1]))
    lap = crop(lap, PAD - 1 - _MARGIN - side // 2)
    windows = sliding_window_view(lap, (side, side))
    out = np.zeros((SIDE * SIDE, *windows.shape[:2]), np.float32)
    # A window with so little contrast would change by less than a tenth of a grey level.
    least = 2e-4 * side * side
    for row, line in enumerate(windows):
        x = line.reshape(len(line), -1)
        contrast = np.abs(x).sum(axis=1)
        kept = np.flatnonzero(contrast > least)
        if len(kept):
            c = contrast[kept, None]
            y = regressor.kernel(x[kept] / c) @ regressor.coefficients
            out[:, row, kept] = (y * c).T
    return out


def candidates(predicted: Floats) -> NDArray[np.float32]:
    """The candidates for each pixel from the 25 windows that cover it.

    Parameters
    ----------
    predicted : (25, h, w) float array
        What `predict` gave.

    Returns
    -------
    (25, h - 4, w - 4) float32 array
        Those of each pixel that 25 windows cover.
    """
    height, width = predicted.shape[1] - SIDE + 1, predicted.shape[2] - SIDE + 1
    out = np.empty((len(predicted), height, width), np.float32)
    for k in range(len(predicted)):
        # Position (i, j) of a window is the pixel i - 2 below and j - 2 to the right of its centre.
        i, j = SIDE - 1 - k // SIDE, SIDE - 1 - k % SIDE
        out[k] = predicted[k, i : i + height, j : j + width]
    return out


def linear_inputs(details: Floats, lap: Floats, side: int, row: int) -> NDArray[np.float32]:
    """Inputs of the linear estimate for a row of pixels: the candidates near each, and the Laplacian around it.

    Parameters
    ----------
    details : (25, h + 6, w + 6) float array
        Candidates, with a margin of `REACH` pixels.
    lap : (h + 22, w + 22) float array
        Laplacian, as in `predict`.
    side : int
        Pixels per side of the window of the Laplacian.
    row : int
        0 to ``h - 1``.

    Returns
    -------
    (w, 25 * 49 + side²) float32 array
        One row for each pixel.
    """
    reach = 2 * REACH + 1
    near = sliding_window_view(details[:, row : row + reach], reach, axis=2)  # (25, 7, w, 7)
    lap = crop(lap, PAD - 1 - side // 2)
    around = sliding_window_view(lap[row : row + side], side, axis=1)  # (side, w, side)
    w = near.shape[2]
    return np.concatenate((near.transpose(2, 0, 1, 3).reshape(w, -1), around.transpose(1, 0, 2).reshape(w, -1)), axis=1)


def linear_estimate(estimate: Floats, details: Floats, lap: Floats) -> NDArray[np.float32]:
    """Linear estimate of the missing high frequencies: the sum over `linear_inputs`, without forming them.

    Parameters
    ----------
    estimate : (25 * 49 + side²,) float array
        Factors of the inputs.
    details, lap : float arrays
        As in `linear_inputs`.

    Returns
    -------
    (h, w) float32 array
        Intensities on the scale of [-1, 1].
    """
    reach = 2 * REACH + 1
    h, w = details.shape[1] - 2 * REACH, details.shape[2] - 2 * REACH
    n_near = len(details) * reach * reach
    side = round(np.sqrt(len(estimate) - n_near))
    near = estimate[:n_near].reshape(len(details), reach, reach)
    around = estimate[n_near:].reshape(side, side)
    lap = crop(lap, PAD - 1 - side // 2)
    out = np.zeros((h, w), np.float32)
    for plane, weight in ((lap, around), *zip(details, near, strict=True)):
        for i, line in enumerate(weight):
            for j, factor in enumerate(line):
                out += factor * plane[i : i + h, j : j + w]
    return out


def combine(details: Floats, estimate: Floats, sigma: float) -> NDArray[np.float32]:
    """Average of the candidates, weighted with ``exp(-|d| / sigma)``, d the expected error of each.

    The paper predicts each candidate's error by its own linear map of the same inputs.
    The candidate itself is among the inputs, so the least squares error of candidate i is exactly candidate i minus one
    common linear estimate of the truth: one map is stored and evaluated instead of 25.

    Parameters
    ----------
    details : (25, h, w) float32 array
        Candidates.
    estimate : (h, w) float32 array
        What `linear_estimate` gave.
    sigma : float
        Above 0, for intensities in [-1, 1].

    Returns
    -------
    (h, w) float32 array
        High frequencies.
    """
    weight = np.exp(np.abs(details - estimate) * np.float32(-1 / sigma))
    return np.asarray((weight * details).sum(axis=0) / (weight.sum(axis=0) + _TINY))
