"""Directories of TIFF structures: values of every type, and structures that are not as they should be."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.files.tiff_directory import read_pages, read_tags


def directory(*entries: tuple[int, int, int, bytes], order: str = "<", following: int = 0) -> bytes:
    """A classic TIFF structure of one directory; values of more than four bytes lie behind it."""
    outside, at = b"", 8 + 2 + 12 * len(entries) + 4
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, raw in entries:
        place = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(order + "I", at + len(outside))
        outside += raw if len(raw) > 4 else b""
        body += struct.pack(order + "HHI", tag, kind, count) + place
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return head + body + struct.pack(order + "I", following) + outside


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_of_every_type(order: str) -> None:
    tags = read_tags(
        directory(
            (270, 2, 6, b"hello\0"),
            (282, 5, 1, struct.pack(order + "II", 600, 2)),
            (700, 1, 5, b"<xml>"),
            (1001, 3, 2, struct.pack(order + "2H", 1, 2)),
            (1002, 4, 1, struct.pack(order + "I", 70_000)),
            (1003, 9, 1, struct.pack(order + "i", -5)),
            (1004, 10, 1, struct.pack(order + "ii", -1, 4)),
            (1005, 12, 1, struct.pack(order + "d", 0.5)),
            (1006, 7, 3, b"abc"),
            (1007, 6, 1, b"\xff"),
            order=order,
        )
    )
    assert tags[270] == "hello"
    assert float(tags[282]) == 300
    assert tags[700] == b"<xml>"
    assert tags[1001] == (1, 2)
    assert tags[1002] == 70_000
    assert tags[1003] == -5
    assert float(tags[1004]) == -0.25
    assert tags[1005] == 0.5
    assert tags[1006] == b"abc"
    assert tags[1007] == -1


def test_entries_that_claim_the_same_bytes_again_and_again_are_refused() -> None:
    # 3000 entries of 30 kB that all lie at the beginning: 36 kB of file, 90 MB of values.
    count = 3000
    entries = b"".join(struct.pack("<HHII", 1000 + i, 7, 30_000, 8) for i in range(count))
    data = b"II*\0" + struct.pack("<IH", 8, count) + entries + bytes(4)
    with pytest.raises(ValueError, match="claim more data than the file holds"):
        read_tags(data)


def test_a_value_outside_of_the_file_is_passed_over_unless_the_image_needs_it() -> None:
    data = directory((256, 3, 1, b"\5\0"), (270, 2, 10**6, b"12345"))
    assert read_tags(data) == {256: 5}
    assert read_pages(data).tags == {256: 5}
    with pytest.raises(ValueError, match="tag 258 lies outside"):
        read_pages(directory((256, 3, 1, b"\5\0"), (258, 3, 10**6, b"12345")))


def test_directories_that_follow_themselves_end() -> None:
    assert read_pages(directory((256, 3, 1, b"\5\0"), following=8)).images == 1


@given(st.binary(max_size=200), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"II+\0\x08\0\0\0", b""]))
def test_damage_is_told_and_nothing_else_happens(rest: bytes, head: bytes) -> None:
    for read in (read_tags, read_pages):
        try:
            read(head + rest)
        except (ValueError, struct.error):
            continue
