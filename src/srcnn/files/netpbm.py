"""Netpbm images (PBM, PGM, PPM) in their binary and plain forms; Pillow reads 16-bit colour as 8-bit.

Source: the manual pages pbm(5), pgm(5) and ppm(5) of Netpbm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.limits import Header

_SPACE_OR_COMMENT = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+"
_NUMBER = rb"(\d{1,10})"
_LONGEST_HEAD = 1 << 16


@dataclass(frozen=True)
class _Layout:
    kind: int  # 1 to 6: bits, grey, colour as text, then in binary form
    width: int
    height: int
    most: int
    start: int  # of the values

    @property
    def bands(self) -> int:
        return 3 if self.kind in (3, 6) else 1


def netpbm_header(data: bytes) -> Header:
    """Size, bands and depth.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Header
        What it says.

    Raises
    ------
    ValueError
        If the header is incomplete.
    """
    layout = _layout(data)
    bits = 16 if layout.most > 255 else 8
    # As text a value is an object of its own for a while.
    return Header(
        width=layout.width, height=layout.height, bands=layout.bands, bits=bits,
        working=8.0 * layout.bands if layout.kind <= 3 else 0.0,
    )  # fmt: skip


def decode_netpbm(data: bytes) -> NDArray[Any]:
    """The values of the first image in full range.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    (H, W, 1 or 3) array
        uint8, or uint16 where the largest value is more than 255.

    Raises
    ------
    ValueError
        If values are missing or larger than the file's own largest.
    """
    layout = _layout(data)
    count = layout.width * layout.height * layout.bands
    if layout.kind == 4:
        row = -(-layout.width // 8)
        rows = np.frombuffer(_enough(data, layout.start, row * layout.height), np.uint8).reshape(layout.height, row)
        values: NDArray[Any] = np.unpackbits(rows, axis=1)[:, : layout.width]
    elif layout.kind > 4:
        dtype = np.dtype(np.uint8 if layout.most < 256 else ">u2")
        values = np.frombuffer(_enough(data, layout.start, count * dtype.itemsize), dtype)
    else:
        text = re.sub(rb"#[^\r\n]*", b"", data[layout.start :])
        words = [bytes([digit]) for digit in text if digit in b"01"] if layout.kind == 1 else text.split(None, count)
        if len(words) < count:
            raise ValueError(f"it has {len(words)} of {count} values")
        values = np.array(words[:count]).astype(np.int64)
    if values.size and values.max() > layout.most:
        raise ValueError(f"a value is larger than {layout.most}")
    shape = (layout.height, layout.width, layout.bands)
    if layout.kind in (1, 4):  # 1 is black
        return np.asarray(255 - 255 * values.reshape(shape), np.uint8)
    full = 255 if layout.most < 256 else 65535
    if layout.most != full:
        values = (values.astype(np.int64) * full + layout.most // 2) // layout.most
    return values.astype(np.uint8 if full == 255 else np.uint16).reshape(shape)


def is_bilevel(data: bytes) -> bool:
    """Whether the file is a PBM.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    bool
        By its second letter.
    """
    return data[1:2] in (b"1", b"4")


def _layout(data: bytes) -> _Layout:
    kind = data[1] - ord("0")
    numbers = 2 if kind in (1, 4) else 3
    head = re.match(rb"P\d" + (_SPACE_OR_COMMENT + _NUMBER) * numbers + rb"(?=[ \t\r\n\v\f#])", data[:_LONGEST_HEAD])
    if head is None:
        raise ValueError("its header is incomplete")
    width, height, *most = (int(number) for number in head.groups())
    largest = most[0] if most else 1
    if not 0 < largest < 65536:
        raise ImageError(f"Netpbm values up to {largest} are not supported; save it with 8 or 16 bits first")
    return _Layout(kind, width, height, largest, head.end() + 1)


def _enough(data: bytes, start: int, length: int) -> memoryview:
    part = memoryview(data)[start : start + length]
    if len(part) < length:
        raise ValueError(f"it has {len(part)} of {length} bytes of values")
    return part
