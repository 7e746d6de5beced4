"""How worn an image is: from the quantisation tables of a JPEG, or estimated from pixels if the evidence is clear."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError
from srcnn.files.picture import Quantiser
from srcnn.image.arrays import Bytes, Image
from srcnn.wear import MAX_NOISE, Wear

_BLOCK = 8  # pixels per side of a JPEG block

# ITU-T T.81, annex K.1, row by row: the table that libjpeg scales by the quality.
LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip

SMALLEST = 64  # pixels per side below which nothing is estimated
_LARGEST = 768  # pixels per side that are examined: the centre of a larger image
# Indices of each codec's quantisers, and the qualities of JPEGs that are about as worn.
_ALIKE = {
    "VP8": ((0, 12, 35, 51, 66, 77, 127), (100, 97, 92, 85, 75, 68, 40)),
    "AV1": ((0, 32, 60, 76, 108, 148, 196, 255), (100, 99, 95, 93, 84, 67, 30, 20)),
}
_ROUNDING = 0.55  # standard deviation of a coefficient after quantisation, decoding to 8-bit RGB and another transform
_CLEAR_GRID = 0.05  # log-likelihood per informative coefficient by which a quantiser must beat none
_DOUBT = 100  # pseudo-count of coefficients, so that a few cannot decide
_CLEAR_NOISE = 2.5  # 8-bit levels: below, fine texture and noise cannot be distinguished
_AGREEING = 1.35  # by how much the calm blocks of a grey image may exceed its flattest ones
_SCANNED = 5  # every so many blocks tell which qualities are worth all of them
_CANDIDATES = 4
_BLOCKS = 1600  # blocks that are examined for a quantiser


def libjpeg_table(quality: int) -> NDArray[np.float64]:
    """The luminance table that libjpeg uses at a quality: 64 numbers, row by row.

    Parameters
    ----------
    quality : int
        1 to 100.

    Returns
    -------
    (64,) float64 array
        Row by row.
    """
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((np.array(LUMINANCE) * scale + 50) // 100, 1, 255), np.float64)


def quality_of_table(table: Sequence[int]) -> float:
    """The quality at which the luminance table of libjpeg is closest to this one.

    Parameters
    ----------
    table : 64 integers
        A JPEG's luminance quantisation table, row by row (not in zigzag order).

    Returns
    -------
    float
        A whole number from 1 to 100 where libjpeg made the table; else what the best factor of the standard table, by
        least squares of logarithms over the coarse frequencies, stands for.

    Raises
    ------
    OptionError
        If it has not 64 positive entries.
    """
    found = np.asarray(table, np.float64)
    if found.shape != (64,) or found.min() < 1:
        raise OptionError(
            f"a quantisation table has 64 positive entries, got {found.shape} from "
            f"{found.min() if found.size else 'nothing'}"
        )
    for quality in range(100, 0, -1):
        if np.array_equal(libjpeg_table(quality), found):
            return float(quality)
    # The coarse frequencies carry what is visible; tables of other encoders differ most in the finest.
    rows, columns = np.divmod(np.arange(64), 8)
    weight = 1.0 / (1 + rows + columns)
    factor = math.exp(float((weight * np.log(found / np.array(LUMINANCE))).sum() / weight.sum()))
    return float(np.clip(100 - 50 * factor if factor <= 1 else 50 / factor, 1, 100))


def estimate_wear(image: Image) -> Wear:
    """Estimate from the pixels how worn an image is.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        As it came from its file. What was resized since, or is not of 8 bits, has lost the traces this looks for.

    Returns
    -------
    Wear
        JPEG quality where the grid of 8x8 blocks and its quantiser show clearly, and the standard deviation of the
        noise where it stands above what texture could be; nothing, otherwise.
    """
    if image.dtype != np.uint8 or min(image.shape[:2]) < SMALLEST:
        return Wear()
    return Wear(estimate_quality(image), estimate_noise(image))


def quality_of_quantiser(quantiser: Quantiser) -> float:
    """The quality of a JPEG that is about as worn as an image of another codec.

    Measured (EXPERIMENTS.md, "WebP" and "AVIF"): what `photo` has to be told to make most of such a file.

    Parameters
    ----------
    quantiser : Quantiser
        Of the file.

    Returns
    -------
    float
        From 40 to 100.
    """
    return float(np.interp(quantiser.index, *_ALIKE[quantiser.codec]))


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
    part = _middle(image)
    luma = _jpeg_luma(part)
    clipped = ((part == 0) | (part == 255)).reshape(*luma.shape, -1).any(2)
    best, best_quality = 0.0, None
    for row, column in _grids(luma):
        coefficients = _coefficients(luma[row:, column:], clipped[row:, column:])
        some = coefficients[::_SCANNED]
        scanned = {q: _likelihood(some, libjpeg_table(q)[1:]) for q in range(5, 99)}
        for quality in sorted(scanned, key=lambda q: -scanned[q])[:_CANDIDATES]:
            gain = _likelihood(coefficients, libjpeg_table(quality)[1:])
            if gain > best:
                best, best_quality = gain, quality
    return float(best_quality) if best_quality is not None and best > _CLEAR_GRID else None


def estimate_noise(image: Bytes) -> float:
    """Standard deviation of white noise in 8-bit levels; 0 where texture could be the reason.

    Texture is nearly the same in red, green and blue, and noise is not: the finest structure of the differences between
    channels is noise alone.
    For a grey image the flattest twentieth of its blocks is used, and only if other blocks agree with it.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        The image.

    Returns
    -------
    float
        In levels of 8 bits.
    """
    part = _middle(image).astype(np.float64)
    if part.ndim == 3 and not (part[..., :1] == part).all():
        clipped = ((part == 0) | (part == 255)).any(2)
        found = min(float(np.median(_finest(part[..., c] - part[..., 1], clipped))) / math.sqrt(2) for c in (0, 2))
        return min(found, MAX_NOISE) if found >= _CLEAR_NOISE else 0.0
    grey = part if part.ndim == 2 else part[..., 0]
    strengths = _finest(grey, (grey == 0) | (grey == 255))
    flattest, calm = np.percentile(strengths, (5, 20))
    # Blocks of 64 values of pure noise: the fifth and the twentieth percentile lie at 0.8 and 0.9 of its strength.
    return min(float(flattest) / 0.8, MAX_NOISE) if flattest >= _CLEAR_NOISE and calm < _AGREEING * flattest else 0.0


def _finest(plane: NDArray[np.float64], clipped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Strength of the finest structure in each block of 8x8 pixels: its second difference, normalised to white noise.

    Blocks with clipped pixels, which have lost part of their noise, are ignored if there are enough others.

    References
    ----------
    Immerkaer, Fast Noise Variance Estimation, Computer Vision and Image Understanding 1996.
    """
    rows = plane[:-2] - 2 * plane[1:-1] + plane[2:]
    fine = (rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]) / 6
    strengths = np.sqrt(_in_blocks(fine**2).mean((1, 3))).ravel()
    whole = ~_in_blocks(clipped[1:-1, 1:-1]).any((1, 3)).ravel()
    return np.asarray(strengths[whole] if whole.sum() >= max(20, len(whole) // 10) else strengths)


def _in_blocks(plane: NDArray[Any]) -> NDArray[Any]:
    rows, columns = (side // _BLOCK for side in plane.shape)
    return plane[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)


def _middle(image: Bytes) -> Bytes:
    top, left = ((max(0, side - _LARGEST) // 2) // _BLOCK * _BLOCK for side in image.shape[:2])
    return image[top : top + _LARGEST, left : left + _LARGEST]


def _jpeg_luma(image: Bytes) -> NDArray[np.float64]:
    """Full-range luma, as in JPEG (JFIF)."""
    values = image.astype(np.float64)
    return values - 128 if values.ndim == 2 else values @ np.array([0.299, 0.587, 0.114]) - 128


def _grids(luma: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Candidate origins of the block grid: the corner, and where steps between neighbours are largest."""
    found = []
    for axis in (0, 1):
        # A block boundary is a step between two pixels that their other neighbours do not continue.
        step = np.abs(np.diff(luma, axis=axis)).clip(max=24).mean(1 - axis)
        alone = step[1:-1] - (step[:-2] + step[2:]) / 2
        n = len(alone) // _BLOCK * _BLOCK
        found.append((int(np.median(alone[:n].reshape(-1, _BLOCK), axis=0).argmax()) + 2) % _BLOCK)
    return sorted({(0, 0), (found[0], found[1])})


def _coefficients(luma: NDArray[np.float64], clipped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """DCT coefficients of 8x8 blocks without their mean, (blocks, 63); a clipped pixel changes all of its block."""
    blocks = _in_blocks(luma).swapaxes(1, 2).reshape(-1, _BLOCK, _BLOCK)
    blocks = blocks[~_in_blocks(clipped).any((1, 3)).ravel()]
    some, transform = blocks[:: max(1, len(blocks) // _BLOCKS)], _cosines()
    # Repeated blocks (ramps, drawings made of tiles) would count the same evidence many times.
    return np.unique(np.round(transform @ some @ transform.T, 2).reshape(-1, _BLOCK**2)[:, 1:], axis=0)


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    k, x = np.mgrid[:_BLOCK, :_BLOCK]
    matrix = np.sqrt(2 / _BLOCK) * np.cos(np.pi * k * (2 * x + 1) / (2 * _BLOCK))
    matrix[0] /= math.sqrt(2)
    return np.asarray(matrix)


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
