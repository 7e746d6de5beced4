"""The chunks of a WebP file: size, kind and metadata.

Source: Google, *WebP Container Specification*, 2011; RFC 9649.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from srcnn.files.limits import Header
from srcnn.files.vp8 import quantiser_of

# Bytes per pixel of the decoder without the image, measured on lossless files: opaque, with alpha, and if animated.
_WORKING, _WORKING_ALPHA, _WORKING_ANIMATED = 5.0, 13.0, 2.0
_FRAMES = (b"VP8 ", b"VP8L")
_BEGINNING = 128  # bytes of a lossy frame that tell its quantisers


@dataclass(frozen=True, kw_only=True)
class WebpLayout:
    """Properties of a WebP file from its chunks."""

    header: Header
    lossless: bool
    quantiser: int | None  # index of the coarsest quantiser of a lossy first frame
    frames: int
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None


def webp_layout(data: bytes) -> WebpLayout:
    """Read the chunks of a file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    WebpLayout
        What it says.

    Raises
    ------
    ValueError
        If it has no image.
    """
    first: dict[bytes, bytes] = {}
    size = None
    alpha = False
    frames = 0
    quantiser: int | None = None
    lossless: bool | None = None
    for name, start, end in webp_chunks(data, 12):
        frames += name == b"ANMF"
        if name == b"ANMF" and lossless is None:
            inner = [(inside, at) for inside, at, _ in webp_chunks(data, start + 16, end) if inside in _FRAMES][:1]
            lossless = [inside for inside, _ in inner] == [b"VP8L"]
            quantiser = None if lossless or not inner else quantiser_of(data[inner[0][1] :][:_BEGINNING])
        if name in _FRAMES and lossless is None:
            lossless = name == b"VP8L"
            quantiser = None if lossless else quantiser_of(data[start : start + _BEGINNING])
        if name in (b"VP8X", b"VP8 ", b"VP8L") and size is None:
            size = _size(name, data[start : start + 10])
            alpha = _says_alpha(name, data[start : start + 10])
        if name in (b"ICCP", b"EXIF", b"XMP ") and name not in first:
            first[name] = data[start:end]
    if size is None or lossless is None:
        raise ValueError("it has no image")
    working = (_WORKING_ALPHA if alpha else _WORKING) + (_WORKING_ANIMATED if frames else 0)
    header = Header(width=size[0], height=size[1], bands=4 if alpha else 3, working=working)
    return WebpLayout(
        header=header,
        lossless=lossless,
        quantiser=quantiser,
        frames=max(frames, 1),
        icc=first.get(b"ICCP") or None,
        exif=first.get(b"EXIF") or None,
        xmp=first.get(b"XMP ") or None,
    )


def webp_chunks(data: bytes, at: int, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of every chunk; the last may be truncated.

    Parameters
    ----------
    data : bytes
        The file.
    at, end : int
        Where the chunks are; to the end of the data when not given.

    Yields
    ------
    (bytes, int, int)
        Name, start and end.
    """
    end = len(data) if end is None else min(end, len(data))
    while at + 8 <= end:
        start = at + 8
        stop = start + int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], start, stop
        at = stop + stop % 2


def _size(name: bytes, head: bytes) -> tuple[int, int]:
    if len(head) < (5 if name == b"VP8L" else 10):
        raise ValueError("its header is truncated")
    if name == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if name == b"VP8L":
        packed = int.from_bytes(head[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _says_alpha(name: bytes, head: bytes) -> bool:
    if name == b"VP8X":
        return bool(head[0] & 0x10)
    return name == b"VP8L" and bool(head[4] & 0x10)
