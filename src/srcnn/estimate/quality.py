"""The quality of the JPEG that an image once was, from its DCT coefficients."""

import math

import numpy as np
from numpy.typing import NDArray

from srcnn.estimate.blocks import BLOCK, cosines, in_blocks, is_clipped, jpeg_luma, middle
from srcnn.estimate.tables import libjpeg_table
from srcnn.image.arrays import Bytes

_ROUNDING = 0.55  # standard deviation of a coefficient after quantisation, decoding to 8-bit RGB and another transform
_CLEAR = 0.05  # log-likelihood per informative coefficient by which a quantiser must beat none
_DOUBT = 100  # pseudo-count of coefficients, so that a few cannot decide
_SCANNED = 5  # every so many blocks tell which qualities are worth all of them
_CANDIDATES = 4
_BLOCKS = 1600  # blocks that are examined for a quantiser


def estimate_quality(image: Bytes) -> float | None:
    """The quality of the JPEG that an image once was, from its DCT coefficients; None if it is not clear.

    Every quality is tried: how much more likely the 8x8 DCT coefficients are as multiples of its table, blurred by
    rounding to 8 bits, than as numbers without a pattern.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        The image.

    Returns
    -------
    float or None
        1 to 100; None where no quantiser is clear.

    References
    ----------
    Fan and de Queiroz, Identification of bitmap compression history: JPEG detection and quantizer estimation, IEEE TIP
    2003.
    """
    part = middle(image)
    luma = jpeg_luma(part)
    clipped = is_clipped(part)
    best, best_quality = 0.0, None
    for row, column in _grids(luma):
        coefficients = _coefficients(luma[row:, column:], clipped[row:, column:])
        some = coefficients[::_SCANNED]
        scanned = {q: _likelihood(some, libjpeg_table(q)[1:]) for q in range(5, 99)}
        for quality in sorted(scanned, key=lambda q: -scanned[q])[:_CANDIDATES]:
            gain = _likelihood(coefficients, libjpeg_table(quality)[1:])
            if gain > best:
                best, best_quality = gain, quality
    return float(best_quality) if best_quality is not None and best > _CLEAR else None


def _grids(luma: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Candidate origins of the block grid: the corner, and where steps between neighbours are largest."""
    found = []
    for axis in (0, 1):
        # A block boundary is a step between two pixels that their other neighbours do not continue.
        step = np.abs(np.diff(luma, axis=axis)).clip(max=24).mean(1 - axis)
        alone = step[1:-1] - (step[:-2] + step[2:]) / 2
        n = len(alone) // BLOCK * BLOCK
        found.append((int(np.median(alone[:n].reshape(-1, BLOCK), axis=0).argmax()) + 2) % BLOCK)
    return sorted({(0, 0), (found[0], found[1])})


def _coefficients(luma: NDArray[np.float64], clipped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """DCT coefficients of 8x8 blocks without their mean, (blocks, 63); a clipped pixel changes all of its block."""
    blocks = in_blocks(luma).swapaxes(1, 2).reshape(-1, BLOCK, BLOCK)
    blocks = blocks[~in_blocks(clipped).any((1, 3)).ravel()]
    some, transform = blocks[:: max(1, len(blocks) // _BLOCKS)], cosines()
    # Repeated blocks (ramps, drawings made of tiles) would count the same evidence many times.
    return np.unique(np.round(transform @ some @ transform.T, 2).reshape(-1, BLOCK**2)[:, 1:], axis=0)


def _likelihood(coefficients: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    """Mean log-likelihood ratio of coefficients as blurred multiples of the steps against no pattern.

    Only coefficients above half a step are used: those near zero are near zero in any image.
    """
    coarse = np.flatnonzero(steps >= 2)[:28]
    if not len(coarse):
        return 0.0
    values, step = coefficients[:, coarse], steps[coarse]
    speak = np.abs(values) > 0.5 * step
    count = int(speak.sum())
    off = values - step * np.round(values / step)
    blur = np.exp(-0.5 * (off / _ROUNDING) ** 2) / (_ROUNDING * math.sqrt(2 * math.pi))
    ratio = np.log(0.97 * blur * step + 0.03)
    return float(ratio[speak].sum() / (count + _DOUBT))
