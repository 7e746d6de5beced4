"""Metadata in the chunks of a WebP file. Source: Google, *WebP Container Specification*; RFC 9649."""

from __future__ import annotations

from collections.abc import Iterator

from srcnn.files.metadata import Buffer

_OF_THE_FILE = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ", b"XMP\0")


def read_webp(data: Buffer) -> tuple[bytes | None, tuple[str, ...]]:
    """The XMP packet, and the names of what no other file can hold.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    (bytes or None, tuple of str)
        XMP, or None, and the names.
    """
    xmp = None
    left_out: dict[str, None] = {}
    for name, start, end in _chunks(data):
        if name in (b"XMP ", b"XMP\0"):
            xmp = xmp or bytes(data[start:end])
        elif name == b"C2PA":
            left_out["content credentials (C2PA), which are valid for the original only"] = None
        elif name not in _OF_THE_FILE:
            left_out[f"the WebP chunk {name.decode('latin-1')!a}"] = None
    return xmp, tuple(left_out)


def _chunks(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    """Name, and start and end of the content, of every complete chunk."""
    at = 12
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if end > len(data):
            return
        yield bytes(data[at : at + 4]), at + 8, end
        at = end + end % 2
