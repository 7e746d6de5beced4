"""Entries of TIFF directories, read and written as they are stored in a file.

Sources: Adobe, *TIFF Revision 6.0*, 1992, section 2; the BigTIFF design of libtiff.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from srcnn.files.metadata import Buffer

# Bytes of one value, by field type.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
SHORT, LONG, RATIONAL, LONG8 = 3, 4, 5, 16
_RATIONALS = (5, 10)
_BEYOND_CLASSIC = (16, 17, 18)
_POINTERS = (34665, 34853, 40965)  # pointers to the EXIF, GPS and interoperability directories
_DEPTH = 2  # nesting depth of directories


@dataclass(frozen=True)
class Entry:
    """The values of one tag, in little-endian order, or the directory that it points to."""

    kind: int  # field type
    count: int
    content: bytes
    inside: Mapping[int, Entry] = field(default_factory=dict)


Entries = Mapping[int, Entry]


def shorts(*values: int) -> Entry:
    """An entry of 16-bit numbers.

    Parameters
    ----------
    *values : int
        The numbers.

    Returns
    -------
    Entry
        To stand in a directory.
    """
    return Entry(SHORT, len(values), struct.pack(f"<{len(values)}H", *values))


def longs(values: Iterable[int], *, big: bool = False) -> Entry:
    """An entry of 32-bit numbers, or of 64-bit ones in BigTIFF.

    Parameters
    ----------
    values : iterable of int
        The numbers.
    big : bool
        Whether they have 64 bits.

    Returns
    -------
    Entry
        To stand in a directory.
    """
    numbers = tuple(values)
    return Entry(LONG8 if big else LONG, len(numbers), struct.pack(f"<{len(numbers)}{'Q' if big else 'I'}", *numbers))


def rational(value: float) -> Entry:
    """An entry of one positive number as a fraction of ten thousandths, or of coarser parts where it is large.

    Parameters
    ----------
    value : float
        Above 0.

    Returns
    -------
    Entry
        To stand in a directory.
    """
    denominator = 10_000 if value < 400_000 else 1
    return Entry(RATIONAL, 1, struct.pack("<II", min(round(value * denominator), 2**32 - 1), denominator))


def read_entries(data: Buffer, at: int | None = None) -> dict[int, Entry]:
    """The directory of an image, with the EXIF and GPS directories.

    Values outside the file are ignored; without a TIFF structure there are none.

    Parameters
    ----------
    data : Buffer
        The file.
    at : int, optional
        Its offset; the first directory, the only one of EXIF, where it is not given.

    Returns
    -------
    dict of int to Entry
        Tag and entry; empty where the file is damaged.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return {}
    big = 43 in data[2:4]
    try:
        if at is None:
            (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        return _directory(data, at, order, big) if at else {}
    except struct.error:
        return {}


def laid_out(entries: Entries, at: int, *, big: bool = False, order: str = "<", more: bool = False) -> bytes:
    """The bytes of a directory at the even offset ``at``, followed by its values and inner directories.

    Parameters
    ----------
    entries : Entries
        Of the directory.
    at : int
        Place in the file, in bytes.
    big : bool
        Whether the file is a BigTIFF.
    order : str
        Of the bytes: "<" or ">".
    more : bool
        Whether another directory follows right behind it.

    Returns
    -------
    bytes
        The directory and its values.
    """
    entries = {tag: entry for tag, entry in entries.items() if big or entry.kind not in _BEYOND_CLASSIC}
    count_code, place_code, room = ("Q", "Q", 8) if big else ("H", "I", 4)
    head = struct.pack(order + count_code, len(entries))
    end = at + len(head) + len(entries) * (4 + 2 * room) + room
    table, values = [], []
    for tag, entry in sorted(entries.items()):
        if entry.inside:
            content = laid_out(entry.inside, end, big=big, order=order)
            where = struct.pack(order + place_code, end)
            kind, count = LONG8 if big else LONG, 1
        else:
            content = _ordered(entry.content, entry.kind, order)
            kind, count = entry.kind, entry.count
            where = struct.pack(order + place_code, end) if len(content) > room else content.ljust(room, b"\0")
        table.append(struct.pack(order + "HH" + place_code, tag, kind, count) + where)
        if entry.inside or len(content) > room:
            content += bytes(len(content) % 2)
            values.append(content)
            end += len(content)
    return b"".join([head, *table, struct.pack(order + place_code, end if more else 0), *values])


def with_entries(data: bytes, added: Entries) -> bytes:
    """Add entries to the first directory of a TIFF structure; everything else stays in place.

    Parameters
    ----------
    data : bytes
        A TIFF structure.
    added : Entries
        New entries, which win over those of their tag.

    Returns
    -------
    bytes
        A longer copy.
    """
    patch = _patch(data, added)
    end = patch.at + len(patch.pointer)
    return data[: patch.at] + patch.pointer + data[end:] + patch.tail


def add_entries(path: Path, added: Entries) -> None:
    """Add entries to the first directory of a TIFF file on disk without reading its pixels.

    Parameters
    ----------
    path : path
        The file.
    added : Entries
        New entries, which win over those of their tag.
    """
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            patch = _patch(data, added)
        file.seek(0, 2)
        file.write(patch.tail)
        file.seek(patch.at)
        file.write(patch.pointer)


@dataclass(frozen=True)
class _Patch:
    """A new first directory: the bytes to append to a file, and the pointer to them."""

    at: int
    pointer: bytes
    tail: bytes


def _patch(data: Buffer, added: Entries) -> _Patch:
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    code, at = (order + "Q", 8) if big else (order + "I", 4)
    # Inner directories stay in place, because offsets in maker notes may count from the start of the file.
    try:
        entries = _directory(data, struct.unpack_from(code, data, at)[0], order, big, depth=_DEPTH)
    except struct.error:
        entries = {}
    padding = bytes(len(data) % 2)
    start = len(data) + len(padding)
    return _Patch(at, struct.pack(code, start), padding + laid_out({**entries, **added}, start, big=big, order=order))


def _directory(data: Buffer, at: int, order: str, big: bool, depth: int = 0) -> dict[int, Entry]:
    """The entries of the directory at an offset."""
    count_code, place_code, room = ("Q", "Q", 8) if big else ("H", "I", 4)
    if at >= len(data):
        raise struct.error("the directory begins outside the file")
    (count,) = struct.unpack_from(order + count_code, data, at)
    at += struct.calcsize("<" + count_code)
    entries: dict[int, Entry] = {}
    left = len(data)  # entries may share bytes, so a small file could claim any amount of data
    for _ in range(min(count, 65_535)):
        if at + 4 + 2 * room > len(data):
            break
        tag, kind, length = struct.unpack_from(f"{order}HH{place_code}", data, at)
        size = _SIZES.get(kind, 0) * length
        place = at + 4 + room
        if size > room:
            (place,) = struct.unpack_from(order + place_code, data, place)
        if size and place + size <= len(data) and size <= left:
            left -= size
            content = _ordered(bytes(data[place : place + size]), kind, order)
            inside = _inside(data, tag, content, order, big, depth)
            if (
                inside or tag not in _POINTERS or depth >= _DEPTH
            ):  # a pointer to nothing would later point to something else
                entries.setdefault(tag, Entry(kind, length, content, inside))
        at += 4 + 2 * room
    return entries


def _inside(data: Buffer, tag: int, content: bytes, order: str, big: bool, depth: int) -> dict[int, Entry]:
    if tag not in _POINTERS or depth >= _DEPTH:
        return {}
    try:
        return _directory(data, int.from_bytes(content, "little"), order, big, depth + 1)
    except struct.error:
        return {}


def _ordered(content: bytes, kind: int, order: str) -> bytes:
    """Convert values between the byte order of the file and little-endian."""
    width = 4 if kind in _RATIONALS else _SIZES[kind]
    if order == "<" or width == 1:
        return content
    return b"".join(content[at : at + width][::-1] for at in range(0, len(content), width))
