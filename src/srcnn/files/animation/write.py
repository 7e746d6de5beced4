"""Write an animation in one of the formats that hold them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from srcnn.errors import ImageError
from srcnn.files.animation.apng import ApngWriter
from srcnn.files.animation.frames import Animation
from srcnn.files.animation.gif import GifWriter
from srcnn.files.animation.parts import parts
from srcnn.files.animation.webp import WebpWriter
from srcnn.files.atomic import replacing
from srcnn.files.fitted import check_size, fit_metadata, losses_of
from srcnn.files.formats import Format, format_of
from srcnn.files.picture import Picture
from srcnn.files.strips import Strips
from srcnn.image.arrays import as_rgb
from srcnn.output import DEFAULTS, WriteOptions

_WRITERS: dict[str, type[GifWriter | ApngWriter | WebpWriter]] = {
    "GIF": GifWriter,
    "PNG": ApngWriter,
    "WEBP": WebpWriter,
}


def write_animation(path: Path, animation: Animation, options: WriteOptions = DEFAULTS) -> tuple[str, ...]:
    """Write an animation atomically; one frame after the other is computed, encoded and forgotten.

    Parameters
    ----------
    path : path
        Its suffix names a format that holds animations, unless ``options`` does.
    animation : Animation
        What to write.
    options : WriteOptions
        How it is written.

    Returns
    -------
    tuple of str
        What the format could not hold.

    Raises
    ------
    ImageError
        If the format cannot hold a frame of this size, or the file cannot be written.
    """
    fmt = format_of(path, options.format)
    modified_ns = animation.metadata.modified_ns if options.keep_date else None
    with replacing(path, modified_ns=modified_ns) as part, part.open("r+b") as file:
        try:
            return encode_animation(animation, fmt, file, options)
        except ImageError as error:
            raise ImageError(f"cannot write {path}: {error}") from error


def encode_animation(
    animation: Animation, fmt: Format, file: IO[bytes], options: WriteOptions = DEFAULTS
) -> tuple[str, ...]:
    """Write an animation into an open file.

    Parameters
    ----------
    animation : Animation
        What to write.
    fmt : Format
        A format that holds animations.
    file : binary file
        Empty and seekable.
    options : WriteOptions
        How it is written.

    Returns
    -------
    tuple of str
        What the format could not hold, and what of the options it has no choice of.

    Raises
    ------
    ImageError
        If the format cannot hold a frame of this size, or an encoder fails.
    """
    check_size(fmt, animation.height, animation.width)
    metadata, _ = fit_metadata(_properties(animation), fmt)
    lost = losses_of_animation(animation, fmt, options)
    if fmt.name != "PNG":
        animation = replace(animation, poster=None)
    writer = _WRITERS[fmt.name](file, _in_one_kind(animation), metadata, options)
    for part in parts(animation.frames(), replaces=fmt.name != "GIF"):
        writer.add(part)
    writer.end()
    return lost


def losses_of_animation(animation: Animation, fmt: Format, options: WriteOptions) -> tuple[str, ...]:
    """What a file cannot hold of an animation, and what of the options its format has no choice of.

    Parameters
    ----------
    animation : Animation
        What is to be written; no frame is asked for.
    fmt : Format
        A format that holds animations.
    options : WriteOptions
        How it is written.

    Returns
    -------
    tuple of str
        As `encode_animation` returns them.
    """
    lost = losses_of(_properties(animation), fmt, options)
    if animation.poster is None or fmt.name == "PNG":
        return lost
    return (*lost, "the image for readers without animations was left out, because only APNG has one")


def _properties(animation: Animation) -> Strips:
    """The animation in the words in which an image tells what a format has to hold."""
    return Strips(
        height=animation.height, width=animation.width, grey=animation.grey, alpha=animation.alpha, bits=8,
        metadata=animation.metadata, rows=lambda: iter(()),
    )  # fmt: skip


def _in_one_kind(animation: Animation) -> Animation:
    """The poster with the bands of the frames."""
    poster = animation.poster
    if poster is None:
        return animation
    pixels = poster.pixels if animation.grey else as_rgb(poster.pixels)
    alpha = poster.alpha
    if animation.alpha and alpha is None:
        alpha = np.full(pixels.shape[:2], 255, np.uint8)
    return replace(animation, poster=Picture(np.ascontiguousarray(pixels), alpha))
