"""Items of AVIF and HEIC files."""

import struct

import pytest

from srcnn.files.metadata.items import Item, items_of


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def file(*inside: bytes) -> bytes:
    return box(b"ftyp", b"avif" + bytes(4)) + box(b"meta", bytes(4) + b"".join(inside))


def locations(sizes: bytes, *entries: bytes) -> bytes:
    return box(b"iloc", b"\1\0\0\0" + sizes + struct.pack(">H", len(entries)) + b"".join(entries))


def test_numbers_of_both_widths() -> None:
    narrow = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 3, 0) + b"av01\0")
    wide = box(b"infe", b"\3\0\0\0" + struct.pack(">IH", 70_000, 0) + b"mime\0application/rdf+xml\0")
    infos = box(b"iinf", bytes(4) + b"\0\2" + narrow + wide)
    derived = box(b"iref", b"\1\0\0\0" + box(b"dimg", struct.pack(">IHII", 70_000, 2, 3, 4)))
    items = items_of(file(box(b"pitm", b"\1\0\0\0" + struct.pack(">I", 70_000)), infos, derived))
    assert items.entries == [Item(3, b"av01", b""), Item(70_000, b"mime", b"application/rdf+xml")]
    assert items.main == 70_000
    assert items.sources(70_000) == [3, 4]
    assert items.sources(3) == []


def test_contents_of_several_parts() -> None:
    start = struct.pack(">HHH", 1, 1, 0)
    elsewhere = struct.pack(">HHHHII", 2, 2, 0, 1, 0, 4)  # built from another item
    parts = struct.pack(">HIIII", 2, 5, 3, 0, 2)
    data = file(box(b"idat", b"abcdefgh"), locations(b"\x44\0", start + parts, elsewhere))
    assert items_of(data).contents({1, 2, 3}) == {1: b"fghab"}


def test_a_file_without_items() -> None:
    items = items_of(box(b"ftyp", b"avif"))
    assert (items.entries, items.main, items.sources(1), items.contents({1})) == ([], None, [], {})


@pytest.mark.parametrize("sizes", [b"\0\0", b"\x44\0"])
def test_a_file_cannot_hold_more_than_it_has(sizes: bytes) -> None:
    """Extents that take no room, or all of the same bytes, would cost hours or all of the memory."""
    extent = struct.pack(">II", 0, 30_000) if sizes[0] else b""
    count = 3_000 if extent else 65_535
    entries = [struct.pack(">HHHH", 1 + n, 0, 0, count) + extent * count for n in range(1 if extent else 9_000)]
    assert items_of(file(locations(sizes, *entries)) + bytes(9)).contents({1, 8_000}) == {}
