"""Comments and XMP in the extensions of a GIF file.

Sources: CompuServe, *Graphics Interchange Format 89a*, 24 and 26; *XMP Specification Part 3*, 1.1.2 (GIF).
"""

from __future__ import annotations

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.jpeg import text_of

_EXTENSION, _IMAGE, _COMMENT, _APPLICATION = 0x21, 0x2C, 0xFE, 0xFF
_XMP = b"XMP DataXMP"
_TRAILER = 258  # bytes that lead a block reader to the end of the packet


def read_gif(data: Buffer) -> tuple[bytes | None, tuple[str, ...]]:
    """The XMP packet and the comments.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    (bytes or None, tuple of str)
        XMP, or None, and the comments.
    """
    xmp: bytes | None = None
    comments: list[str] = []
    at = 13 + _palette(data[10])
    while at < len(data):
        start = at
        if data[at] == _EXTENSION:
            blocks, at = _blocks(data, at + 2)
            if data[start + 1] == _COMMENT:
                comments.append(text_of(b"".join(blocks).rstrip(b"\0")))
            elif data[start + 1] == _APPLICATION and blocks[:1] == [_XMP]:
                # The packet is stored as it is: bytes that look like block lengths are part of it.
                xmp = xmp or bytes(data[start + 3 + len(_XMP) : at - _TRAILER])
        elif data[at] == _IMAGE:
            _, at = _blocks(data, at + 10 + _palette(data[at + 9]) + 1)
        else:
            break
    return xmp or None, tuple(comment for comment in comments if comment)


def _palette(flags: int) -> int:
    """Size in bytes of the colour table that the flags declare."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: Buffer, at: int) -> tuple[list[bytes], int]:
    """The blocks from an offset on, and the offset after the empty block that ends them."""
    blocks = []
    while at < len(data) and data[at]:
        blocks.append(bytes(data[at + 1 : at + 1 + data[at]]))
        at += 1 + data[at]
    return blocks, at + 1
