"""The choice of ``model="auto"``: which model an image gets, and its inputs for wear.

Clean images go to `CLEAN`, the best network for images that were only downscaled.
Worn ones go to `WORN`, which takes JPEG quality and noise level as inputs.
Both are read from the file if possible, otherwise estimated from pixels and used only if the estimate is clear.
"""

import math
import os
from dataclasses import dataclass
from typing import Literal

import numpy as np

from srcnn import weights
from srcnn.errors import OptionError
from srcnn.estimate import SMALLEST
from srcnn.estimate.noise import Table, estimate_noise
from srcnn.estimate.quality import estimate_quality
from srcnn.estimate.tables import libjpeg_table, quality_of_quantiser, quality_of_table
from srcnn.files.picture import Metadata
from srcnn.image.arrays import Image
from srcnn.methods import resolve
from srcnn.methods.base import TTA
from srcnn.methods.model_file import card_of, is_file
from srcnn.options import shown
from srcnn.wear import NO_WEAR, Wear, checked_wear

AUTO, CLEAN, WORN = "auto", "best", "photo"

Quality = float | Literal["off"]
"""A JPEG quality from 1 to 100, or "off" to treat an image as never compressed by JPEG."""

# From the figures in EXPERIMENTS.md, "Where `photo` overtakes `best`": by scale, the quality below which `photo` gives
# more, and the noise from which on it does. Less noise than 2.5 cannot be told from texture.
LIMITS = {2: (96, 2.5), 3: (93, 3.7), 4: (93, 3.7)}
_DOUBT = 5  # by which an estimated quality must be below that of the file to be used


@dataclass(frozen=True)
class Choice:
    """A model and its inputs for wear.

    Attributes
    ----------
    model : str
        The name of a model.
    wear : Wear
        How worn the image is; empty for a model without such inputs.
    like : bool
        Whether the file is no JPEG, but about as worn as one of that quality.
    """

    model: str
    wear: Wear = NO_WEAR
    like: bool = False

    @property
    def reason(self) -> str:
        """The reason in a few words for the user; empty if the image counts as clean."""
        found = []
        if self.wear.quality is not None:
            found.append(f"{'as worn as ' if self.like else ''}JPEG quality {self.wear.quality:.0f}")
        if self.wear.noise:
            found.append(f"noise {self.wear.noise:.0f}")
        return f"{self.model}: {', '.join(found)}" if found else ""


@dataclass(frozen=True)
class Settings:
    """The wear given by the caller instead of an estimate; None: estimate it.

    Attributes
    ----------
    noise : float or None
        Standard deviation in 8-bit levels, 0 to 50.
    jpeg_quality : float, "off" or None
        1 to 100; "off" to treat the image as never compressed by JPEG.
    """

    noise: float | None = None
    jpeg_quality: Quality | None = None


UNKNOWN = Metadata()
FOUND = Settings()
"""No settings: everything is estimated."""


def checked_settings(noise: object = None, jpeg_quality: object = None) -> Settings:
    """The settings that a caller's arguments name.

    Parameters
    ----------
    noise, jpeg_quality
        As `Settings` holds them.

    Returns
    -------
    Settings
        With both.

    Raises
    ------
    OptionError
        If one of them makes no sense; it is named.
    """
    off = isinstance(jpeg_quality, str) and jpeg_quality == "off"
    if isinstance(jpeg_quality, str) and not off:
        raise OptionError(f"jpeg_quality must be a number from 1 to 100, or 'off', got {shown(jpeg_quality)}")
    wear = checked_wear(0.0 if noise is None else noise, None if off else jpeg_quality)
    return Settings(None if noise is None else wear.noise, "off" if off else wear.quality)


def check_told(model: str | os.PathLike[str], settings: Settings, *, called: str = "") -> None:
    """Refuse to be told of wear that a named model has no inputs for.

    Parameters
    ----------
    model : str or path
        What a user asks for.
    settings : Settings
        What the user knows.
    called : str
        The model as the user calls it, where that is another name.

    Raises
    ------
    OptionError
        If there is something that the model cannot be told.
    """
    said = settings.noise or settings.jpeg_quality not in (None, "off")
    if said and not can_be_told(model):
        names = dict.fromkeys(entry.card.name for entry in weights.entries() if entry.card.wear)
        raise OptionError(
            f"{called or model} cannot be told of noise or JPEG quality; choose {', '.join(names)}, or {AUTO}, "
            "or leave them out"
        )


def choose(
    model: str, pixels: Image, metadata: Metadata = UNKNOWN, settings: Settings = FOUND, *, factor: float = 2.0
) -> Choice:
    """The model for an image, and its inputs for wear.

    Parameters
    ----------
    model : str
        "auto", or a name that `srcnn.methods.resolve` gave.
    pixels : (H, W) or (H, W, 3) array
        The image, as it came from its file.
    metadata : Metadata
        Of its file, which may tell how coarsely it was quantised.
    settings : Settings
        What the caller knows.
    factor : float
        By which the image is to grow: the more, the more an image must be worn for `WORN` to help.

    Returns
    -------
    Choice
        With "auto", `WORN` if there is enough wear for it to help, otherwise `CLEAN`.
        A named model gets the wear if it has inputs for it.
    """
    automatic = is_automatic(model)
    if not automatic and not is_told(model):
        return Choice(model)
    table = _written_table(metadata)
    told = _told_quality(table, metadata)
    quality = _found_quality(pixels, told, settings)
    wear = Wear(quality, _found_noise(pixels, _table_behind(table, told, quality), settings))
    like = metadata.quantiser is not None and settings.jpeg_quality is None
    if not automatic:
        return Choice(model, wear, like)
    good, quiet = LIMITS[min(max(math.ceil(factor), 2), 4)]
    worn = wear.noise >= quiet or (quality is not None and quality < good)
    tta = TTA if model.endswith(TTA) else ""
    return Choice(resolve(WORN) + tta, wear, like) if worn else Choice(resolve(CLEAN) + tta)


def is_automatic(model: object) -> bool:
    """Whether a model's name leaves the choice to the image.

    Parameters
    ----------
    model : object
        What a user asks for.

    Returns
    -------
    bool
        By the name alone.
    """
    return isinstance(model, str) and model.removesuffix(TTA) == AUTO


def can_be_told(model: str | os.PathLike[str]) -> bool:
    """Whether what a user knows of an image's wear is of use to a model, or to the choice of one.

    Parameters
    ----------
    model : str or path
        What a user asks for.

    Returns
    -------
    bool
        True for "auto".

    Raises
    ------
    OptionError
        If there is no such model.
    """
    return is_automatic(model) or is_told(resolve(model, "model"))


def is_told(model: str) -> bool:
    """Whether a model, by its resolved name, has inputs for wear.

    Parameters
    ----------
    model : str
        What a user asks for.

    Returns
    -------
    bool
        By the card.
    """
    name = model.removesuffix(TTA)
    if not is_file(name):
        return any(entry.card.wear for entry in weights.entries() if entry.card.name == name)
    return card_of(name).wear


def _found_quality(pixels: Image, told: float | None, settings: Settings) -> float | None:
    if settings.jpeg_quality is not None:
        return None if settings.jpeg_quality == "off" else settings.jpeg_quality
    estimated = estimate_quality(pixels) if _can_be_judged(pixels) else None
    if told is None:
        return estimated
    # A file that was saved twice holds only the second quality; the pixels may show a lower one.
    return estimated if estimated is not None and estimated < told - _DOUBT else told


def _written_table(metadata: Metadata) -> tuple[int, ...] | None:
    table = metadata.quantisation
    return table if table is not None and all(table) else None  # a step of 0 is damage, and tells nothing


def _told_quality(table: tuple[int, ...] | None, metadata: Metadata) -> float | None:
    if table is not None:
        return quality_of_table(table)
    return None if metadata.quantiser is None else quality_of_quantiser(metadata.quantiser)


def _table_behind(own: tuple[int, ...] | None, told: float | None, quality: float | None) -> Table | None:
    """The quantisation that has decided what is left of noise: the file's own, unless the pixels show a coarser one."""
    if own is not None and told is not None and (quality is None or quality >= told - _DOUBT):
        return own
    return None if quality is None else libjpeg_table(round(quality))


def _found_noise(pixels: Image, table: Table | None, settings: Settings) -> float:
    if settings.noise is not None:
        return settings.noise
    return estimate_noise(pixels, table) if _can_be_judged(pixels) else 0.0


def _can_be_judged(pixels: Image) -> bool:
    return pixels.dtype == np.uint8 and min(pixels.shape[:2]) >= SMALLEST
