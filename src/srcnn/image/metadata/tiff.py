"""Metadata in the directories of a TIFF file, as they stand in it.

Source: Adobe, *TIFF Revision 6.0*, 1992, section 2; the BigTIFF design of libtiff.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from srcnn.image.metadata import Buffer

# Bytes of one value, by field type.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
XMP = 700
_SUBFILE_TYPE, _NOT_THE_IMAGE = 254, 5  # a reduced copy, a mask


@dataclass(frozen=True)
class Entry:
    """One entry of a directory, its values in little-endian order."""

    kind: int  # field type
    count: int
    content: bytes


def tiff_xmp(data: Buffer) -> bytes | None:
    """The XMP packet of a TIFF file."""
    entry = main_directory(data).get(XMP)
    return entry.content if entry is not None and entry.kind in (1, 7) else None


def main_directory(data: Buffer) -> dict[int, Entry]:
    """The first directory of an image in full size; empty where the file is damaged."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    first: dict[int, Entry] | None = None
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        while at and at not in seen and len(seen) < 1000:
            seen.add(at)
            entries, at = directory(data, at, order, big=big)
            first = entries if first is None else first
            kind = entries.get(_SUBFILE_TYPE)
            if kind is None or not int.from_bytes(kind.content[:4], "little") & _NOT_THE_IMAGE:
                return entries
    except (struct.error, ValueError):
        pass
    return first or {}


def directory(data: Buffer, at: int, order: str, *, big: bool) -> tuple[dict[int, Entry], int]:
    """The entries of the directory at a place, and the place of the next; values that lie outside of the file are left out."""
    count_code, place_code, inline = ("Q", "Q", 8) if big else ("H", "I", 4)
    (count,) = struct.unpack_from(order + count_code, data, at)
    at += struct.calcsize("<" + count_code)
    entries: dict[int, Entry] = {}
    for _ in range(min(count, 65_535)):
        tag, kind, length = struct.unpack_from(f"{order}HH{place_code}", data, at)
        size = SIZES.get(kind, 0) * length
        place = at + 4 + inline
        if size > inline:
            (place,) = struct.unpack_from(order + place_code, data, place)
        if size and place + size <= len(data):
            entries.setdefault(tag, Entry(kind, length, _little_endian(bytes(data[place : place + size]), kind, order)))
        at += 4 + 2 * inline
    (following,) = struct.unpack_from(order + place_code, data, at)
    return entries, int(following)


def _little_endian(content: bytes, kind: int, order: str) -> bytes:
    width = SIZES[kind] if kind not in (5, 10) else 4
    if order == "<" or width == 1:
        return content
    return b"".join(content[at : at + width][::-1] for at in range(0, len(content), width))
