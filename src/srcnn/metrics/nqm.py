"""Noise quality measure."""

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Image
from srcnn.metrics.checks import Plane, prepare_planes

SMALLEST = 2
BANDS = 5  # octaves; band k is centred on 2**k cycles per image, band 0 is the low-pass below them
_VIEWING_ANGLE = (180 / np.pi) / 3.5  # degrees, from 3.5 image heights, as an arc and for every image size


def nqm(hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
    """Noise quality measure: signal-to-noise ratio of what a contrast-band model of vision lets through.

    The whole image is one period of the Fourier transform, so the border counts; detail finer than 64 cycles per image
    does not.
    Hard thresholds make the measure jumpy: one pixel changed by one grey level can move a high score by 0.01 dB.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``. The order matters: the measure is not symmetric.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

    Returns
    -------
    float
        Decibels, higher is better; ``inf`` for equal images, ``-inf`` for a flat ground truth and a different estimate.

    Raises
    ------
    ShapeError
        If the shapes differ, or a side has fewer than 2 pixels.
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``.

    References
    ----------
    Damera-Venkata et al., Image quality assessment based on a degradation model, TIP 2000; contrast bands after Peli,
    Contrast in complex images, JOSA A 1990. Variant for non-square images of the MeTriX MuX package.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr = np.random.default_rng(0).random((64, 64))
    >>> round(srcnn.nqm(hr, 0.9 * hr), 1)
    21.6
    """
    x, y = prepare_planes("NQM", hr, sr, data_range, SMALLEST)
    if np.array_equal(x, y):
        return float("inf")
    bands = BandSplitter(x.shape[0], x.shape[1])
    spectrum_x, spectrum_y = bands.spectrum(x), bands.spectrum(y)
    gain = bands.gain(0)
    below_x, below_y = bands.filter(spectrum_x, gain), bands.filter(spectrum_y, gain)
    seen, error = np.zeros_like(x), np.zeros_like(x)
    for k in range(1, BANDS + 1):
        gain = bands.gain(k)
        a, b = bands.filter(spectrum_x, gain), bands.filter(spectrum_y, gain)
        # Black regions divide by zero; comparisons with what comes out are false, as in the original.
        with np.errstate(divide="ignore", invalid="ignore"):
            c, d = a / below_x, b / below_y
        below_x += a
        below_y += b
        masked = np.where(_is_masked(c, d, k), a, b)
        threshold = _contrast_threshold(2**k / _VIEWING_ANGLE)
        a[np.abs(c) < threshold] = 0
        masked[np.abs(d) < threshold] = 0
        seen += a
        error += a
        error -= masked
    signal, noise = float(np.sum(seen**2)), float(np.sum(error**2))
    if noise == 0:
        return float("inf")
    return float(10 * np.log10(signal / noise)) if signal > 0 else float("-inf")


class BandSplitter:
    """Octave bands of images of one size, by raised cosines in the logarithm of frequency.

    Only the spectrum's columns that some band needs are kept: nothing beyond ``2 ** (BANDS + 1)`` cycles per image
    passes.
    """

    def __init__(self, height: int, width: int) -> None:
        self._width = width
        self._columns = min(width // 2 + 1, 2 ** (BANDS + 1) + 1)
        column = np.arange(self._columns)
        fy, fx = _frequencies(height), _frequencies(width)
        self._radius = np.hypot(fy[:, None], fx[column])
        # Frequencies of the mirrored places: for odd sizes the original's grid is half a cycle off centre and so not
        # symmetric.
        self._mirrored = np.hypot(fy[-np.arange(height)][:, None], fx[-column])

    def spectrum(self, plane: Plane) -> NDArray[np.complex128]:
        """What `filter` needs of an image's Fourier transform.

        Parameters
        ----------
        plane : (H, W) float64 array
            Values, (H, W).

        Returns
        -------
        complex128 array
            Of the columns that are kept.
        """
        return np.fft.fft(np.fft.rfft(plane, axis=1)[:, : self._columns], axis=0)

    def gain(self, k: int) -> NDArray[np.float64]:
        """Gain of band ``k`` in the kept columns: the part that is symmetric in frequency, to which the real part of
        the result is due.

        Parameters
        ----------
        k : int
            Number of the band, from 0.

        Returns
        -------
        float64 array
            One value for each frequency that is kept.
        """
        return (_raised_cosine(self._radius, k) + _raised_cosine(self._mirrored, k)) / 2

    def filter(self, spectrum: NDArray[np.complex128], gain: NDArray[np.float64]) -> Plane:
        """The real part of the filtered image, (H, W).

        Parameters
        ----------
        spectrum : complex128 array
            As `spectrum` gives it.
        gain : float64 array
            As `gain` gives it.

        Returns
        -------
        (H, W) float64 array
            The band.
        """
        return np.fft.irfft(np.fft.ifft(spectrum * gain, axis=0), n=self._width, axis=1)


def _frequencies(n: int) -> NDArray[np.float64]:
    # fftshift, not ifftshift: what the original does; they differ for odd sizes.
    return np.fft.fftshift(np.arange(n) - n / 2)


def _raised_cosine(radius: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    position = np.log2(radius + 2) - 1 if k == 0 else np.log2(np.maximum(radius, 0.25)) - k
    return np.where(np.abs(position) <= 1, (1 + np.cos(np.pi * position)) / 2, 0)


def _contrast_threshold(frequency: float) -> float:
    """Inverse of the contrast sensitivity function of Mannos and Sakrison, scaled by 200."""
    return float(1 / (200 * 2.6 * (0.0192 + 0.114 * frequency) * np.exp(-((0.114 * frequency) ** 1.1))))


def _is_masked(c: Plane, d: Plane, k: int) -> NDArray[np.bool_]:
    """Where the two contrasts of band ``k`` cannot be told apart."""
    q = _contrast_threshold(k)  # the band's number is the argument, as in the original
    with np.errstate(invalid="ignore"):
        threshold = q * (0.86 * (c / q - 1) + 0.3)  # signed: a negative contrast masks nothing
        limited = np.where(np.abs(d) > 1, 1.0, d)
        return np.asarray(np.abs(limited - c) < threshold)
