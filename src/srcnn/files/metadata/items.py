"""The items of an AVIF or HEIC file: images, parts of images, and metadata.

Sources: ISO/IEC 14496-12 (ISO base media file format), 8.11; ISO/IEC 23008-12 (HEIF), 6.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.boxes import boxes

_MOST_ITEMS = 10_000


@dataclass(frozen=True)
class Item:
    """An entry of the item information box."""

    number: int
    kind: bytes
    content_type: bytes


@dataclass(frozen=True)
class Items:
    """A file as its box of metadata describes it.

    Attributes
    ----------
    data : Buffer
        The file.
    inside : dict
        Start and end of the content of every box in the box of metadata; empty where there is none.
    """

    data: Buffer
    inside: dict[bytes, tuple[int, int]]

    @property
    def entries(self) -> list[Item]:
        """Every item."""
        return list(_read_entries(self.data, *self.inside[b"iinf"])) if b"iinf" in self.inside else []

    @property
    def main(self) -> int | None:
        """The number of the image that the file is about."""
        if b"pitm" not in self.inside:
            return None
        start, end = self.inside[b"pitm"]
        return int.from_bytes(self.data[start + 4 : min(start + (6 if self.data[start] == 0 else 8), end)], "big")

    def sources(self, number: int) -> list[int]:
        """Find what an item is derived from, as a grid from its tiles.

        Parameters
        ----------
        number : int
            Of the item.

        Returns
        -------
        list of int
            The numbers of the other items; empty where there are none.
        """
        if b"iref" not in self.inside:
            return []
        start, end = self.inside[b"iref"]
        width = 2 if self.data[start] == 0 else 4
        for name, at, stop in boxes(self.data, start + 4, end):
            if name == b"dimg" and int.from_bytes(self.data[at : at + width], "big") == number:
                first = at + width + 2
                count = int.from_bytes(self.data[at + width : first], "big")
                last = min(first + count * width, stop)
                return [int.from_bytes(self.data[n : n + width], "big") for n in range(first, last, width)]
        return []

    def contents(self, numbers: set[int]) -> dict[int, bytes]:
        """Read what items hold.

        Parameters
        ----------
        numbers : set of int
            Of the items.

        Returns
        -------
        dict
            By number; an item without content, or with it in another file or item, is missing.
        """
        found: dict[int, bytes] = {}
        if b"iloc" not in self.inside:
            return found
        for number, method, extents in _locations(self.data, *self.inside[b"iloc"]):
            if number not in numbers or number in found or method > 1:
                continue
            base, limit = self.inside.get(b"idat", (0, 0)) if method == 1 else (0, len(self.data))
            # No file stores more than it has; many extents of the same bytes would fill the memory.
            if sum(length for _, length in extents) <= len(self.data):
                parts = (self.data[base + at : min(base + at + length, limit)] for at, length in extents)
                found[number] = b"".join(parts)
        return {number: content for number, content in found.items() if content}


def items_of(data: Buffer) -> Items:
    """Find the box of metadata.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    Items
        What it says is read when it is asked for, and may be damaged: IndexError.
    """
    for name, start, end in boxes(data, 0, len(data)):
        if name == b"meta":
            return Items(data, {box: (at, stop) for box, at, stop in boxes(data, start + 4, end)})
    return Items(data, {})


def _read_entries(data: Buffer, start: int, end: int) -> Iterator[Item]:
    """Every item in the item information boxes."""
    first = start + (6 if data[start] == 0 else 8)
    for name, at, stop in boxes(data, first, end):
        version = data[at]
        if name != b"infe" or version < 2:
            continue
        width = 2 if version == 2 else 4
        kind = bytes(data[at + 6 + width : at + 10 + width])
        words = data[at + 10 + width : stop].split(b"\0")
        number = int.from_bytes(data[at + 4 : at + 4 + width], "big")
        yield Item(number, kind, words[1] if kind == b"mime" and len(words) > 1 else b"")


def _locations(data: Buffer, start: int, end: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Number, construction method and (offset, length) of the parts of every item."""
    version = data[start]
    offset_size, length_size, base_size, index_size = (
        data[start + 4] >> 4,
        data[start + 4] & 15,
        data[start + 5] >> 4,
        data[start + 5] & 15,
    )
    index_size = index_size if version else 0
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
        count = number(2)
        # Extents without a field cost a damaged file nothing, and a reader much.
        for _ in range(count if index_size or offset_size or length_size else 0):
            if at >= end:
                return
            number(index_size)
            offset = number(offset_size)
            extents.append((base + offset, number(length_size)))
        yield item, method, extents
