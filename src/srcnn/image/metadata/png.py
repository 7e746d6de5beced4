"""Metadata as PNG chunks. Source: W3C, *PNG Specification (Third Edition)*, 2025, section 11."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from srcnn.image.metadata import Buffer
from srcnn.image.picture import Metadata

_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
XMP_KEYWORD = b"XML:com.adobe.xmp"


def png_chunks(metadata: Metadata) -> bytes:
    """Every chunk that holds metadata, to be put right after IHDR."""
    chunks = []
    if metadata.icc is not None:
        chunks.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi is not None:
        across, down = (int(dpi / 0.0254 + 0.5) for dpi in metadata.dpi)
        chunks.append(chunk(b"pHYs", across.to_bytes(4, "big") + down.to_bytes(4, "big") + b"\1"))
    if metadata.exif is not None:
        chunks.append(chunk(b"eXIf", metadata.exif))
    if metadata.xmp is not None:
        # Not compressed, as the XMP specification asks, so that it is found without decoding the file.
        chunks.append(chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
    return b"".join(chunks)


def with_png_chunks(png: bytes, added: bytes) -> bytes:
    """A PNG file with the given chunks in place of all that do not hold pixels."""
    parts = [png[:8]]
    for name, start, end in _chunks(png):
        if name in _PIXELS:
            parts.append(png[start:end])
        if name == b"IHDR":
            parts.append(added)
    return b"".join(parts)


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png_xmp(data: Buffer) -> bytes | None:
    """The XMP packet of a PNG file."""
    for name, start, end in _chunks(data):
        if name == b"iTXt" and data[start + 8 : start + 9 + len(XMP_KEYWORD)] == XMP_KEYWORD + b"\0":
            return _international_text(data[start + 8 : end - 4])
    return None


def _international_text(content: bytes) -> bytes | None:
    """The text of an iTXt chunk, at most 64 MB of it."""
    _, _, rest = content.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return None
    if rest[0] == 0:
        return parts[2]
    try:
        return zlib.decompressobj().decompress(parts[2], 1 << 26)
    except zlib.error:
        return None


def _chunks(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of every whole chunk."""
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield bytes(data[at + 4 : at + 8]), at, end
        at = end
