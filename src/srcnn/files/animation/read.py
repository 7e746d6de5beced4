"""Read the frames of GIF, APNG and WebP; Pillow composes them by their disposal and blending.

All frames are decoded once before the first is used: a damaged frame is found before any work is done, and whether
there is transparency is known when the first frame is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.animation.frames import Animation, Frame
from srcnn.files.decoders import first_of, quietly, reader_of
from srcnn.files.decoding import decode, errors_in_words, one_line
from srcnn.files.exif import orientation_of, upright
from srcnn.files.formats import Format, sniff
from srcnn.files.gif import gif_frames, gif_plays
from srcnn.files.limits import MAX_PIXELS
from srcnn.files.picture import Picture
from srcnn.files.pillow import metadata_from_pil
from srcnn.files.png import cleaned, png_frames
from srcnn.files.webp import webp_layout
from srcnn.image.arrays import to_bytes

_LONGEST_DENOMINATOR = 65535  # of an APNG delay in seconds, which Pillow gives as a float


def is_animated(data: bytes) -> bool:
    """Whether a file holds several frames that can be read.

    Parameters
    ----------
    data : bytes
        A file of any kind.

    Returns
    -------
    bool
        By its structure; no frame is decoded.
    """
    fmt = sniff(data[:64])
    try:
        return fmt is not None and _count(data, fmt) > 1
    except (ValueError, IndexError):
        return False  # the decoder tells what is wrong


def read_animation(data: bytes, *, max_pixels: int | None = MAX_PIXELS) -> Animation:
    """Open the animation in the bytes of a file, after all its frames have been decoded once.

    Parameters
    ----------
    data : bytes
        A file for which `is_animated` holds.
    max_pixels : int or None
        As `srcnn.files.decoding.decode` takes it, for one frame.

    Returns
    -------
    Animation
        With the metadata of the file; one frame is in memory at a time.

    Raises
    ------
    ImageError
        If the file or one of its frames is damaged (the message names the frame), or too large.
    """
    fmt = sniff(data[:64])
    assert fmt is not None, "is_animated says so"
    first = decode(data, max_pixels=max_pixels)
    if fmt.name == "PNG":
        data = cleaned(data).data
    with errors_in_words(fmt), quietly():
        image = reader_of(data, fmt)
        poster = bool(image.info.get("default_image"))
        orientation = orientation_of(metadata_from_pil(image).exif)
        plays = gif_plays(data) if fmt.name == "GIF" else int(image.info.get("loop", 0))
        count = _count(data, fmt)
    source = _Source(data, fmt, count + poster, orientation, poster, image.size)
    seen = _Seen()
    if poster:  # it is written with the bands of the frames
        seen = _Seen(alpha=first.alpha is not None, grey=first.pixels.ndim == 2)
    for values, _ in source.composed():
        seen = seen.after(values)
    notes = tuple(note for note in first.metadata.notes if note not in first_of(source.stored, "frames"))
    if first.bits == 16:
        notes = (*notes, "its 16 bits were read as 8")
    metadata = replace(first.metadata, notes=notes, kind="grey" if seen.grey else "rgb")
    height, width = first.pixels.shape[:2]

    def frames() -> Iterator[Frame]:
        for values, milliseconds in source.composed():
            yield _frame(upright(values, source.orientation), milliseconds, grey=seen.grey, alpha=seen.alpha)

    return Animation(
        height=height, width=width, count=count, plays=plays, grey=seen.grey, alpha=seen.alpha, metadata=metadata,
        poster=_in_8_bits(first) if poster else None, frames=frames,
    )  # fmt: skip


def _count(data: bytes, fmt: Format) -> int:
    match fmt.name:
        case "GIF":
            return gif_frames(data)
        case "PNG":
            return png_frames(data)
        case "WEBP":
            return webp_layout(data).frames
    return 1


@dataclass(frozen=True)
class _Source:
    """A file whose frames can be decoded from the start, again and again."""

    data: bytes
    fmt: Format
    stored: int  # images in the file, the poster included
    orientation: int
    poster: bool
    size: tuple[int, int]  # width and height

    def composed(self) -> Iterator[tuple[NDArray[Any], Fraction]]:
        """RGBA values and duration of every frame."""
        with quietly():
            image = reader_of(self.data, self.fmt)
        for number in range(self.stored):
            try:
                with quietly():
                    image.seek(number)
                    image.load()
                    # What a later frame draws beyond the canvas is not seen.
                    values = np.asarray(image.crop((0, 0, *self.size)).convert("RGBA"))
                milliseconds = _milliseconds(image.info.get("duration", 0))
            except MemoryError:
                raise
            except Exception as error:  # decoders raise almost anything on damaged data
                which = f"frame {number + 1 - self.poster} of {self.stored - self.poster}"
                raise ImageError(f"{which} of the {self.fmt.name} animation is damaged ({one_line(error)})") from error
            if number or not self.poster:
                yield values, milliseconds


@dataclass(frozen=True)
class _Seen:
    """What the frames seen so far have in common."""

    alpha: bool = False
    grey: bool = True

    def after(self, values: NDArray[Any]) -> _Seen:
        alpha = self.alpha or values[..., 3].min() < 255
        grey = self.grey and bool((values[..., 1:3] == values[..., :1]).all())
        return replace(self, alpha=bool(alpha), grey=grey)


def _in_8_bits(picture: Picture) -> Picture:
    alpha = None if picture.alpha is None else to_bytes(picture.alpha)
    return Picture(to_bytes(picture.pixels), alpha)


def _frame(values: NDArray[Any], milliseconds: Fraction, *, grey: bool, alpha: bool) -> Frame:
    pixels = np.ascontiguousarray(values[..., 0] if grey else values[..., :3])
    return Frame(pixels, np.ascontiguousarray(values[..., 3]) if alpha else None, milliseconds)


def _milliseconds(given: float) -> Fraction:
    return 1000 * (Fraction(given) / 1000).limit_denominator(_LONGEST_DENOMINATOR)
