"""Weighted peak signal-to-noise ratio."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Image
from srcnn.metrics.checks import prepare_planes

SMALLEST = 1
_REACH = 20  # the kernel has 41x41 taps


def wpsnr(hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
    """Peak signal-to-noise ratio of the error as a contrast sensitivity function lets it through.

    A peak ratio with an error filter, not the WSNR of the MeTriX MuX package, which gives values about 8 dB lower.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

    Returns
    -------
    float
        Decibels, higher is better; ``inf`` for equal images.

    Raises
    ------
    ShapeError
        If the shapes differ, or the images are not single planes.
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``.

    References
    ----------
    Miyahara, Kotani, Algazi, Objective image quality scale (PQS) for image coding, IEEE Trans.
    Communications 1998, whose sensitivity function is used; after a widely circulated MATLAB function by R. Liu.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr = np.random.default_rng(0).random((64, 64))
    >>> round(srcnn.wpsnr(hr, 0.9 * hr), 1)
    31.9
    """
    x, y = prepare_planes("WPSNR", hr, sr, data_range, SMALLEST)
    error = x - y
    if not error.any():
        return float("inf")
    error /= 255.0
    kernel = sensitivity_kernel()
    height, width = error.shape
    size = (_smooth_length(height + 2 * _REACH), _smooth_length(width + 2 * _REACH))
    spectrum = np.fft.rfft2(error, s=size, axes=(0, 1))
    spectrum *= np.fft.rfft2(kernel, s=size, axes=(0, 1))
    filtered = np.fft.irfft2(spectrum, s=size, axes=(0, 1))[_REACH : _REACH + height, _REACH : _REACH + width]
    return float(-10 * np.log10(np.mean(filtered**2)))


@lru_cache(maxsize=1)
def sensitivity_kernel() -> NDArray[np.float64]:
    """Point-spread function of the eye's contrast sensitivity, (41, 41), symmetric about its centre.

    Returns
    -------
    (41, 41) float64 array
        Made once.
    """
    v, u = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1].astype(np.float64)
    w = 2 * np.pi * np.hypot(u, v) / 60
    peak = 2 * np.pi * 11.13 / 60
    theta = np.arctan(v / (u + np.finfo(np.float64).eps))
    spread = 2.0
    sensitivity = 1.5 * np.exp(-(spread**2) * w**2 / 2) - np.exp(-2 * spread**2 * w**2 / 2)
    oblique = np.exp(8 * (w - peak))
    orientation = (1 + oblique * np.cos(2 * theta) ** 4) / (1 + oblique)
    return np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(sensitivity * orientation)).real)


def _smooth_length(n: int) -> int:
    """The smallest length from ``n`` on with no prime factor above 5, for which Fourier transforms are fast."""
    while True:
        rest = n
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return n
        n += 1
