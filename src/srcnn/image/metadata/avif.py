"""Metadata in the items of an AVIF file.

Sources: ISO/IEC 14496-12 (ISO base media file format), 8.11; ISO/IEC 23008-12 (HEIF).
"""

from __future__ import annotations

from collections.abc import Iterator

from srcnn.image.metadata import Buffer

_MOST_ITEMS = 10_000


def avif_xmp(data: Buffer) -> bytes | None:
    """The XMP packet of an AVIF file."""
    meta = next((box for box in _boxes(data, 0, len(data)) if box[0] == b"meta"), None)
    if meta is None:
        return None
    inside = {name: (start, end) for name, start, end in _boxes(data, meta[1] + 4, meta[2])}
    if b"iinf" not in inside or b"iloc" not in inside:
        return None
    wanted = _xmp_item(data, *inside[b"iinf"])
    for item, method, extents in _locations(data, *inside[b"iloc"]):
        if item != wanted or method > 1:
            continue
        base, limit = inside.get(b"idat", (0, 0)) if method == 1 else (0, len(data))
        return b"".join(data[base + at : min(base + at + length, limit)] for at, length in extents)
    return None


def _boxes(data: Buffer, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, and start and end of the content, of every whole box."""
    while at + 8 <= end:
        length, head = int.from_bytes(data[at : at + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif length == 0:
            length = end - at
        if length < head or at + length > end:
            return
        yield bytes(data[at + 4 : at + 8]), at + head, at + length
        at += length


def _xmp_item(data: Buffer, start: int, end: int) -> int | None:
    """The number of the item that holds XMP, by the boxes of item information."""
    first = start + (6 if data[start] == 0 else 8)
    for name, at, stop in _boxes(data, first, end):
        version = data[at]
        if name != b"infe" or version < 2:
            continue
        width = 2 if version == 2 else 4
        kind = data[at + 6 + width : at + 10 + width]
        words = data[at + 10 + width : stop].split(b"\0")
        if kind == b"mime" and len(words) > 1 and words[1] == b"application/rdf+xml":
            return int.from_bytes(data[at + 4 : at + 4 + width], "big")
    return None


def _locations(data: Buffer, start: int, end: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Number, construction method and (offset, length) of the parts of every item."""
    version = data[start]
    sizes = data[start + 4], data[start + 5]
    offset_size, length_size, base_size, index_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15
    at = start + 6

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(data[at - width : at], "big")

    for _ in range(min(number(2 if version < 2 else 4), _MOST_ITEMS)):
        if at >= end:
            return
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)  # which file
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            if at >= end:
                return
            if version and index_size:
                number(index_size)
            offset = number(offset_size)
            extents.append((base + offset, number(length_size)))
        yield item, method, extents
