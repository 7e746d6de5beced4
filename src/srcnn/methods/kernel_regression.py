"""KK: sparse kernel regression with a natural image prior at major edges.

Four stages. A kernel regressor maps every window of middle frequencies to a window of missing high ones; overlapping
windows give each pixel 25 candidates; these are averaged with weights that fall with their expected errors; at major
edges, where regression blurs and rings, the candidates are chosen by a prior that prefers clean steps
(`srcnn.methods.natural_prior`).

References
----------
Kim, Kwon: Single-image super-resolution using sparse regression and natural image prior, TPAMI 2010.
Kim, Kwon: Example-based learning for single-image super-resolution and JPEG artifact removal, technical report 173,
2008.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import enlarge
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats, check_plane
from srcnn.methods.base import Channels, Options, one_line
from srcnn.methods.dictionary import MOST_ATOMS
from srcnn.methods.natural_prior import HALO as PRIOR_HALO
from srcnn.methods.natural_prior import EdgePrior, sharpen_edges
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

SIDE = 5  # pixels per side of a predicted window: 25 candidates per pixel
REACH = 3  # the expected errors use candidates up to this many pixels away
INPUT_SIDE = {2: 7, 3: 9, 4: 13}  # pixels per side of a window of the Laplacian
SIGMA_K = {2: 0.05, 3: 0.011, 4: 0.0055}  # widths of the kernel
SIGMA_C = {2: 0.04, 3: 0.17, 4: 0.12}  # how fast a candidate's weight falls with its expected error
# Laplacian thresholds as published. Range and strength gave the best PSNR on eight images of General100, which were not
# used for fitting.
PRIOR = {2: EdgePrior(7, 3.5, 0.9, 0.003), 3: EdgePrior(9, 3.5, 0.7, 0.003), 4: EdgePrior(9, 1.7, 0.57, 0.01)}
_MARGIN = REACH + SIDE // 2  # the regressor also runs this many pixels outside a strip
PAD = _MARGIN + max(INPUT_SIDE.values()) // 2 + 1
_TINY = np.float32(1e-6)
_PIXELS = 1 << 18  # pixels of a strip: 25 candidates for them are 26 MB


@dataclass(frozen=True)
class Regressor:
    """Kernel ridge regression on a basis: ``sum_j exp(-|x - basis_j|^2 / width) * coefficients_j``."""

    basis: NDArray[np.float32]  # (n_basis, side^2)
    coefficients: NDArray[np.float32]  # (n_basis, 25)
    width: float

    def kernel(self, x: Floats) -> NDArray[np.float32]:
        """Kernel values, (n, n_basis), of the rows of ``x``."""
        return kernel(x, self.basis, self.width)


@dataclass(frozen=True)
class KernelRegression(Reopened):
    """A fitted KK model.

    Attributes
    ----------
    regressor : Regressor
        Stage one.
    estimate : (1225 + side^2,) float32 array
        Linear estimate of a pixel's missing high frequencies from the candidates around it and the Laplacian, see
        `combine`.
    sigma : float
        How fast a candidate's weight falls with its expected error, for intensities in [-1, 1].
    prior : EdgePrior or None
        Stage four; None leaves it out.
    """

    regressor: Regressor
    estimate: NDArray[np.float32] | None
    scale: int
    sigma: float
    prior: EdgePrior | None
    name: str = "kk"
    channels: Channels = "luma"
    strip_pixels: int = _PIXELS  # pixels processed at once; changes no byte of the result

    def upscale(self, lr: Floats) -> NDArray[np.float32]:
        """Upscale a plane of luma.

        Parameters
        ----------
        lr : (H, W) array
            Luma in [0, 1].

        Returns
        -------
        (H * scale, W * scale) float32 array
            Not clipped.

        Raises
        ------
        ShapeError, RangeError
            If ``lr`` is not a plane of finite numbers.
        """
        check_plane(lr, "lr")
        ilr = enlarge(lr.astype(np.float32, copy=False), self.scale) * np.float32(2) - np.float32(1)
        padded = np.pad(ilr, PAD, mode="symmetric")
        sr = np.empty(ilr.shape, np.float32)
        height = (
            max(16, self.strip_pixels // ilr.shape[1]) & ~1
        )  # even: the prior colours pixels by the parity of their position
        for first in range(0, len(ilr), height):
            stop = min(first + height, len(ilr))
            top = max(first - PRIOR_HALO, 0) if self.prior else first
            bottom = min(stop + PRIOR_HALO, len(ilr)) if self.prior else stop
            sr[first:stop] = self._strip(padded, top, bottom)[first - top : stop - top]
        return np.asarray((sr + np.float32(1)) * np.float32(0.5))

    __call__ = upscale
    __repr__ = one_line

    def _strip(self, padded: Floats, top: int, bottom: int) -> Floats:
        """Rows ``top`` to ``bottom`` of the result, in [-1, 1]."""
        part = padded[top : bottom + 2 * PAD]
        ilr = part[PAD:-PAD, PAD:-PAD]
        lap = laplacian(part)
        details = candidates(predict(self.regressor, lap))
        center = details[:, REACH:-REACH, REACH:-REACH]
        estimate = None if self.estimate is None else linear_estimate(self.estimate, details, lap)
        z = center.mean(axis=0) if estimate is None else combine(center, estimate, self.sigma)
        if self.prior is None:
            return np.asarray(ilr + z)
        return sharpen_edges(ilr, crop(lap, PAD - 1), ilr + z, ilr + center, self.prior)


def crop(plane: Floats, border: int) -> Floats:
    """Crop ``border`` pixels on every side."""
    return plane[border : plane.shape[0] - border, border : plane.shape[1] - border]


def laplacian(plane: Floats) -> Floats:
    """Laplacian, kernel -1/6 [1 4 1; 4 -20 4; 1 4 1], one pixel smaller on every side."""
    rows = plane[:-2] + plane[2:] + 4 * plane[1:-1]  # 1 4 1 down every column
    cross = rows[:, :-2] + rows[:, 2:] + 4 * rows[:, 1:-1]  # 1 4 1; 4 16 4; 1 4 1
    return np.asarray((np.float32(36) * plane[1:-1, 1:-1] - cross) / np.float32(6))


def kernel(x: Floats, basis: Floats, width: float) -> NDArray[np.float32]:
    """``exp(-|x - b|^2 / width)`` for all rows of ``x`` and ``basis``."""
    factor = x.dtype.type(1 / width)
    exponent = (x * (2 * factor)) @ basis.T
    exponent -= factor * (x * x).sum(axis=1, keepdims=True)
    exponent -= factor * (basis * basis).sum(axis=1)
    return np.asarray(np.exp(exponent, out=exponent))


def predict(regressor: Regressor, lap: Floats) -> NDArray[np.float32]:
    """Windows of high frequencies, (25, h, w), at every pixel with a complete window of the Laplacian and its margin.

    Row by row of the image, so that a row's result does not depend on the rows that are processed with it.
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
    """The candidates for each pixel from the 25 windows that cover it: (25, h - 4, w - 4) from (25, h, w)."""
    height, width = predicted.shape[1] - SIDE + 1, predicted.shape[2] - SIDE + 1
    out = np.empty((len(predicted), height, width), np.float32)
    for k in range(len(predicted)):
        # Position (i, j) of a window is the pixel i - 2 below and j - 2 to the right of its centre.
        i, j = SIDE - 1 - k // SIDE, SIDE - 1 - k % SIDE
        out[k] = predicted[k, i : i + height, j : j + width]
    return out


def linear_inputs(details: Floats, lap: Floats, side: int, row: int) -> NDArray[np.float32]:
    """Inputs of the linear estimate for a row of pixels, (w, 25 * 49 + side^2): candidates and Laplacian."""
    reach = 2 * REACH + 1
    near = sliding_window_view(details[:, row : row + reach], reach, axis=2)  # (25, 7, w, 7)
    lap = crop(lap, PAD - 1 - side // 2)
    around = sliding_window_view(lap[row : row + side], side, axis=1)  # (side, w, side)
    w = near.shape[2]
    return np.concatenate((near.transpose(2, 0, 1, 3).reshape(w, -1), around.transpose(1, 0, 2).reshape(w, -1)), axis=1)


def linear_estimate(estimate: Floats, details: Floats, lap: Floats) -> NDArray[np.float32]:
    """Linear estimate of the missing high frequencies, (h, w): the sum over `linear_inputs`, without forming them."""
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
    """Average of the candidates (25, h, w), weighted with ``exp(-|d| / sigma)``, d the expected error of each.

    The paper predicts each candidate's error by its own linear map of the same inputs.
    The candidate itself is among the inputs, so the least squares error of candidate i is exactly candidate i minus one
    common linear estimate of the truth: one map is stored and evaluated instead of 25.
    """
    weight = np.exp(np.abs(details - estimate) * np.float32(-1 / sigma))
    return np.asarray((weight * details).sum(axis=0) / (weight.sum(axis=0) + _TINY))


def read(entry: Entry) -> KernelRegression:
    """Load KK from a weight file.

    Raises
    ------
    WeightsError
        If the file is damaged or does not hold a KK model.
    """
    arrays, card = npz.open_model(entry)
    scale, inputs = card.scale, INPUT_SIDE[card.scale] ** 2
    basis = npz.take(arrays, "basis", np.float16, (None, inputs)).astype(np.float32)
    coefficients = npz.take(arrays, "coefficients", np.float16, (len(basis), SIDE**2)).astype(np.float32)
    estimate = npz.take(arrays, "estimate", np.float16, (SIDE**2 * (2 * REACH + 1) ** 2 + inputs,)).astype(np.float32)
    if len(basis) > MOST_ATOMS:
        raise WeightsError(
            f"the model's file has {len(basis)} windows as its basis, more than the {MOST_ATOMS} allowed"
        )
    return KernelRegression(
        Regressor(basis, coefficients, SIGMA_K[scale]), estimate, scale, SIGMA_C[scale], PRIOR[scale]
    )


def load(name: str, scale: int, options: Options) -> KernelRegression:
    """Load KK from the shipped weights.

    Its strips are small and fixed, so the options are ignored.
    """
    return read(weights.find(name, scale))
