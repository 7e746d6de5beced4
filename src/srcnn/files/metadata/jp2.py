"""Metadata in the boxes of JPEG 2000 and JPEG XL files.

Sources: ISO/IEC 15444-1, annex I; *XMP Specification Part 3*, 1.1.4 (JPEG 2000); ISO/IEC 18181-2, 9 (JPEG XL).
"""

from __future__ import annotations

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.boxes import boxes

_XMP = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_RESTRICTED_ICC = 2
_LEFT_OUT = {
    b"jhgm": "the gain map (HDR)",
    b"jumb": "content credentials (C2PA), which are valid for the original only",
    b"brob": "compressed metadata of JPEG XL",
}


def read_jp2(data: Buffer) -> tuple[bytes | None, bytes | None]:
    """The XMP packet and the colour profile of a JPEG 2000 file.

    Parameters
    ----------
    data : Buffer
        The file, or a bare codestream, which has neither.

    Returns
    -------
    (bytes or None, bytes or None)
        XMP and profile.
    """
    xmp: bytes | None = None
    icc: bytes | None = None
    for name, start, end in boxes(data, 0, len(data)):
        if name == b"uuid" and bytes(data[start : start + 16]) == _XMP:
            xmp = xmp or bytes(data[start + 16 : end]) or None
        elif name == b"jp2h":
            for inner, at, stop in boxes(data, start, end):
                if inner == b"colr" and data[at] == _RESTRICTED_ICC:
                    icc = icc or bytes(data[at + 3 : stop]) or None
    return xmp, icc


def jp2_bits(data: Buffer) -> int:
    """Bits of a sample of the first component.

    Parameters
    ----------
    data : Buffer
        A JPEG 2000 file or codestream.

    Returns
    -------
    int
        8 where the file does not tell.
    """
    at = data.find(b"\xff\x4f\xff\x51")
    return (data[at + 42] & 0x7F) + 1 if 0 <= at < len(data) - 42 else 8


def read_jxl(data: Buffer) -> tuple[bytes | None, tuple[str, ...]]:
    """The XMP packet of a JPEG XL file, and the names of what no other file can hold.

    Parameters
    ----------
    data : Buffer
        The file, or a bare codestream, which has neither.

    Returns
    -------
    (bytes or None, tuple of str)
        XMP and names.
    """
    xmp: bytes | None = None
    left_out: dict[str, None] = {}
    for name, start, end in boxes(data, 0, len(data)):
        if name == b"xml ":
            xmp = xmp or bytes(data[start:end]) or None
        elif name in _LEFT_OUT:
            left_out[_LEFT_OUT[name]] = None
    return xmp, tuple(left_out)
