"""The blocks of a GIF file: its size, its frames, and how often they are played.

Source: CompuServe, *Graphics Interchange Format 89a*, 1990; Netscape's application extension for the number of plays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from srcnn.files.limits import Header
from srcnn.files.metadata import Buffer

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, COMMENT, APPLICATION = 0xF9, 0xFE, 0xFF
LOOP = b"NETSCAPE2.0"


class Block(NamedTuple):
    """One image or extension of a file."""

    kind: int  # EXTENSION or IMAGE
    start: int
    end: int


def palette_bytes(flags: int) -> int:
    """Size in bytes of the colour table that the flags of a header declare.

    Parameters
    ----------
    flags : int
        Of the screen or of an image.

    Returns
    -------
    int
        0 where there is none.
    """
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def gif_blocks(data: Buffer) -> Iterator[Block]:
    """The images and extensions of a file in their order; the last one may be truncated.

    Parameters
    ----------
    data : bytes
        The file.

    Yields
    ------
    Block
        Up to the trailer or what is no block.
    """
    at = 13 + palette_bytes(data[10])
    while at + 1 < len(data) and data[at] in (EXTENSION, IMAGE):
        start = at
        at += 2 if data[at] == EXTENSION else 11 + (palette_bytes(data[at + 9]) if at + 9 < len(data) else 0)
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        yield Block(data[start], start, at)


def gif_ended(data: bytes) -> bool:
    """Whether the blocks of a file are followed by its end marker; without it, frames may be missing.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    bool
        Whatever follows the marker.
    """
    at = 13 + palette_bytes(data[10])
    for block in gif_blocks(data):
        at = block.end
    return data[at : at + 1] == bytes([TRAILER])


def gif_frames(data: bytes) -> int:
    """The number of images in a file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    int
        The last one may be truncated.
    """
    return sum(block.kind == IMAGE for block in gif_blocks(data))


def gif_plays(data: bytes) -> int:
    """How often the frames are played; 0 for endlessly.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    int
        One more than the file's number of repetitions, as browsers do; 1 where it has none.
    """
    for block in gif_blocks(data):
        if block.kind == EXTENSION and data[block.start + 3 : block.start + 14] == LOOP:
            repeated = int.from_bytes(data[block.start + 16 : block.start + 18], "little")
            return repeated + 1 if repeated else 0
    return 1


def gif_header(data: bytes) -> Header:
    """The size of the screen, or of a first frame that exceeds it; a palette is converted to RGB with transparency.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Header
        What it says.

    Raises
    ------
    ValueError, struct.error
        If there is no frame.
    """
    width, height = struct.unpack_from("<HH", data, 6)
    for block in gif_blocks(data):
        if block.kind == IMAGE:
            left, top, across, down = struct.unpack_from("<4H", data, block.start + 1)
            return Header(width=max(width, left + across), height=max(height, top + down), bands=4, working=1.0)
    raise ValueError("it has no frame")
