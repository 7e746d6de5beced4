"""The few EXIF entries that must be right after a picture was turned upright or enlarged; all other bytes stay as they are.

EXIF is a TIFF structure whose offsets count from its start. Entries are overwritten in place, so maker notes, which hold such
offsets of their own, stay readable. Source: CIPA DC-008 (Exif 2.32), section 4.6.
"""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ORIENTATION, _EXIF_POINTER, _WIDTH, _HEIGHT = 0x0112, 0x8769, 0xA002, 0xA003
_SHORT, _LONG = 3, 4


def bare_exif(exif: bytes | None) -> bytes | None:
    """The TIFF structure alone, or None where there is no usable one."""
    if not exif:
        return None
    exif = exif.removeprefix(b"Exif\0\0")
    return exif if len(exif) >= 14 and exif[:4] in (b"II*\0", b"MM\0*") else None


def orientation_of(exif: bytes | None) -> int:
    """The EXIF orientation, 1 … 8; 1 when it is absent or damaged."""
    for tag, _, value in _entries(exif, _first(exif)):
        if tag == _ORIENTATION and 1 <= value <= 8:
            return value
    return 1


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn an (H, W, ...) array stored with the given EXIF orientation the way it is to be seen."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def updated_exif(exif: bytes | None, height: int, width: int) -> bytes | None:
    """EXIF of an upright picture of the given size: orientation 1, its real size, and no reference to a thumbnail of the old one."""
    exif = bare_exif(exif)
    if exif is None:
        return None
    data = bytearray(exif)
    order = "<" if exif[:2] == b"II" else ">"
    first = _first(exif)
    for tag, at, value in _entries(exif, first):
        if tag == _ORIENTATION:
            _store(data, order, at, 1)
        if tag == _EXIF_POINTER:
            for inner, where, _ in _entries(exif, value):
                if inner in (_WIDTH, _HEIGHT):
                    _store(data, order, where, width if inner == _WIDTH else height)
    after = _end(exif, first)
    if after is not None:
        data[after : after + 4] = bytes(4)
    return bytes(data)


def _first(exif: bytes | None) -> int:
    if exif is None:
        return 0
    return int(struct.unpack_from("<I" if exif[:2] == b"II" else ">I", exif, 4)[0])


def _entries(exif: bytes | None, start: int) -> Iterator[tuple[int, int, int]]:
    """Tag, place of the entry and value of every single SHORT or LONG of a directory."""
    if exif is None or start < 8 or start + 2 > len(exif):
        return
    order = "<" if exif[:2] == b"II" else ">"
    (count,) = struct.unpack_from(order + "H", exif, start)
    for number in range(count):
        at = start + 2 + 12 * number
        if at + 12 > len(exif):
            return
        tag, kind, length = struct.unpack_from(order + "HHI", exif, at)
        if length == 1 and kind in (_SHORT, _LONG):
            yield tag, at, struct.unpack_from(order + ("H" if kind == _SHORT else "I"), exif, at + 8)[0]


def _end(exif: bytes, start: int) -> int | None:
    """Where a directory says where the next one (of the thumbnail) begins."""
    if start < 8 or start + 2 > len(exif):
        return None
    (count,) = struct.unpack_from("<H" if exif[:2] == b"II" else ">H", exif, start)
    after = start + 2 + 12 * int(count)
    return after if after + 4 <= len(exif) else None


def _store(data: bytearray, order: str, at: int, value: int) -> None:
    (kind,) = struct.unpack_from(order + "H", data, at + 2)
    if kind == _SHORT and value <= 0xFFFF:
        struct.pack_into(order + "HH", data, at + 8, value, 0)
    else:
        struct.pack_into(order + "HII", data, at + 2, _LONG, 1, value)
