"""Write an animated WebP: every frame is a WebP image, put together here.

Source: RFC 9649, 2.7 (the extended format).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import numpy as np

from srcnn.files.animation.clock import Clock
from srcnn.files.animation.frames import Animation
from srcnn.files.animation.parts import Part
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Metadata, Picture
from srcnn.files.webp import webp_chunks
from srcnn.output import WriteOptions

_LONGEST = 2**24 - 1  # milliseconds
_MOST_PLAYS = 65535
_ICC, _ALPHA, _EXIF, _XMP, _ANIMATION = 0x20, 0x10, 0x08, 0x04, 0x02
_BLEND, _REPLACE = 0, 2
_NOTHING = Picture(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8))


class WebpWriter:
    """Writes the frames as they come.

    Parameters
    ----------
    file : binary file
        Empty and seekable.
    animation : Animation
        Its size and number of plays.
    metadata : Metadata
        What WebP can hold of it.
    options : WriteOptions
        How frames are encoded.
    """

    def __init__(self, file: IO[bytes], animation: Animation, metadata: Metadata, options: WriteOptions) -> None:
        self._file = file
        self._options = options
        self._metadata = metadata
        # Frames are lossless if those of the file that was read were.
        self._of_frames = Metadata(format=metadata.format, lossless=metadata.lossless)
        self._clock = Clock(1, _LONGEST)
        flags = _ANIMATION | _ALPHA * animation.alpha
        for field, flag in ((metadata.icc, _ICC), (metadata.exif, _EXIF), (metadata.xmp, _XMP)):
            flags |= flag if field else 0
        file.write(b"RIFF\0\0\0\0WEBP")
        self._write(b"VP8X", bytes([flags, 0, 0, 0]) + _three(animation.width - 1) + _three(animation.height - 1))
        if metadata.icc:
            self._write(b"ICCP", metadata.icc)
        self._write(b"ANIM", bytes(4) + min(animation.plays, _MOST_PLAYS).to_bytes(2, "little"))

    def add(self, part: Part) -> None:
        """Write a frame.

        Parameters
        ----------
        part : Part
            What replaces its part of the canvas; it starts at even coordinates.
        """
        picture = part.picture or _NOTHING
        data, _ = encode(Picture(picture.pixels, picture.alpha, self._of_frames), FORMATS["WEBP"], self._options)
        height, width = picture.pixels.shape[:2]
        place = _three(part.window.left // 2) + _three(part.window.top // 2) + _three(width - 1) + _three(height - 1)
        duration = _three(self._clock.units(part.milliseconds))
        method = bytes([_REPLACE if part.picture is not None else _BLEND])
        self._write(b"ANMF", place + duration + method + b"".join(_image(data)))

    def end(self) -> None:
        """Write the metadata after the frames, and the length of the file before them."""
        for name, content in ((b"EXIF", self._metadata.exif), (b"XMP ", self._metadata.xmp)):
            if content:
                self._write(name, content)
        length = self._file.tell() - 8
        self._file.seek(4)
        self._file.write(length.to_bytes(4, "little"))

    def _write(self, name: bytes, content: bytes) -> None:
        self._file.write(_chunk(name, content))


def _image(data: bytes) -> Iterator[bytes]:
    """The chunks of the image of a file."""
    for name, start, end in webp_chunks(data, 12):
        if name in (b"ALPH", b"VP8 ", b"VP8L"):
            yield _chunk(name, data[start:end])


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
