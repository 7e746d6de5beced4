"""Comments and XMP in the extensions of a GIF file.

Sources: CompuServe, *Graphics Interchange Format 89a*, 24 and 26; *XMP Specification Part 3*, 1.1.2 (GIF).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from srcnn.files.gif import APPLICATION, COMMENT, EXTENSION, gif_blocks, palette_bytes
from srcnn.files.metadata import Buffer
from srcnn.files.metadata.jpeg import text_of

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata

_XMP = b"XMP DataXMP"
# Leads a block reader to the end of the packet, whose own bytes it takes for lengths of blocks.
_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
_BLOCK = 255


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
    for block in gif_blocks(data):
        if block.kind != EXTENSION:
            continue
        label, start = data[block.start + 1], block.start + 3
        if label == COMMENT:
            comments.append(text_of(b"".join(_contents(data, block.start + 2, block.end)).rstrip(b"\0")))
        elif label == APPLICATION and bytes(data[start : start + len(_XMP)]) == _XMP:
            # The packet is stored as it is: bytes that look like block lengths are part of it.
            xmp = xmp or bytes(data[start + len(_XMP) : block.end - len(_TRAILER)])
    return xmp or None, tuple(comment for comment in comments if comment)


def gif_extensions(metadata: Metadata) -> bytes:
    """XMP and comments as extensions.

    Parameters
    ----------
    metadata : Metadata
        As GIF can hold it.

    Returns
    -------
    bytes
        To stand before the first image.
    """
    parts = []
    for comment in metadata.comments:
        text = comment.encode("utf-8", "replace")
        blocks = (text[at : at + _BLOCK] for at in range(0, len(text), _BLOCK))
        parts.append(bytes([EXTENSION, COMMENT]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0")
    if metadata.xmp:
        parts.append(bytes([EXTENSION, APPLICATION, len(_XMP)]) + _XMP + metadata.xmp + _TRAILER)
    return b"".join(parts)


def with_gif_extensions(head: bytes, extensions: bytes) -> bytes | None:
    """The beginning of a GIF file with extensions before its first block.

    Parameters
    ----------
    head : bytes
        The beginning.
    extensions : bytes
        From `gif_extensions`.

    Returns
    -------
    bytes or None
        None if there is too little of the file.
    """
    if len(head) < 13 or len(head) < 13 + palette_bytes(head[10]):
        return None
    at = 13 + palette_bytes(head[10])
    return b"GIF89a" + head[6:at] + extensions + head[at:]


def _contents(data: Buffer, at: int, end: int) -> Iterator[bytes]:
    while at < min(end, len(data)) and data[at]:
        yield bytes(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
