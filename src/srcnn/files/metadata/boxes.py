"""The boxes of which AVIF, HEIC, JPEG XL and JPEG 2000 files are made. Source: ISO/IEC 14496-12, 4.2."""

from __future__ import annotations

from collections.abc import Iterator

from srcnn.files.metadata import Buffer


def boxes(data: Buffer, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, and start and end of the content, of every complete box.

    Parameters
    ----------
    data : Buffer
        The file.
    at, end : int
        Where the boxes are.

    Yields
    ------
    (bytes, int, int)
        In their order.
    """
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
