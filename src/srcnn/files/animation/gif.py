"""Write an animated GIF: every frame is a GIF image of its own palette, put together here.

Source: CompuServe, *Graphics Interchange Format 89a*, 1990, sections 18, 20 and 23.
"""

from __future__ import annotations

import struct
from typing import IO

import numpy as np

from srcnn.files.animation.clock import Clock
from srcnn.files.animation.frames import Animation
from srcnn.files.animation.parts import Part
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.gif import GRAPHIC_CONTROL, IMAGE, LOOP, gif_blocks, palette_bytes
from srcnn.files.metadata.gif import gif_extensions
from srcnn.files.picture import Metadata, Picture
from srcnn.output import WriteOptions

_CENTISECOND, _LONGEST = 10, 65535
_KEEP, _CLEAR = 1, 2  # disposal methods
_MOST_REPEATED = 65535
_NOTHING = Picture(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8))


class GifWriter:
    """Writes the frames as they come.

    Parameters
    ----------
    file : binary file
        To write into.
    animation : Animation
        Its size and number of plays.
    metadata : Metadata
        What GIF can hold of it.
    options : WriteOptions
        How frames are encoded.
    """

    def __init__(self, file: IO[bytes], animation: Animation, metadata: Metadata, options: WriteOptions) -> None:
        self._file = file
        self._options = options
        self._clock = Clock(_CENTISECOND, _LONGEST)
        file.write(b"GIF89a" + struct.pack("<HHBBB", animation.width, animation.height, 0x70, 0, 0))
        if animation.plays != 1:  # without the extension: once
            repeated = min(max(animation.plays - 1, 0), _MOST_REPEATED)
            file.write(b"\x21\xff\x0b" + LOOP + b"\x03\x01" + repeated.to_bytes(2, "little") + b"\0")
        file.write(gif_extensions(metadata))

    def add(self, part: Part) -> None:
        """Write a frame.

        Parameters
        ----------
        part : Part
            Of opaque and fully transparent pixels.
        """
        data, _ = encode(part.picture or _NOTHING, FORMATS["GIF"], self._options)
        transparent, image = None, None
        for block in gif_blocks(data):
            if block.kind == IMAGE:
                image = block
            elif data[block.start + 1] == GRAPHIC_CONTROL and data[block.start + 3] & 1:
                transparent = data[block.start + 6]
        assert image is not None
        flags = (_CLEAR if part.cleared else _KEEP) << 2 | (transparent is not None)
        delay = self._clock.units(part.milliseconds)
        self._file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0))
        self._file.write(_placed(data, image.start, image.end, part))

    def end(self) -> None:
        """Write the end of the file."""
        self._file.write(b";")


def _placed(data: bytes, start: int, end: int, part: Part) -> bytes:
    """The image of a file at its place on the canvas, with a palette of its own."""
    window = part.window
    flags, palette_start = data[start + 9], start + 10
    if not flags & 0x80:
        flags = flags & 0x40 | data[10] & 0x87
        palette = data[13 : 13 + palette_bytes(data[10])]
    else:
        palette = data[palette_start : palette_start + palette_bytes(flags)]
        palette_start += len(palette)
    size = (window.right - window.left, window.bottom - window.top)
    return b"," + struct.pack("<4HB", window.left, window.top, *size, flags) + palette + data[palette_start:end]
