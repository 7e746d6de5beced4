"""Metadata as JPEG segments.

Sources: JFIF 1.02; CIPA DC-008 (Exif 2.32), 4.7; ICC.1:2022, B.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.entries import read_entries
from srcnn.files.metadata.jpeg_markers import (
    ADOBE,
    APP0,
    APP1,
    APP2,
    APP11,
    APP13,
    COM,
    EOI,
    LONGEST,
    SOS,
    segment,
    segments,
)
from srcnn.files.metadata.jpeg_xmp import EXTENSION, XMP, jpeg_xmp, xmp_segments
from srcnn.files.metadata.photoshop import Resources, split_resources, with_iptc

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata

_PHOTOSHOP = b"Photoshop 3.0\0"
_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
LONGEST_EXIF = LONGEST - len(_EXIF)
LONGEST_ICC = 255 * (LONGEST - len(_ICC) - 2)
# Segments with the old file's coding or thumbnail, profile and EXIF, and settings of the encoder.
_OF_THE_FILE = (
    b"JFIF\0",
    b"JFXX\0",
    b"AVI1",
    b"Adobe",
    b"Ducky",
    b"ICC_PROFILE\0",
    b"Exif\0",
    XMP,
    EXTENSION,
    b"FPXR\0",
)
_ISO_GAIN_MAP = b"urn:iso:std:iso:ts:21496"
_SECOND_IMAGE, _VIDEO, _GAIN_MAP = "the second image of the file", "the video of a motion photo", "the gain map (HDR)"
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class JpegSays:
    """Metadata in the segments of a JPEG file, without profile, EXIF and resolution."""

    xmp: bytes | None
    resources: Resources
    comments: tuple[str, ...]
    left_out: tuple[str, ...]


def read_jpeg(data: Buffer) -> JpegSays:
    """Read the segments up to the first scan, and check what follows the image.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    JpegSays
        What it says.
    """
    comments: list[str] = []
    resources = b""
    left_out: dict[str, None] = {}
    scan, images, gain_map = len(data), 1, False
    for marker, start, end in segments(data):
        content = data[start + 4 : end]
        if marker == SOS:
            scan = end
        elif marker == COM:
            comments.append(text_of(content.rstrip(b"\0")))
        elif marker == APP13 and content.startswith(_PHOTOSHOP):
            resources += content[len(_PHOTOSHOP) :]  # a long one continues in the next segment
        elif marker == APP2 and content.startswith(b"MPF\0"):
            images = max(images, _images(content[4:]))
        elif marker == APP11 and b"c2pa" in content:
            left_out["content credentials (C2PA), which are valid for the original only"] = None
        elif marker == APP2 and content.startswith(_ISO_GAIN_MAP):
            gain_map = True
        elif APP0 <= marker <= 0xEF and not content.startswith(_OF_THE_FILE):
            left_out[f"the segment APP{marker - APP0}"] = None
    xmp = jpeg_xmp(data)
    gain_map = gain_map or (xmp is not None and (b"hdrgm:Version" in xmp or b"HDRGainMap" in xmp))
    if gain_map or (images > 1 and data.find(b"HDRGainMap", scan) >= 0):
        left_out[_GAIN_MAP] = None
        images -= 1
    if images > 1:
        left_out[_SECOND_IMAGE if images == 2 else f"{images - 1} further images of the file"] = None
    if xmp is not None and any(word in xmp for word in (b'MotionPhoto="1"', b'MicroVideo="1"')):
        left_out[_VIDEO] = None
    elif not left_out.keys() & {_SECOND_IMAGE, _GAIN_MAP} and images == 1:
        after = len(data) - _end(data, scan)
        if after > 0 and bytes(data[-after:]).strip(b"\0 \r\n\xff"):
            left_out[f"{after} bytes after the image"] = None
    return JpegSays(
        xmp=xmp,
        resources=split_resources(resources),
        comments=tuple(c for c in comments if c),
        left_out=tuple(left_out),
    )


def jpeg_segments(metadata: Metadata, *, cmyk: bool = False) -> bytes:
    """All segments with metadata, to be inserted right after the start of the image.

    Parameters
    ----------
    metadata : Metadata
        As JPEG can hold it.
    cmyk : bool
        Whether the pixels are CMYK.

    Returns
    -------
    bytes
        The segments.
    """
    out = []
    if metadata.dpi is not None:
        across, down = (min(max(round(dpi), 1), 65535) for dpi in metadata.dpi)
        jfif = b"JFIF\0\1\1\1" + across.to_bytes(2, "big") + down.to_bytes(2, "big") + b"\0\0"
        out.append(segment(APP0, jfif))
    if metadata.exif is not None:
        out.append(segment(APP1, _EXIF + metadata.exif))
    if metadata.xmp is not None:
        out += xmp_segments(metadata.xmp)
    if metadata.iptc is not None or metadata.photoshop is not None:
        blocks = with_iptc(metadata.photoshop, metadata.iptc)
        step = LONGEST - len(_PHOTOSHOP)
        out += [segment(APP13, _PHOTOSHOP + blocks[at : at + step]) for at in range(0, len(blocks), step)]
    icc = metadata.cmyk_icc if cmyk else metadata.icc
    if icc is not None:
        step = LONGEST - len(_ICC) - 2
        parts = [icc[at : at + step] for at in range(0, len(icc), step)]
        out += [segment(APP2, _ICC + bytes([n, len(parts)]) + part) for n, part in enumerate(parts, 1)]
    out += [segment(COM, comment.encode("utf-8", "replace")[:LONGEST]) for comment in metadata.comments]
    return b"".join(out)


def with_jpeg_segments(jpeg: bytes, added: bytes) -> bytes:
    """Replace the metadata segments of a JPEG file, except Adobe's, which defines the colour coding.

    The start of a file up to the first scan is enough: the rest can be appended to the result.

    Parameters
    ----------
    jpeg : bytes
        The file.
    added : bytes
        Segments.

    Returns
    -------
    bytes
        A copy.
    """
    parts = [jpeg[:2], added]
    scan = len(jpeg)
    for marker, start, end in segments(jpeg):
        if marker == SOS:
            scan = start
            break
        # The encoder's JFIF segment stays unless a resolution replaces it.
        own = marker == APP0 and not added.startswith(b"\xff\xe0")
        if own:
            parts.insert(1, jpeg[start:end])
        elif marker == ADOBE or not (APP0 <= marker <= 0xEF or marker == COM):
            parts.append(jpeg[start:end])
    return b"".join([*parts, jpeg[scan:]])


def scan_start(jpeg: Buffer) -> int | None:
    """The offset of the first scan; None if the bytes end before it.

    Parameters
    ----------
    jpeg : Buffer
        The file, or its beginning.

    Returns
    -------
    int or None
        Place of the marker.
    """
    return next((start for marker, start, _ in segments(jpeg) if marker == SOS), None)


def text_of(content: bytes) -> str:
    """The text of a comment, which declares no encoding: UTF-8 if valid, otherwise Latin-1.

    Parameters
    ----------
    content : bytes
        Of the comment.

    Returns
    -------
    str
        Decoded.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _images(content: bytes) -> int:
    """The number of images that a multi-picture index declares (CIPA DC-007, 5.2.3.3)."""
    entry = read_entries(content).get(0xB001)
    return int.from_bytes(entry.content[:4], "little") if entry is not None else 1


def _end(data: Buffer, scan: int) -> int:
    """The end of the image that starts with a scan."""
    # Coded data never contains the end marker, so if it first appears at the end of the file, the image ends there.
    first = data.find(bytes([0xFF, EOI]), scan)
    if first < 0 or first + 2 == len(data):
        return len(data)
    at = scan
    while (found := _NEXT_MARKER.search(data, at)) is not None:
        at = found.end()
        if data[at - 1] == EOI:
            return at
        at += int.from_bytes(data[at : at + 2], "big")
    return len(data)
