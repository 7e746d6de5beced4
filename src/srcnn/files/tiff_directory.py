"""Directories of a TIFF structure, which is also what EXIF is: classic and BigTIFF, either byte order.

At most as much data is read as the file has bytes: entries may share bytes, so a small file could claim any amount of
data.

Sources: Adobe, *TIFF Revision 6.0*, 1992, section 2; the BigTIFF design of libtiff.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

from srcnn.files.metadata import Buffer

SUB_DIRECTORIES = (34665, 34853)  # EXIF, GPS
SUB_IFDS = 330
_SUBFILE_TYPE, _OLD_SUBFILE_TYPE = 254, 255
_REDUCED, _MASK = 1, 4
_PLACES_OF_PIXELS = (273, 279, 324, 325)  # one number per strip or tile; only libvips needs them
_ESSENTIAL = {
    256,
    257,
    258,
    259,
    262,
    277,
    284,
    320,
    332,
    338,
    339,
}  # without which the image would be misread
_MOST_PAGES = 65_536

# Bytes of one value and its struct code, by field type; rationals are pairs.
_TYPES = {
    1: (1, ""), 2: (1, ""), 3: (2, "H"), 4: (4, "I"), 5: (8, "II"), 6: (1, "b"), 7: (1, ""), 8: (2, "h"), 9: (4, "i"),
    10: (8, "ii"), 11: (4, "f"), 12: (8, "d"), 13: (4, "I"), 16: (8, "Q"), 17: (8, "q"), 18: (8, "Q"),
}  # fmt: skip
_ASCII, _SHORT, _LONG = 2, 3, 4
_BYTES = (1, 7)
_RATIONALS = (5, 10)

Tags = dict[int, Any]


@dataclass(frozen=True)
class Chain:
    """The directories of a file, each of which names the next."""

    starts: tuple[int, ...]  # their offsets
    full: tuple[int, ...]  # the numbers of those with an image of its own, not a reduced copy or a mask

    @property
    def images(self) -> int:
        """How many images there are."""
        return len(self.full) or 1

    def start(self, page: int) -> int:
        """The offset of the directory of an image.

        Parameters
        ----------
        page : int
            Which of the full-size images, from 0.

        Returns
        -------
        int
            Of the first directory where none holds a full-size image.
        """
        return self.starts[self.full[page] if self.full else 0]


@dataclass(frozen=True)
class Pages:
    """An image of a file, and how many there are."""

    tags: Tags  # of its directory
    images: int  # number of directories with separate images
    full: bool  # whether it is a full-size image
    start: int  # offset of its directory
    alone: bool  # whether there is no other directory


@dataclass(frozen=True)
class _Layout:
    """Byte order and offset size of a structure."""

    order: str
    big: bool

    def number(self, data: Buffer, at: int, classic: str, big: str) -> int:
        return int(struct.unpack_from(self.order + (big if self.big else classic), data, at)[0])


def read_tags(data: Buffer) -> Tags:
    """The first directory, with its EXIF and GPS directories as dictionaries.

    Parameters
    ----------
    data : bytes
        A TIFF structure.

    Returns
    -------
    Tags
        Tag and value.

    Raises
    ------
    ValueError, struct.error
        If this is not a TIFF structure, or its entries claim more data than there is.
    """
    layout = _layout(data)
    return _with_sub_directories(data, layout, _first(data, layout))


def read_chain(data: Buffer) -> Chain:
    """All directories of a TIFF file, as far as they can be followed.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Chain
        Of one directory at least.

    Raises
    ------
    ValueError, struct.error
        If this is not a TIFF structure.
    """
    layout = _layout(data)
    starts = _chain(data, layout)
    if not starts:
        raise ValueError("it has no directory")
    full = (
        number
        for number, start in enumerate(starts)
        if _is_full(_entries(data, layout, start, (_SUBFILE_TYPE, _OLD_SUBFILE_TYPE)))
    )
    return Chain(tuple(starts), tuple(full))


def read_pages(data: Buffer, page: int = 0, chain: Chain | None = None) -> Pages:
    """The tags of an image of a TIFF file, and the number of images.

    Parameters
    ----------
    data : bytes
        The file.
    page : int
        Which of the full-size images, from 0.
    chain : Chain, optional
        Its directories, where they were read before: to follow them for every page takes long where there are many.

    Returns
    -------
    Pages
        What it says.

    Raises
    ------
    ValueError, struct.error
        If this is not a TIFF structure, or its entries claim more data than there is.
    """
    chain = chain or read_chain(data)
    start = chain.start(page)
    tags = _with_sub_directories(data, _layout(data), start, _ESSENTIAL)
    return Pages(tags, chain.images, bool(chain.full), start, len(chain.starts) == 1)


def alone(data: Buffer, start: int) -> dict[int, bytes]:
    """What has to be changed for a file to begin with one of its directories and to have no other.

    Parameters
    ----------
    data : bytes
        The file.
    start : int
        The offset of the directory.

    Returns
    -------
    dict of int to bytes
        By offset: the pointers to the first directory, and to the one after it.

    Raises
    ------
    ValueError, struct.error
        If this is not a TIFF structure.
    """
    layout = _layout(data)
    count = layout.number(data, start, "H", "Q")
    code, first, after = ("Q", 8, 8 + 20 * count) if layout.big else ("I", 4, 2 + 12 * count)
    return {first: struct.pack(layout.order + code, start), start + after: bytes(struct.calcsize(code))}


def with_numbers(data: bytes, tag: int, change: Callable[[int], int]) -> bytes:
    """A TIFF file with other values of a tag of 16- or 32-bit numbers, in every directory that has it.

    Parameters
    ----------
    data : bytes
        The file.
    tag : int
        Which one.
    change : callable
        Its new value, of each old one.

    Returns
    -------
    bytes
        A changed copy.

    Raises
    ------
    ValueError, struct.error
        If this is not a TIFF structure.
    """
    layout, changed = _layout(data), bytearray(data)
    for start in _chain(data, layout):
        for found, kind, count, at in _places(data, layout, start):
            if found != tag or kind not in (_SHORT, _LONG):
                continue
            size, code = _TYPES[kind]
            for place in range(at, min(at + count * size, len(data) - size + 1), size):
                (old,) = struct.unpack_from(layout.order + code, data, place)
                struct.pack_into(layout.order + code, changed, place, change(int(old)))
    return bytes(changed)


def _is_full(tags: Tags) -> bool:
    kind, old = tags.get(_SUBFILE_TYPE), tags.get(_OLD_SUBFILE_TYPE)
    if isinstance(kind, int):
        return not kind & (_REDUCED | _MASK)
    return old != 2


def _layout(data: Buffer) -> _Layout:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    version = struct.unpack_from((order or "<") + "H", data, 2)[0]
    if order is None or version not in (42, 43):
        raise ValueError("it does not begin with a TIFF header")
    return _Layout(order, version == 43)


def _first(data: Buffer, layout: _Layout) -> int:
    return layout.number(data, 8 if layout.big else 4, "I", "Q")


def _chain(data: Buffer, layout: _Layout) -> list[int]:
    """The offsets of the directories; a damaged link ends the chain."""
    starts: dict[int, None] = {}
    start = _first(data, layout)
    while 8 <= start < len(data) and start not in starts and len(starts) < _MOST_PAGES:
        starts[start] = None
        try:
            count = layout.number(data, start, "H", "Q")
            start = layout.number(data, start + (8 + 20 * count if layout.big else 2 + 12 * count), "I", "Q")
        except struct.error:
            break
    return list(starts)


def _with_sub_directories(data: Buffer, layout: _Layout, start: int, essential: Container[int] = ()) -> Tags:
    tags = _entries(data, layout, start, essential=essential)
    for tag in SUB_DIRECTORIES:
        if isinstance(tags.get(tag), int):
            tags[tag] = _entries(data, layout, tags[tag])
    return tags


def _entries(
    data: Buffer, layout: _Layout, start: int, wanted: Container[int] | None = None, essential: Container[int] = ()
) -> Tags:
    """The tags of a directory; entries outside the file are skipped unless they are essential."""
    tags: Tags = {}
    left = len(data)
    for tag, kind, count, at in _places(data, layout, start):
        if tag in _PLACES_OF_PIXELS or kind not in _TYPES or (wanted is not None and tag not in wanted):
            continue
        size = _TYPES[kind][0] * count
        if at + size > len(data):
            if tag in essential:
                raise ValueError(f"its tag {tag} lies outside the file")
            continue
        left -= size
        if left < 0:
            raise ValueError("its tags claim more data than the file holds")
        tags[tag] = _value(data[at : at + size], kind, count, layout.order)
    return tags


def _places(data: Buffer, layout: _Layout, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and offset of the values of every entry."""
    if not 8 <= start <= len(data) - 2:
        return
    count = layout.number(data, start, "H", "Q")
    at, size, room = (start + 8, 20, 8) if layout.big else (start + 2, 12, 4)
    for _ in range(min(count, 65_535)):
        if at + size > len(data):
            return
        tag, kind = struct.unpack_from(layout.order + "HH", data, at)
        length = layout.number(data, at + 4, "I", "Q")
        inside = at + size - room
        fits = _TYPES.get(kind, (0, ""))[0] * length <= room
        yield tag, kind, length, inside if fits else layout.number(data, inside, "I", "Q")
        at += size


def _value(raw: bytes, kind: int, count: int, order: str) -> Any:
    if kind == _ASCII:
        return raw.removesuffix(b"\0").decode("latin-1")
    if kind in _BYTES:
        return raw
    code = _TYPES[kind][1]
    numbers = struct.unpack(f"{order}{count * len(code)}{code[0]}", raw)
    if kind in _RATIONALS:
        from PIL.TiffImagePlugin import IFDRational

        numbers = tuple(IFDRational(*numbers[i : i + 2]) for i in range(0, len(numbers), 2))
    return numbers[0] if count == 1 else numbers
