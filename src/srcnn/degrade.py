"""hr → lr → ilr: the only definition of how low-resolution images are made."""

from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from srcnn.image.arrays import Floats, check_image
from srcnn.image.resize import PAD_MODES, PadMode, Taps, apply_taps, bicubic_taps, imresize, kernel_taps, modcrop
from srcnn.options import choice, whole

Degradation = Literal["bicubic", "gaussian"]
DEGRADATIONS: tuple[Degradation, ...] = ("bicubic", "gaussian")


def degrade(hr: Floats, scale: int, kind: Degradation = "bicubic", *, padding: PadMode = "edge") -> Floats:
    """Make the low-resolution image of ``hr``.

    Parameters
    ----------
    hr : (H, W) or (H, W, 3) array
        Integers are treated as float64 of the same values.
        Cut with `modcrop` where its sides are not multiples of ``scale``.
    scale : int
        At least 2.
    kind : {"bicubic", "gaussian"}
        "bicubic" is the evaluation protocol's antialiased bicubic.
        "gaussian" is how the paper words it: Gaussian blur, then one sample for every ``scale`` pixels.
        Its standard deviation is ``sqrt(scale**2 - 1) / 2`` HR pixels, so that a pixel that already integrates half a
        pixel (sigma 1/2) integrates half a *large* pixel afterwards; the samples sit at the centres of the large
        pixels, so that bicubic enlargement puts them back without a shift.
    padding : {"edge", "symmetric"}
        What lies outside the image.

    Returns
    -------
    float array
        H/scale x W/scale, not rounded and not clipped, in the dtype of ``hr``; float64 for integers.

    Raises
    ------
    OptionError
        If ``scale`` is no whole number of at least 2, or ``kind`` or ``padding`` is unknown.
    ShapeError
        If ``hr`` is no image, or a side of it is shorter than ``scale``.
    RangeError
        If ``hr`` holds NaN or infinite values.

    References
    ----------
    Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.degrade(np.ones((9, 14)), 3).shape
    (3, 4)
    """
    scale = whole("scale", scale, at_least=2)
    choice("kind", kind, DEGRADATIONS)
    check_image(hr, "hr")
    hr = modcrop(hr, scale)
    if kind == "bicubic":
        return imresize(hr, Fraction(1, scale), padding=padding)
    choice("padding", padding, PAD_MODES)
    for axis in (0, 1):
        hr = apply_taps(hr, _gaussian_taps(hr.shape[axis], scale, padding), axis)
    return hr


def enlarge(lr: Floats, scale: int, *, padding: PadMode = "edge") -> Floats:
    """Bicubic upscaling: ``ilr``, the image that SRCNN and the example-based methods start from.

    Parameters
    ----------
    lr : (H, W) or (H, W, 3) array
        The low-resolution image; integers are treated as float64 of the same values.
    scale : int
        At least 1.
    padding : {"edge", "symmetric"}
        What lies outside the image.

    Returns
    -------
    float array
        ``scale`` times the size, not rounded and not clipped, in the dtype of ``lr``; float64 for integers.

    Raises
    ------
    OptionError
        If ``scale`` is no whole number of at least 1, or ``padding`` is unknown.
    ShapeError
        If ``lr`` is no image.
    RangeError
        If ``lr`` holds NaN or infinite values.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.enlarge(np.ones((3, 4)), 3).shape
    (9, 12)
    """
    check_image(lr, "lr")
    return imresize(lr, whole("scale", scale), padding=padding)


def make_pair(hr: Floats, scale: int, kind: Degradation = "bicubic") -> tuple[Floats, Floats, Floats]:
    """Make ``lr`` and ``ilr`` of a ground truth, all that a method and its measurement need.

    Parameters
    ----------
    hr : (H, W) or (H, W, 3) array
        The ground truth; of integers the other two are float64 of the same range.
    scale : int
        At least 2.
    kind : {"bicubic", "gaussian"}
        As in `degrade`.

    Returns
    -------
    hr : array
        The ground truth, cropped to a multiple of ``scale``.
    lr : float array
        Its low-resolution image.
    ilr : float array
        ``lr`` upscaled by bicubic interpolation, of the size of ``hr``.

    Raises
    ------
    OptionError
        If ``scale`` is no whole number of at least 2, or ``kind`` is unknown.
    ShapeError
        If ``hr`` is no image, or a side of it is shorter than ``scale``.
    RangeError
        If ``hr`` holds NaN or infinite values.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr, lr, ilr = srcnn.make_pair(np.ones((10, 10)), 3)
    >>> hr.shape, lr.shape, ilr.shape
    ((9, 9), (3, 3), (9, 9))
    """
    check_image(hr, "hr")
    hr = modcrop(hr, scale)
    lr = degrade(hr, scale, kind)
    return hr, lr, enlarge(lr, scale)


@lru_cache(maxsize=64)
def degrade_matrix(n: int, scale: int) -> Floats:
    """Bicubic downscaling of an axis of ``n`` pixels as a matrix (n/scale, n), which is faster for patches.

    Parameters
    ----------
    n : int
        Pixels, a multiple of ``scale``.
    scale : int
        Factor of the reduction.

    Returns
    -------
    (n / scale, n) float array
        To multiply an axis with.
    """
    return _as_matrix(bicubic_taps(n, n // scale, Fraction(1, scale)), n)


@lru_cache(maxsize=64)
def enlarge_matrix(n: int, scale: int) -> Floats:
    """Bicubic upscaling of an axis of ``n`` pixels as a matrix (n*scale, n).

    Parameters
    ----------
    n : int
        Pixels.
    scale : int
        Factor of the enlargement.

    Returns
    -------
    (n * scale, n) float array
        To multiply an axis with.
    """
    return _as_matrix(bicubic_taps(n, n * scale, Fraction(scale)), n)


def _as_matrix(taps: Taps, n: int) -> Floats:
    matrix = np.zeros((len(taps.index), n), np.float32)
    np.add.at(matrix, (np.arange(len(matrix))[:, None], taps.index), taps.weight.astype(np.float32))
    return matrix


@lru_cache(maxsize=64)
def _gaussian_taps(n_in: int, scale: int, padding: PadMode) -> Taps:
    sigma = np.sqrt(scale**2 - 1) / 2

    def kernel(t: Floats) -> Floats:
        # Crop both sides equally, although the taps reach slightly further on one of them.
        return np.asarray(np.where(np.abs(t) <= 4 * sigma, np.exp(-0.5 * (t / sigma) ** 2), 0.0))

    return kernel_taps(n_in, n_in // scale, Fraction(1, scale), kernel, 8 * sigma, padding)
