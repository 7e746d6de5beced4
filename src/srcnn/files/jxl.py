"""JPEG XL images, through pillow-jxl-plugin; their size from the header, for the plugin decodes at once.

Source: ISO/IEC 18181-1, annex D (image header).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError, missing_extra
from srcnn.files.limits import Header
from srcnn.files.metadata.boxes import boxes
from srcnn.files.picture import Metadata
from srcnn.files.pillow import metadata_of_info

_WORKING = 16.0  # bytes per pixel of the decoder: it works with floats
_CODESTREAM = b"\xff\x0a"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_MODES = {"L": (1, 8), "LA": (2, 8), "RGB": (3, 8), "RGBA": (4, 8), "I;16": (1, 16)}


def jxl_header(data: bytes) -> Header:
    """The size that the codestream declares.

    Parameters
    ----------
    data : bytes
        A codestream, or a file of boxes with one inside.

    Returns
    -------
    Header
        For four bands.

    Raises
    ------
    ValueError
        If there is no codestream.
    """
    start = _start(data)
    bits = _Bits(data[start + 2 : start + 18])
    if bits.take(1):
        height = 8 * (bits.take(5) + 1)
        ratio = bits.take(3)
        width = 8 * (bits.take(5) + 1) if not ratio else 0
    else:
        height = bits.size()
        ratio = bits.take(3)
        width = bits.size() if not ratio else 0
    if ratio:
        above, below = _RATIOS[ratio - 1]
        width = height * above // below
    return Header(width=width, height=height, bands=4, working=_WORKING)


def decode_jxl(data: bytes, check: Any) -> tuple[NDArray[Any], Metadata] | bytes:
    """Decode an image.

    Parameters
    ----------
    data : bytes
        The file.
    check : callable
        Given the `Header`, before anything is decoded; it raises where the image is too large.

    Returns
    -------
    (array, Metadata), or bytes
        Values (H, W, 1 … 4) of 8 or 16 bits and metadata; or the JPEG file that it is another coding of.

    Raises
    ------
    MissingExtraError
        If pillow-jxl-plugin is not installed.
    ImageError
        If the plugin does not read samples of this kind.
    Exception
        The plugin raises almost anything on damaged data.
    """
    try:
        from pillow_jxl import Decoder
    except ImportError as error:
        raise missing_extra("reading JPEG XL images", "pillow-jxl-plugin", "formats") from error
    check(jxl_header(data))
    is_jpeg, info, values, icc, found = Decoder(num_threads=1)(data)
    if is_jpeg:
        return bytes(values)
    bands, depth = _MODES.get(info.mode, (0, 0))
    if len(values) != info.width * info.height * bands * depth // 8:
        raise ImageError(f"JPEG XL samples of the kind {info.mode} are not supported; save it as PNG or TIFF first")
    array = np.frombuffer(values, np.uint8 if depth == 8 else np.uint16).reshape(info.height, info.width, bands)
    said = {"icc_profile": icc, "exif": next((_exif(box.data) for box in found if box.box_type == b"Exif"), None)}
    return array, metadata_of_info({key: value for key, value in said.items() if value}, "JXL")


def _exif(content: bytes) -> bytes:
    """The TIFF structure, which the standard lets an offset precede and some encoders do not."""
    return content if content[:2] in (b"II", b"MM") else content[4 + int.from_bytes(content[:4], "big") :]


def _start(data: bytes) -> int:
    if data.startswith(_CODESTREAM):
        return 0
    for name, start, _ in boxes(data, 0, len(data)):
        begin = start + 4 if name == b"jxlp" else start
        if name in (b"jxlc", b"jxlp") and data[begin : begin + 2] == _CODESTREAM:
            return begin
    raise ValueError("it has no codestream")


class _Bits:
    """Takes bits from bytes, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return value

    def size(self) -> int:
        return self.take((9, 13, 18, 30)[self.take(2)]) + 1
