"""Metadata in the boxes of an AVIF or HEIC file.

Sources: ISO/IEC 14496-12 (ISO base media file format), 8.11 and 12.1.5; ISO/IEC 23008-12 (HEIF); AV1 Image File Format
1.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.boxes import boxes
from srcnn.files.metadata.coding import ColourCoding, is_srgb
from srcnn.files.metadata.items import Items, items_of

_UNSPECIFIED = 2
_BT601, _FULL_RANGE = b"\0\6", b"\x80"


@dataclass(frozen=True, kw_only=True)
class AvifSays:
    """Metadata in the boxes of an AVIF file, without profile and EXIF."""

    xmp: bytes | None
    coding: ColourCoding | None
    left_out: tuple[str, ...]


def read_avif(data: Buffer) -> AvifSays:
    """Go through the box of metadata.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    AvifSays
        What it says.
    """
    items = items_of(data)
    left_out: dict[str, None] = {}
    if any(item.kind == b"tmap" for item in items.entries):
        left_out["the gain map (HDR)"] = None
    coding, more = _properties(data, *items.inside[b"iprp"]) if b"iprp" in items.inside else (None, ())
    return AvifSays(xmp=_xmp(items), coding=coding, left_out=(*left_out, *more))


def placeholder(exif: bytes | None) -> bytes:
    """An empty structure of the length of the given one that occurs nowhere else in a file.

    Parameters
    ----------
    exif : bytes or None
        What is to stand there in the end.

    Returns
    -------
    bytes
        Of its length; empty where there is none.
    """
    empty = b"II*\0\x08\0\0\0" + bytes(6)
    return b"" if exif is None else (empty + b"srcnn puts EXIF here " * (len(exif) // 21 + 1))[: len(exif)]


def with_cicp(avif: bytes, cicp: tuple[int, int]) -> bytes:
    """Set the colour primaries and transfer function of a CICP code, in the existing box or a new one.

    The matrix and range with which the values were coded stay; if the file does not name them, they are the encoder's
    defaults.

    Parameters
    ----------
    avif : bytes
        The file.
    cicp : (int, int)
        Colour primaries and transfer function.

    Returns
    -------
    bytes
        A copy.
    """
    code = b"".join(value.to_bytes(2, "big") for value in cicp)
    _, start, end = next(box for box in boxes(avif, 0, len(avif)) if box[0] == b"meta")
    for at in _colour_boxes(avif, start + 4, end):
        return avif[: at + 4] + code + avif[at + 8 :]
    return _with_colour_box(avif, start, end, b"nclx" + code + _BT601 + _FULL_RANGE)


def _with_colour_box(avif: bytes, start: int, end: int, content: bytes) -> bytes:
    """Add a property to the main item; the data after the metadata moves, and item locations are updated."""
    inside = {name: (at, stop) for name, at, stop in boxes(avif, start + 4, end)}
    properties = {name: (at, stop) for name, at, stop in boxes(avif, *inside[b"iprp"])}
    main = int.from_bytes(avif[inside[b"pitm"][0] + 4 : inside[b"pitm"][1]], "big")
    number = len(list(boxes(avif, *properties[b"ipco"]))) + 1
    at, _ = properties[b"ipma"]
    item_size, index_size = (2 if avif[at] < 1 else 4), (2 if avif[at + 3] & 1 else 1)
    links, place = b"", at + 8
    for _ in range(int.from_bytes(avif[at + 4 : at + 8], "big")):
        item = int.from_bytes(avif[place : place + item_size], "big")
        count = avif[place + item_size]
        after = place + item_size + 1 + count * index_size
        if item == main:
            own = avif[place : place + item_size] + bytes([count + 1]) + avif[place + item_size + 1 : after]
            links += own + number.to_bytes(index_size, "big")
        else:
            links += avif[place:after]
        place = after
    colour = _box(b"colr", content)
    made = {b"ipco": avif[slice(*properties[b"ipco"])] + colour, b"ipma": avif[at : at + 8] + links}
    iprp = b"".join(_box(name, made.get(name, avif[first:last])) for name, first, last in boxes(avif, *inside[b"iprp"]))
    grown = len(iprp) - (inside[b"iprp"][1] - inside[b"iprp"][0])
    parts = {b"iprp": iprp, b"iloc": _moved(avif, *inside[b"iloc"], grown)}
    meta = avif[start : start + 4] + b"".join(
        _box(name, parts.get(name, avif[first:last])) for name, first, last in boxes(avif, start + 4, end)
    )
    return avif[: start - 8] + _box(b"meta", meta) + avif[end:]


def _moved(data: bytes, start: int, end: int, by: int) -> bytes:
    """The content of the item location box with all offsets moved."""
    moved = bytearray(data[start:end])
    version, offset_size = data[start], data[start + 4] >> 4
    length_size, base_size, index_size = (
        data[start + 4] & 15,
        data[start + 5] >> 4,
        data[start + 5] & 15 if version else 0,
    )
    wide = 2 if version < 2 else 4
    at = 6 + wide

    def move(place: int, size: int) -> None:
        number = int.from_bytes(moved[place : place + size], "big") + by
        moved[place : place + size] = number.to_bytes(size, "big")

    for _ in range(int.from_bytes(moved[6:at], "big")):
        in_file = not version or moved[at + wide + 1] & 15 == 0
        at += wide + (4 if version else 2)
        # With a base offset, the offsets of all extents are relative to it.
        if in_file and base_size:
            move(at, base_size)
        at += base_size
        count = int.from_bytes(moved[at : at + 2], "big")
        at += 2
        for _ in range(count):
            at += index_size
            if in_file and not base_size:
                move(at, offset_size)
            at += offset_size + length_size
    return bytes(moved)


def _box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def _colour_boxes(data: Buffer, start: int, end: int) -> Iterator[int]:
    """The offsets of the contents of boxes with CICP codes."""
    for name, at, stop in boxes(data, start, end):
        if name in (b"iprp", b"ipco"):
            yield from _colour_boxes(data, at, stop)
        elif name == b"colr" and data[at : at + 4] == b"nclx":
            yield at


def _properties(data: Buffer, start: int, end: int) -> tuple[ColourCoding | None, tuple[str, ...]]:
    """The CICP code, if it says more than the profile, and the names of other metadata."""
    inside = [
        box for name, first, last in boxes(data, start, end) if name == b"ipco" for box in boxes(data, first, last)
    ]
    profile = any(name == b"colr" and data[at : at + 4] in (b"prof", b"rICC") for name, at, _ in inside)
    left_out = tuple(dict.fromkeys(_other_images(data, inside)))
    if any(name in (b"clli", b"mdcv") for name, _, _ in inside):
        left_out = (*left_out, "the light levels of HDR (clli, mdcv)")
    for at in _colour_boxes(data, start, end):
        primaries, transfer = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (4, 6))
        coding = ColourCoding(cicp=(primaries, transfer))
        if _UNSPECIFIED in {primaries, transfer} or is_srgb(coding) or (profile and coding.hdr is None):
            return None, left_out
        return coding, left_out
    return None, left_out


def _other_images(data: Buffer, inside: list[tuple[bytes, int, int]]) -> Iterator[str]:
    """Images that belong to the main one and that no enlarged image can have, by the URNs of their kinds."""
    for name, at, stop in inside:
        if name == b"auxC":
            kind = bytes(data[at + 4 : stop]).partition(b"\0")[0]
            if kind.endswith(b":hdrgainmap"):
                yield "the gain map (HDR)"
            elif kind.endswith((b":auxid:2", b":disparity", b":depth")):
                yield "the depth map"


def _xmp(items: Items) -> bytes | None:
    wanted = next((item.number for item in items.entries if item.content_type == b"application/rdf+xml"), None)
    return None if wanted is None else items.contents({wanted}).get(wanted)
