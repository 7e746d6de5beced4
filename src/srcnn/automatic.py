"""Which model an image gets, and what that model is told: the choice behind ``model="auto"``.

Clean images go to `CLEAN`, the best network for what was downscaled and nothing else.
Worn ones go to `WORN`, which is told the quality of the JPEG and the strength of the noise.
Both are read where they can be known, estimated from pixels elsewhere, and believed only when they are clear.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from srcnn import options
from srcnn.degrade import MAX_NOISE, Wear
from srcnn.errors import OptionError
from srcnn.estimate import estimate_noise, estimate_quality, quality_of_table
from srcnn.image.arrays import Image

AUTO, CLEAN, WORN = "auto", "best", "photo"

Quality = float | Literal["off"]
"""A JPEG quality from 1 to 100, or "off" for an image to be taken as one that never was a JPEG."""

# From the figures in EXPERIMENTS.md, "Where `photo` overtakes `best`": below, `photo` gives more.
_QUALITY_OF_CLEAN = 90
_NOISE_OF_CLEAN = 3.5


@dataclass(frozen=True)
class Choice:
    """A model and what it is told.

    Attributes
    ----------
    model : str
        The name of a model.
    wear : Wear
        How worn the image is; nothing for a model that is not told.
    """

    model: str
    wear: Wear = Wear()

    @property
    def reason(self) -> str:
        """In a few words why, for a user; empty where the image counts as clean."""
        found = []
        if self.wear.quality is not None:
            found.append(f"JPEG quality {self.wear.quality:.0f}")
        if self.wear.noise:
            found.append(f"noise {self.wear.noise:.0f}")
        return f"{self.model}: {', '.join(found)}" if found else ""


def check_wear(noise: float | None, jpeg_quality: Quality | None) -> None:
    """Raise what a user's settings deserve.

    Parameters
    ----------
    noise : float, optional
        Standard deviation in 8-bit levels, from 0 to 50.
    jpeg_quality : float or "off", optional
        From 1 to 100.

    Raises
    ------
    OptionError
        If one of them is neither.
    """
    if noise is not None and not (_is_number(noise) and 0 <= noise <= MAX_NOISE):
        raise OptionError(f"noise must be a number from 0 to {MAX_NOISE:g}, got {options.shown(noise)}")
    if jpeg_quality not in (None, "off") and not (_is_number(jpeg_quality) and 1 <= jpeg_quality <= 100):
        raise OptionError(
            f"jpeg_quality must be a number from 1 to 100, or 'off', got {options.shown(jpeg_quality)}"
        )


def choose(
    model: str,
    pixels: Image,
    table: tuple[int, ...] | None = None,
    *,
    noise: float | None = None,
    jpeg_quality: Quality | None = None,
) -> Choice:
    """The model for an image, and what it is told.

    Parameters
    ----------
    model : str
        "auto", or a model by name: one that is told the wear is told it, any other keeps its name.
    pixels : (H, W) or (H, W, 3) array
        The image, as it came from its file.
    table : 64 integers, optional
        The luminance quantisation table of the JPEG that it came from, row by row.
    noise, jpeg_quality
        As `check_wear` takes them: in place of what would be found. None: found.

    Returns
    -------
    Choice
        With "auto", `WORN` where there is wear enough for it to help, else `CLEAN`.
    """
    quality = _quality(pixels, table) if jpeg_quality is None else jpeg_quality
    found = Wear(
        quality=None if quality == "off" or quality is None else float(quality),
        noise=_noise(pixels) if noise is None else float(noise),
    )
    if model != AUTO:
        return Choice(model, found)
    worn = found.noise >= _NOISE_OF_CLEAN or (found.quality is not None and found.quality < _QUALITY_OF_CLEAN)
    return Choice(WORN, found) if worn else Choice(CLEAN)


def _quality(pixels: Image, table: tuple[int, ...] | None) -> float | None:
    estimated = estimate_quality(pixels) if _can_be_judged(pixels) else None
    if table is None:
        return estimated
    # A file that was saved twice tells the second quality alone; the pixels may betray the worse one.
    told = quality_of_table(table)
    return told if estimated is None else min(told, estimated)


def _noise(pixels: Image) -> float:
    return estimate_noise(pixels) if _can_be_judged(pixels) else 0.0


def _can_be_judged(pixels: Image) -> bool:
    return pixels.dtype == np.uint8 and min(pixels.shape[:2]) >= 64


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
