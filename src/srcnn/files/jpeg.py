"""The segments of a JPEG file: what it holds, and whether it is complete, without decoding it.

Source: ITU-T T.81, annex B (syntax of the markers), table B.1; T.87 for JPEG-LS.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from srcnn.errors import ImageError
from srcnn.files.limits import Header

_SOI, _EOI, _SOS, _DQT = 0xD8, 0xD9, 0xDA, 0xDB
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))  # TEM, RST0 … RST7, SOI
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15, less DHT, JPG, DAC
_JPEG_LS = 0xF7
_HIERARCHICAL = (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF)
_LOSSLESS_ARITHMETIC = 0xCB
_PROGRESSIVE = (0xC2, 0xCA)
_COEFFICIENT_BYTES = 2
# Where each coefficient of a block stands, row by row, in the order of a file: T.81, figure A.6.
_ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
# Neither the zeros that a decoder inserts at the end of the data, nor 0xFF, which would start a marker.
_MORE = bytes(181 * i % 251 + 1 for i in range(1, 257))
# In a scan, 0xFF is followed by 0 (a data byte), a restart marker or fill bytes; anything else is the next marker.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class JpegLayout:
    """Properties of a JPEG file from its segments."""

    process: int  # the SOF marker that starts the frame
    bits: int
    header: Header
    ended: bool  # whether the end marker is present
    quantisation: tuple[int, ...] | None = None  # the first component's table, row by row


def jpeg_layout(data: bytes) -> JpegLayout:
    """Read the segments of the first image in a file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    JpegLayout
        What it says.

    Raises
    ------
    ValueError
        If it has no frame.
    """
    frame: tuple[int, bytes] | None = None
    tables: dict[int, tuple[int, ...]] = {}
    scans = 0
    at = 2
    while True:
        found = _NEXT_MARKER.search(data, at)
        if found is None:
            return _described(frame, scans, tables, ended=False)
        marker, at = data[found.end() - 1], found.end()
        if marker == _EOI:
            return _described(frame, scans, tables, ended=True)
        if marker in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if (marker in _FRAMES or marker == _JPEG_LS) and frame is None:
            frame = marker, data[at + 2 : at + length]
        if marker == _DQT and not scans:
            tables |= _quantisation_tables(data[at + 2 : at + length])
        scans += marker == _SOS
        at += max(length, 2)


def check_supported(layout: JpegLayout) -> None:
    """Refuse by name what the decoder does not support.

    Parameters
    ----------
    layout : JpegLayout
        What a file says.

    Raises
    ------
    ImageError
        If the coding process is not a usual one, or samples have more than 8 bits.
    """
    to_do = "save it as 8-bit baseline JPEG or as PNG first"
    if layout.process == _JPEG_LS:
        raise ImageError(f"JPEG-LS is not supported; {to_do}")
    if layout.process in _HIERARCHICAL or layout.process == _LOSSLESS_ARITHMETIC:
        what = "hierarchical JPEG" if layout.process in _HIERARCHICAL else "lossless JPEG with arithmetic coding"
        raise ImageError(f"{what} is not supported; {to_do}")
    if layout.bits != 8:
        raise ImageError(f"JPEG with {layout.bits} bits per sample is not supported; {to_do}")
    if layout.header.bands not in (1, 3, 4):
        raise ImageError(f"JPEG with {layout.header.bands} components is not supported; {to_do}")
    if layout.header.height == 0:
        raise ImageError(f"JPEG whose height is defined after its first scan (DNL) is not supported; {to_do}")


def with_end(data: bytes, *, more: bool = False) -> bytes:
    """The file with the missing end marker, preceded by ``more`` unrelated data.

    A decoder reads that data only if the image is incomplete.
    If both variants give the same pixels, nothing is missing.

    Parameters
    ----------
    data : bytes
        The file.
    more : bool
        Whether data is added.

    Returns
    -------
    bytes
        A copy.
    """
    return data.rstrip(b"\xff") + (_MORE if more else b"") + bytes([0xFF, _EOI])


def _quantisation_tables(segment: bytes) -> dict[int, tuple[int, ...]]:
    """The tables of a DQT segment by their number, row by row; what is cut off is left out."""
    tables = {}
    at = 0
    while at < len(segment):
        precision, number = segment[at] >> 4, segment[at] & 15
        size = 128 if precision else 64
        values = segment[at + 1 : at + 1 + size]
        if len(values) < size:
            break
        in_zigzag = struct.unpack(">64H" if precision else "64B", values)
        rows = [0] * 64
        for place, value in zip(_ZIGZAG, in_zigzag, strict=True):
            rows[place] = value
        tables[number] = tuple(rows)
        at += 1 + size
    return tables


def _described(
    frame: tuple[int, bytes] | None, scans: int, tables: dict[int, tuple[int, ...]], *, ended: bool
) -> JpegLayout:
    if frame is None:
        raise ValueError("it has no frame")
    process, fields = frame
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", fields)
        sampling = [(fields[6 + 3 * i + 1] >> 4, fields[6 + 3 * i + 1] & 15) for i in range(components)]
    except (struct.error, IndexError):
        raise ValueError("its frame header is truncated") from None
    largest = max((h for h, _ in sampling), default=1) * max((v for _, v in sampling), default=1)
    # The coefficients of an image in several scans are all held until the last scan.
    kept = process in _PROGRESSIVE or scans > 1
    working = _COEFFICIENT_BYTES * sum(h * v for h, v in sampling) / max(largest, 1) if kept else 0.0
    header = Header(width=width, height=height, bands=components, working=working, scans=max(scans, 1))
    table = tables.get(fields[8]) if len(fields) > 8 else None
    return JpegLayout(process=process, bits=bits, header=header, ended=ended, quantisation=table)
