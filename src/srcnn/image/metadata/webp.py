"""Metadata in the chunks of a WebP file. Source: Google, *WebP Container Specification*; RFC 9649."""

from __future__ import annotations

from collections.abc import Iterator

from srcnn.image.metadata import Buffer


def webp_xmp(data: Buffer) -> bytes | None:
    """The XMP packet of a WebP file."""
    for name, start, end in _chunks(data):
        if name in (b"XMP ", b"XMP\0"):
            return bytes(data[start:end])
    return None


def _chunks(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    """Name, and start and end of the content, of every whole chunk."""
    at = 12
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if end > len(data):
            return
        yield bytes(data[at : at + 4]), at + 8, end
        at = end + end % 2
