"""Update the EXIF entries that depend on size and orientation; all other bytes stay as they are.

EXIF is a TIFF structure with offsets from its start.
Entries are overwritten in place, so maker notes, which hold such offsets, stay readable.
Source: CIPA DC-008 (Exif 2.32), section 4.6.
"""

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ORIENTATION, _EXIF_POINTER, _INTEROPERABILITY, _THUMBNAIL, _THUMBNAIL_LENGTH = 0x0112, 0x8769, 0xA005, 0x0201, 0x0202
# Image sizes in the main, EXIF and interoperability directories.
_SIZES = {0x0100: "width", 0x0101: "height", 0xA002: "width", 0xA003: "height", 0x1001: "width", 0x1002: "height"}
_FOCAL_PLANE, _PLACES = (
    (0xA20E, 0xA20F),
    (0x9214, 0xA214),
)  # focal plane resolution; area and location of the subject
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_HEADER = 8  # bytes before anything that an offset can mean
_BYTES = {1: 1, 2: 1, _SHORT: 2, _LONG: 4, 6: 1, 7: 1, 8: 2, 9: 4, 11: 4}


def bare_exif(exif: bytes | None) -> bytes | None:
    """The TIFF structure alone, or None if it is unusable.

    Parameters
    ----------
    exif : bytes or None
        With or without the "Exif" header.

    Returns
    -------
    bytes or None
        Without the header.
    """
    if not exif:
        return None
    exif = exif.removeprefix(b"Exif\0\0")
    return exif if len(exif) >= 14 and exif[:4] in (b"II*\0", b"MM\0*") else None


def orientation_of(exif: bytes | None) -> int:
    """The EXIF orientation, 1 … 8; 1 if it is missing or damaged.

    Parameters
    ----------
    exif : bytes or None
        A TIFF structure.

    Returns
    -------
    int
        From 1 to 8.
    """
    for tag, _, value in _entries(exif, _first(exif)):
        if tag == _ORIENTATION and 1 <= value <= 8:
            return value
    return 1


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Rotate or flip an (H, W, ...) array stored with an EXIF orientation so that it is upright.

    Parameters
    ----------
    pixels : array
        As they are stored.
    orientation : int
        From 1 to 8.

    Returns
    -------
    array
        As they are to be seen, contiguous.
    """
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def updated_exif(exif: bytes | None, height: int, width: int) -> bytes | None:
    """EXIF of an upright image of the given size.

    Its orientation is 1 and its size is the given one.
    Values in pixels (location of the subject, focal plane resolution) are rotated and scaled with the image.
    The thumbnail is removed.

    Parameters
    ----------
    exif : bytes or None
        A TIFF structure.
    height, width : int
        Pixels of the image.

    Returns
    -------
    bytes or None
        A changed copy.
    """
    exif = bare_exif(exif)
    if exif is None:
        return None
    data = bytearray(exif)
    orientation = orientation_of(exif)
    first = _first(exif)
    for tag, at, value in _entries(exif, first):
        if tag == _ORIENTATION:
            _store(data, exif, at, 1)
        elif tag in _SIZES:
            _store(data, exif, at, width if _SIZES[tag] == "width" else height)
        elif tag == _EXIF_POINTER:
            _update_inner(data, exif, value, height, width, orientation)
    after = _end(exif, first)
    if after is not None:
        thumbnail = _number(exif, "I", after)
        data[after : after + 4] = bytes(4)
        _erase_thumbnail(data, exif, thumbnail)
    return bytes(data)


def cropped_exif(exif: bytes | None, top: int, left: int, height: int, width: int) -> bytes | None:
    """EXIF of a part of an upright image: its size, and area and location of the subject as seen from its corner.

    Parameters
    ----------
    exif : bytes or None
        A TIFF structure, of the whole image.
    top, left : int
        The first row and column of the part.
    height, width : int
        Pixels of the part; a subject outside comes to lie at its border.

    Returns
    -------
    bytes or None
        A changed copy.
    """
    exif = bare_exif(exif)
    if exif is None:
        return None
    data, first, order = bytearray(exif), _first(exif), _order(exif)
    inner = [value for tag, _, value in _entries(exif, first) if tag == _EXIF_POINTER]
    beside = [value for start in inner for tag, _, value in _entries(exif, start) if tag == _INTEROPERABILITY]
    for start in (first, *inner, *beside):
        for tag, at, _ in _entries(exif, start):
            if tag in _SIZES:
                _store(data, exif, at, width if _SIZES[tag] == "width" else height)
    for start in inner:
        for _, kind, count, place in _fields(exif, start, _PLACES):
            if kind == _SHORT and 2 <= count <= 4 and place + 2 * count <= len(exif):
                x, y = struct.unpack_from(f"{order}2H", exif, place)
                near = (min(max(x - left, 0), width - 1), min(max(y - top, 0), height - 1))
                struct.pack_into(f"{order}2H", data, place, *near)
    return bytes(data)


def _update_inner(data: bytearray, exif: bytes, start: int, height: int, width: int, orientation: int) -> None:
    old = {_SIZES[tag]: value for tag, _, value in _entries(exif, start) if tag in _SIZES}
    for tag, at, value in _entries(exif, start):
        if tag in _SIZES:
            _store(data, exif, at, width if _SIZES[tag] == "width" else height)
        elif tag == _INTEROPERABILITY:
            for inner, where, _ in _entries(exif, value):
                if inner in _SIZES:
                    _store(data, exif, where, width if _SIZES[inner] == "width" else height)
    stored = (height, width) if orientation >= 5 else (width, height)
    before = [old.get(side) or size for side, size in zip(("width", "height"), stored, strict=True)]
    if orientation != 1 or tuple(before) != stored:
        _rescale(data, exif, start, before, (width, height), orientation)


def _rescale(
    data: bytearray, exif: bytes, start: int, before: list[int], after: tuple[int, int], orientation: int
) -> None:
    """Convert values in pixels from the stored image to the upright one of another size; sizes are (width, height)."""
    order, swapped = _order(exif), orientation >= 5
    for tag, kind, count, place in _fields(exif, start, (*_FOCAL_PLANE, *_PLACES)):
        if tag in _FOCAL_PLANE and kind == _RATIONAL and count == 1 and place + 8 <= len(exif):
            axis = _FOCAL_PLANE.index(tag)
            above, below = struct.unpack_from(order + "II", exif, place)
            grown = (Fraction(above, below or 1) * after[axis] / before[axis ^ swapped]).limit_denominator(10_000)
            if below and grown.numerator < 2**32:
                struct.pack_into(order + "II", data, place, grown.numerator, grown.denominator)
        elif tag in _PLACES and kind == _SHORT and 2 <= count <= 4 and place + 2 * count <= len(exif):
            values = struct.unpack_from(f"{order}{count}H", exif, place)
            x, y = (value / size for value, size in zip(values, before, strict=False))
            if swapped:
                x, y = y, x
            if orientation in (3, 4, 7, 8):
                y = 1 - y
            if orientation in (2, 3, 6, 7):
                x = 1 - x
            # After the point: a diameter, or width and height.
            extent = values[:1:-1] if swapped else values[2:]
            spans = [value * after[axis] / before[axis ^ swapped] for axis, value in enumerate(extent)]
            new = (min(max(round(value), 0), 65535) for value in (x * after[0], y * after[1], *spans))
            struct.pack_into(f"{order}{count}H", data, place, *new)


def _erase_thumbnail(data: bytearray, exif: bytes, start: int) -> None:
    """Overwrite the data of the thumbnail, and cut it off if it is at the end."""
    found = {tag: value for tag, _, value in _entries(exif, start)}
    at, length = found.get(_THUMBNAIL, 0), found.get(_THUMBNAIL_LENGTH, 0)
    if 8 <= at <= len(exif) and 0 < length <= len(exif) - at:
        data[at : at + length] = bytes(length)
        if at + length >= len(data) - 1:
            del data[at:]


def _first(exif: bytes | None) -> int:
    if exif is None:
        return 0
    return int(struct.unpack_from("<I" if exif[:2] == b"II" else ">I", exif, 4)[0])


def _order(exif: bytes) -> str:
    return "<" if exif[:2] == b"II" else ">"


def _number(exif: bytes, code: str, at: int) -> int:
    return int(struct.unpack_from(_order(exif) + code, exif, at)[0])


def _all_entries(exif: bytes | None, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, offset of the entry, type and count of every entry of a directory."""
    if exif is None or start < 8 or start + 2 > len(exif):
        return
    for number in range(_number(exif, "H", start)):
        at = start + 2 + 12 * number
        if at + 12 > len(exif):
            return
        tag, kind, count = struct.unpack_from(_order(exif) + "HHI", exif, at)
        yield tag, at, kind, count


def _fields(exif: bytes, start: int, tags: tuple[int, ...]) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and place of the values of some entries of a directory."""
    for tag, at, kind, count in _all_entries(exif, start):
        place = at + 8 if _BYTES.get(kind, 8) * count <= 4 else _number(exif, "I", at + 8)
        if tag in tags and place >= _HEADER:
            yield tag, kind, count, place


def _entries(exif: bytes | None, start: int) -> Iterator[tuple[int, int, int]]:
    """Tag, offset of the entry and value of every single SHORT or LONG of a directory."""
    for tag, at, kind, count in _all_entries(exif, start):
        if exif is not None and count == 1 and kind in (_SHORT, _LONG):
            yield tag, at, _number(exif, "H" if kind == _SHORT else "I", at + 8)


def _end(exif: bytes, start: int) -> int | None:
    """The offset of a directory's pointer to the next one (of the thumbnail)."""
    if start < 8 or start + 2 > len(exif):
        return None
    (count,) = struct.unpack_from("<H" if exif[:2] == b"II" else ">H", exif, start)
    after = start + 2 + 12 * int(count)
    return after if after + 4 <= len(exif) else None


def _store(data: bytearray, exif: bytes, at: int, value: int) -> None:
    order = _order(exif)
    if _number(exif, "H", at + 2) == _SHORT and value <= 0xFFFF:
        struct.pack_into(order + "HH", data, at + 8, value, 0)
    else:
        struct.pack_into(order + "HII", data, at + 2, _LONG, 1, value)
