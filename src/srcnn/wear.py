"""What happens to an image after it was downscaled: noise and JPEG, and the numbers by which a network is told of them.

`srcnn.estimate` finds out how much of each an image has.
"""

import io
import math
import re
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from srcnn.errors import OptionError
from srcnn.image.arrays import Bytes
from srcnn.options import shown

MAX_NOISE = 50.0  # largest standard deviation of noise, in 8-bit levels, that a network can be conditioned on
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
