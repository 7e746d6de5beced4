"""KK: sparse kernel regression with a natural image prior at major edges.

Four stages. A kernel regressor maps every window of middle frequencies to a window of missing high ones; overlapping
windows give each pixel 25 candidates; these are averaged with weights that fall with their expected errors; at major
edges, where regression blurs and rings, the candidates are chosen by a prior that prefers clean steps.
`srcnn.methods.kernel_stages` holds the first three, `srcnn.methods.natural_prior` the last.

References
----------
Kim, Kwon: Single-image super-resolution using sparse regression and natural image prior, TPAMI 2010.
Kim, Kwon: Example-based learning for single-image super-resolution and JPEG artifact removal, technical report 173,
2008.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import enlarge
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods.base import Channels, Options, check_lr, one_line
from srcnn.methods.dictionary import MOST_ATOMS
from srcnn.methods.kernel_stages import (
    INPUT_SIDE,
    PAD,
    REACH,
    SIDE,
    Regressor,
    candidates,
    combine,
    crop,
    laplacian,
    linear_estimate,
    predict,
)
from srcnn.methods.natural_prior import HALO as PRIOR_HALO
from srcnn.methods.natural_prior import EdgePrior, sharpen_edges
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

SIGMA_K = {2: 0.05, 3: 0.011, 4: 0.0055}  # widths of the kernel
SIGMA_C = {2: 0.04, 3: 0.17, 4: 0.12}  # how fast a candidate's weight falls with its expected error
# Laplacian thresholds as published. Range and strength gave the best PSNR on eight images of General100, which were not
# used for fitting.
PRIOR = {2: EdgePrior(7, 3.5, 0.9, 0.003), 3: EdgePrior(9, 3.5, 0.7, 0.003), 4: EdgePrior(9, 1.7, 0.57, 0.01)}
_PIXELS = 1 << 18  # pixels of a strip: 25 candidates for them are 26 MB


@dataclass(frozen=True, eq=False)
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
            If ``lr`` is not one plane of floats in ``[0, 1]``.
        """
        check_lr(lr, "luma")
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


def read(entry: Entry) -> KernelRegression:
    """Load KK from a weight file.

    Parameters
    ----------
    entry : Entry
        The model's line of the index.

    Returns
    -------
    KernelRegression
        Ready for use.

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

    Parameters
    ----------
    name : str
        "kk", or the path of such a model's ``.npz`` file.
    scale : int
        Upscaling factor.
    options : Options
        Not used.

    Returns
    -------
    KernelRegression
        Ready for use.

    Raises
    ------
    OptionError
        If there is no such model at that scale.
    WeightsError
        If its file is missing, damaged or holds no such model.
    """
    return read(weights.find(name, scale))
