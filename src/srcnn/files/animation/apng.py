"""Write an APNG: every frame is a PNG image, put together here.

Source: W3C, *PNG Specification (Third Edition)*, 2025, 11.3.6 (animation).
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import IO

from srcnn.files.animation.frames import Animation
from srcnn.files.animation.parts import Part
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.metadata.png import chunk, png_chunks
from srcnn.files.picture import Metadata, Picture
from srcnn.files.png import SIGNATURE, chunks
from srcnn.output import WriteOptions

_MOST = 65535  # of the numerator and the denominator of a delay
_KEEP, _REPLACE = 0, 0  # dispose_op none, blend_op source


class ApngWriter:
    """Writes the frames as they come; all have the bands of the animation.

    Parameters
    ----------
    file : binary file
        To write into.
    animation : Animation
        Its size, bands, count and number of plays.
    metadata : Metadata
        What PNG can hold of it.
    options : WriteOptions
        How frames are encoded.
    """

    def __init__(self, file: IO[bytes], animation: Animation, metadata: Metadata, options: WriteOptions) -> None:
        self._file = file
        self._options = options
        self._animation = animation
        self._metadata = metadata
        self._number = 0  # of the next fcTL or fdAT chunk
        self._begun = False
        self._shown: Picture | None = None  # the first pixel, which stands for a frame without a change
        if animation.poster is not None:
            header, data = _encoded(animation.poster, options)
            self._begin(header)
            self._file.write(chunk(b"IDAT", data))

    def add(self, part: Part) -> None:
        """Write a frame.

        Parameters
        ----------
        part : Part
            What replaces its part of the canvas.
        """
        picture = part.picture or self._shown
        assert picture is not None, "the first frame is a whole one"
        if part.window.top == part.window.left == 0:
            alpha = None if picture.alpha is None else picture.alpha[:1, :1]
            self._shown = Picture(picture.pixels[:1, :1], alpha)
        header, data = _encoded(picture, self._options)
        in_place = not self._begun
        self._begin(header)
        height, width = picture.pixels.shape[:2]
        self._file.write(
            chunk(b"fcTL", self._next() + struct.pack(
                ">4I2H2B", width, height, part.window.left, part.window.top, *_delay(part.milliseconds), _KEEP, _REPLACE
            ))
        )  # fmt: skip
        self._file.write(chunk(b"IDAT", data) if in_place else chunk(b"fdAT", self._next() + data))

    def end(self) -> None:
        """Write the end of the file."""
        self._file.write(chunk(b"IEND", b""))

    def _begin(self, header: bytes) -> None:
        if self._begun:
            return
        self._begun = True
        animation = self._animation
        size = struct.pack(">II", animation.width, animation.height)
        self._file.write(SIGNATURE + chunk(b"IHDR", size + header[8:]) + png_chunks(self._metadata))
        self._file.write(chunk(b"acTL", struct.pack(">II", animation.count, animation.plays)))

    def _next(self) -> bytes:
        self._number += 1
        return (self._number - 1).to_bytes(4, "big")


def _encoded(picture: Picture, options: WriteOptions) -> tuple[bytes, bytes]:
    """The header and the image data of a PNG file."""
    data, _ = encode(picture, FORMATS["PNG"], options)
    found = list(chunks(data))
    return found[0].content(data), b"".join(c.content(data) for c in found if c.name == b"IDAT")


def _delay(milliseconds: Fraction) -> tuple[int, int]:
    seconds = min(milliseconds / 1000, Fraction(_MOST))
    nearest = seconds.limit_denominator(min(_MOST, int(_MOST / seconds)) if seconds else 1)
    return nearest.numerator, nearest.denominator
