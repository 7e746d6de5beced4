"""Size, depth and quantiser of an AVIF image, from the boxes of the file.

Sources: ISO/IEC 23008-12 (HEIF) for `ispe`; AOMedia, *AV1 Codec ISO Media File Format Binding*, 2.3, for `av1C`.
"""

from __future__ import annotations

import struct

from srcnn.files.av1 import quantiser_of
from srcnn.files.limits import Header
from srcnn.files.metadata.boxes import boxes
from srcnn.files.metadata.items import items_of

_HIGH_BIT_DEPTH, _MONOCHROME = 0x40, 0x10
_WORKING = 8.0  # bytes per pixel of the decoder, measured: planes, RGBA, and a copy
_WORKING_DEEP = 16.0


def avif_header(data: bytes) -> Header | None:
    """The largest size in the properties of the file: that of the image, or of one part of a grid.

    None if there is no such property, as in a sequence.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Header or None
        None where no size is named.
    """
    head = _meta(data)
    sizes, at = [], head.find(b"ispe")
    while at >= 0:
        if at + 16 <= len(head):
            sizes.append(struct.unpack_from(">II", head, at + 8))
        at = head.find(b"ispe", at + 4)
    if not sizes:
        return None
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    deep = is_deep(data)
    return Header(
        width=width, height=height, bands=4, bits=16 if deep else 8, working=_WORKING_DEEP if deep else _WORKING
    )


def is_deep(data: bytes) -> bool:
    """Whether samples have more than 8 bits.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    bool
        By its own description.
    """
    return bool(_flags(data) & _HIGH_BIT_DEPTH)


def is_grey(data: bytes) -> bool:
    """Whether the image has no chroma.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    bool
        By its own description.
    """
    return bool(_flags(data) & _MONOCHROME)


def avif_quantiser(data: bytes) -> int | None:
    """The index of the quantiser of the image; of a grid, that of its coarsest tile.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    int or None
        From 1 (finest) to 255; None for animations, lossless images and wherever it cannot be read.
    """
    if any(name == b"moov" for name, _, _ in boxes(data, 0, len(data))):
        return None
    try:
        items = items_of(data)
        kinds = {item.number: item.kind for item in items.entries}
        main = items.main
        if main is None or kinds.get(main) not in (b"av01", b"grid"):
            return None
        parts = items.contents({main} if kinds[main] == b"av01" else set(items.sources(main)))
    except IndexError:
        return None
    return max(filter(None, map(quantiser_of, parts.values())), default=None)


def _flags(data: bytes) -> int:
    """The third byte of the first AV1CodecConfigurationRecord."""
    at = data.find(b"av1C")
    return data[at + 6] if 0 < at < len(data) - 6 else 0


def _meta(data: bytes) -> bytes:
    """The box that describes the images; elsewhere its property names may occur by chance."""
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:  # a box of more than 4 GB has its size after its name
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if name == b"meta" or size < 8:
            return data[at : at + size] if size else data[at:]
        at += size
    return b""
