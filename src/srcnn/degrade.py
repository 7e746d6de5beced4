"""hr → lr → ilr: the only definition of how low-resolution images are made."""

import io
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeGuard

import numpy as np

from srcnn.errors import OptionError
from srcnn.image.arrays import Bytes, Floats, check_image
from srcnn.image.resize import PAD_MODES, PadMode, Taps, apply_taps, bicubic_taps, imresize, kernel_taps, modcrop
from srcnn.options import choice, shown, whole

Degradation = Literal["bicubic", "gaussian"]
DEGRADATIONS: tuple[Degradation, ...] = ("bicubic", "gaussian")
MAX_NOISE = 50.0  # largest standard deviation of noise, in 8-bit levels, that a network can be conditioned on


def degrade(hr: Floats, scale: int, kind: Degradation = "bicubic", *, padding: PadMode = "edge") -> Floats:
    """Make the low-resolution image of ``hr``.

    Parameters
    ----------
    hr : (H, W) or (H, W, 3) float array
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
        H/scale x W/scale, not rounded and not clipped, in the dtype of ``hr``.

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
    lr : (H, W) or (H, W, 3) float array
        The low-resolution image.
    scale : int
        At least 1.
    padding : {"edge", "symmetric"}
        What lies outside the image.

    Returns
    -------
    float array
        ``scale`` times the size, not rounded and not clipped, in the dtype of ``lr``.

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
    hr : (H, W) or (H, W, 3) float array
        The ground truth.
    scale : int
        At least 2.
    kind : {"bicubic", "gaussian"}
        As in `degrade`.

    Returns
    -------
    hr : float array
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


_NOISE_SEED = 7
_WEAR = re.compile(r"(?:noise(?P<noise>\d+(?:\.\d+)?)(?:\+(?=jpeg)|$))?(?:jpeg(?P<quality>\d+))?")


@dataclass(frozen=True)
class Wear:
    """How worn a low-resolution image is: the condition of a network for worn images.

    Attributes
    ----------
    quality : float or None
        JPEG quality as libjpeg counts it, 1 to 100; None for an image that was never a JPEG.
    noise : float
        Standard deviation of the noise in 8-bit levels.
    """

    quality: float | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise OptionError(f"JPEG quality must be from 1 to 100, got {self.quality!r}")
        if not 0 <= self.noise <= MAX_NOISE:
            raise OptionError(f"noise must be from 0 to {MAX_NOISE:g} 8-bit levels, got {self.noise!r}")

    @property
    def planes(self) -> tuple[float, float]:
        """The two inputs of a network: ``log(1 + 4 q)``, with q the factor of libjpeg's tables, and noise / 25."""
        q = 0.0 if self.quality is None else jpeg_factor(self.quality)
        return math.log(1 + 4 * q), self.noise / 25


NO_WEAR = Wear()
"""Of an image that was downscaled and nothing else."""


def checked_wear(noise: object = 0.0, jpeg_quality: object = None) -> Wear:
    """The wear that a caller's arguments name.

    Parameters
    ----------
    noise : float
        Standard deviation in 8-bit levels, 0 to 50.
    jpeg_quality : float or None
        1 to 100; None for an image that was never a JPEG.

    Returns
    -------
    Wear
        With both.

    Raises
    ------
    OptionError
        If one of them is no number, or out of its range; it is named.
    """
    if not _is_number(noise) or not 0 <= noise <= MAX_NOISE:
        raise OptionError(f"noise must be a number from 0 to {MAX_NOISE:g}, got {shown(noise)}")
    if jpeg_quality is not None and (not _is_number(jpeg_quality) or not 1 <= jpeg_quality <= 100):
        raise OptionError(f"jpeg_quality must be a number from 1 to 100, got {shown(jpeg_quality)}")
    return Wear(None if jpeg_quality is None else float(jpeg_quality), float(noise))


def parse_wear(text: str) -> Wear:
    """Read the name of a wear: ``jpeg75``, ``noise10``, ``noise5+jpeg75`` (the noise comes first).

    Parameters
    ----------
    text : str
        The name.

    Returns
    -------
    Wear
        What it stands for.

    Raises
    ------
    OptionError
        If it is of another form, or a number is out of its range.

    Examples
    --------
    >>> parse_wear("noise5+jpeg75")
    Wear(quality=75.0, noise=5.0)
    """
    found = _WEAR.fullmatch(text)
    if not text or found is None:
        raise OptionError(f"a degradation is named bicubic, jpeg75, noise10 or noise5+jpeg75, got {text!r}")
    noise, quality = found["noise"], found["quality"]
    return Wear(None if quality is None else float(quality), 0.0 if noise is None else float(noise))


def wear_down(lr: Bytes, wear: Wear) -> Bytes:
    """Wear a low-resolution image as `srcnn benchmark` does: white noise of a fixed seed, then JPEG 4:2:0.

    Parameters
    ----------
    lr : (H, W, 3) uint8 array
        RGB.
    wear : Wear
        How much of each.

    Returns
    -------
    (H, W, 3) uint8 array
        The worn image.
    """
    if wear.noise:
        noise = np.random.default_rng(_NOISE_SEED).normal(0, wear.noise, lr.shape)
        lr = np.clip(np.round(lr + noise), 0, 255).astype(np.uint8)
    return lr if wear.quality is None else compress(lr, round(wear.quality))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def jpeg_factor(quality: float) -> float:
    """The factor of libjpeg's standard quantisation tables: 1 at quality 50, 0 at 100.

    Parameters
    ----------
    quality : float
        1 to 100; fractions are allowed.

    Returns
    -------
    float
        Not rounded.
    """
    return 50 / quality if quality < 50 else 2 - quality / 50


def compress(rgb: Bytes, quality: int, subsampling: int = 2) -> Bytes:
    """Save an 8-bit RGB image as JPEG and read it again; chroma ``subsampling`` 0: 4:4:4, 1: 4:2:2, 2: 4:2:0.

    Parameters
    ----------
    rgb : (H, W, 3) uint8 array
        The image.
    quality : int
        1 to 100, as libjpeg takes it.
    subsampling : int
        0, 1 or 2.

    Returns
    -------
    (H, W, 3) uint8 array
        What a reader of the file sees.
    """
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(stream).convert("RGB"))


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
