"""Structural similarity, on one scale and on five."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError
from srcnn.image.arrays import Image
from srcnn.metrics.checks import Plane, prepare_planes
from srcnn.metrics.filters import correlate_separable

Lowpass = Literal["wavelet", "box"]
LOWPASSES: tuple[Lowpass, ...] = ("wavelet", "box")

WINDOW = 11
SIGMA = 1.5
C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, section 3.2
SMALLEST_SSIM = WINDOW
SMALLEST_MS_SSIM = 161  # four halvings, rounded up, leave the window's 11 pixels

# Analysis low-pass of the 9/7 biorthogonal wavelet (Cohen, Daubechies, Feauveau 1992), up to its scale.
_HALF_WAVELET = (0.037828455507260, -0.023849465019560, -0.110624404418440, 0.377402855612830, 0.852698679008890)


def ssim(hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
    """Structural similarity index: Gaussian window of 11x11 pixels, sigma 1.5, averaged where it lies wholly inside.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``, at least 11 pixels a side.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

    Returns
    -------
    float
        At most 1, for equal images; higher is better.

    Raises
    ------
    ShapeError
        If the shapes differ, the images are not single planes, or they are smaller than the window.
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``.

    References
    ----------
    Wang et al., Image quality assessment: from error visibility to structural similarity, TIP 2004.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr = np.random.default_rng(0).random((64, 64))
    >>> round(srcnn.ssim(hr, 0.9 * hr), 3)
    0.989
    """
    return float(ssim_map(hr, sr, data_range=data_range).mean())


def ssim_map(hr: Image, sr: Image, *, data_range: float = 1.0) -> Plane:
    """Local structural similarity, (H - 10, W - 10); parameters and errors as in `ssim`, which is its mean.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``.
    data_range : float
        White minus black.

    Returns
    -------
    (H - 10, W - 10) float64 array
        One value for each place of the window.
    """
    x, y = prepare_planes("SSIM", hr, sr, data_range, SMALLEST_SSIM)
    moments = _local_moments(x, y)
    return np.asarray(_luminance(moments) * _contrast_structure(moments))


def ms_ssim(hr: Image, sr: Image, *, data_range: float = 1.0, lowpass: Lowpass = "wavelet") -> float:
    """Multi-scale structural similarity over five scales.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``, at least 161 pixels a side.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.
    lowpass : {"wavelet", "box"}
        What comes before every halving. "wavelet" is the variant of the MeTriX MuX package, which the super-resolution
        papers report: 9/7 wavelet low-pass, contrast and structure averaged apart.
        "box" is the inventors' own code: 2x2 mean, contrast and structure averaged as one map; it gives higher values
        (0.9942 for 0.9915 on bicubic Set5, scale 2).

    Returns
    -------
    float
        At most 1, for equal images; higher is better. A scale on which structure is negative on average counts as 0,
        and so does the score (the originals return a complex number there).

    Raises
    ------
    ShapeError
        If the shapes differ, the images are not single planes, or a side has fewer than 161 pixels.
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``.

    References
    ----------
    Wang, Simoncelli, Bovik, Multiscale structural similarity for image quality assessment, Asilomar 2003.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr = np.random.default_rng(0).random((170, 170))
    >>> round(srcnn.ms_ssim(hr, 0.9 * hr), 3)
    0.995
    """
    if lowpass not in LOWPASSES:
        raise OptionError(f"lowpass must be one of {', '.join(LOWPASSES)}, got {lowpass!r}")
    x, y = prepare_planes("MS-SSIM", hr, sr, data_range, SMALLEST_MS_SSIM)
    score = 1.0
    for scale, weight in enumerate(WEIGHTS, start=1):
        last = scale == len(WEIGHTS)
        moments = _local_moments(x, y)
        if lowpass == "wavelet":
            value = _mean_contrast_times_structure(moments)
            if last:
                score *= float(_luminance(moments).mean()) ** weight
        else:
            similarity = _contrast_structure(moments)
            value = float((similarity * _luminance(moments) if last else similarity).mean())
        score *= max(value, 0.0) ** weight
        if not last:
            halve = _halve_wavelet if lowpass == "wavelet" else _halve_box
            x, y = halve(x), halve(y)
    return score


@dataclass(frozen=True, eq=False)
class _Moments:
    """Window-weighted means, variances and covariance at every place of the window, each (H - 10, W - 10)."""

    mean_x: Plane
    mean_y: Plane
    variance_x: Plane
    variance_y: Plane
    covariance: Plane


def _local_moments(x: Plane, y: Plane) -> _Moments:
    window = _gaussian()
    mean_x, mean_y = correlate_separable(x, window), correlate_separable(y, window)
    return _Moments(
        mean_x,
        mean_y,
        correlate_separable(x * x, window) - mean_x * mean_x,
        correlate_separable(y * y, window) - mean_y * mean_y,
        correlate_separable(x * y, window) - mean_x * mean_y,
    )


def _luminance(m: _Moments) -> Plane:
    return np.asarray((2 * m.mean_x * m.mean_y + C1) / (m.mean_x**2 + m.mean_y**2 + C1))


def _contrast_structure(m: _Moments) -> Plane:
    return np.asarray((2 * m.covariance + C2) / (m.variance_x + m.variance_y + C2))


def _mean_contrast_times_structure(m: _Moments) -> float:
    # Rounding can leave a variance just under zero.
    variance_x, variance_y = np.maximum(m.variance_x, 0), np.maximum(m.variance_y, 0)
    deviations = np.sqrt(variance_x * variance_y)
    contrast = (2 * deviations + C2) / (variance_x + variance_y + C2)
    structure = (m.covariance + C2 / 2) / (deviations + C2 / 2)
    return float(contrast.mean() * structure.mean())


@lru_cache(maxsize=1)
def _gaussian() -> NDArray[np.float64]:
    position = np.arange(WINDOW) - WINDOW // 2
    weight = np.exp(-(position**2) / (2 * SIGMA**2))
    return np.asarray(weight / weight.sum())


@lru_cache(maxsize=1)
def _wavelet() -> NDArray[np.float64]:
    taps = np.array(_HALF_WAVELET + _HALF_WAVELET[-2::-1])
    return np.asarray(taps / taps.sum())


def _halve_wavelet(plane: Plane) -> Plane:
    kernel = _wavelet()
    return correlate_separable(np.pad(plane, len(kernel) // 2, mode="symmetric"), kernel, step=2)


def _halve_box(plane: Plane) -> Plane:
    """Means of 2x2 blocks; an odd last row or column is averaged with its own copy."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return np.asarray((padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]) / 4)
