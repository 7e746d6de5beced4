"""The header of a BMP file: size, depth, and whether its layout is supported.

Source: Microsoft, *Bitmap Storage*: BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER, BITMAPV5HEADER.
"""

from __future__ import annotations

import struct

from srcnn.errors import ImageError
from srcnn.files.limits import Header

_CORE = 12
_HEADERS = (_CORE, 40, 52, 56, 64, 108, 124)
_RAW, _RLE8, _RLE4, _BIT_FIELDS = range(4)
_COMPRESSIONS = {4: "JPEG", 5: "PNG", 6: "bit fields with alpha", 11: "CMYK", 12: "CMYK", 13: "CMYK"}
_DEPTHS = (1, 4, 8, 16, 24, 32)
_INDEXED = 8  # bits per pixel up to which it has a palette
_MASKED = {
    16: ((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)),
    24: ((0xFF0000, 0xFF00, 0xFF),),
}
_WHOLE_BYTES = (0, 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
_TO_DO = "save it with 8 bits per channel, or as PNG, first"


def bmp_header(data: bytes) -> Header:
    """Size and bands from the header.

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
    ImageError
        If its pixel layout or compression is not supported.
    ValueError, struct.error
        If the header is truncated.
    """
    (size,) = struct.unpack_from("<I", data, 14)
    if size not in _HEADERS:
        raise ImageError(f"BMP with a header of {size} bytes is not supported; {_TO_DO}")
    if size == _CORE:
        width, height, _, bits = struct.unpack_from("<4H", data, 18)
        compression = _RAW
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if bits not in _DEPTHS:
        raise ImageError(f"BMP with {bits} bits per pixel is not supported; {_TO_DO}")
    if compression not in (_RAW, _RLE8, _RLE4, _BIT_FIELDS):
        what = _COMPRESSIONS.get(compression, f"number {compression}")
        raise ImageError(f"BMP with compression {what} is not supported; {_TO_DO}")
    if compression == _BIT_FIELDS:
        _check_masks(data, size, bits)
    return Header(
        width=width, height=abs(height), bands=4 if bits == 32 else 3, working=1.0 if bits <= _INDEXED else 4.0
    )


def _check_masks(data: bytes, size: int, bits: int) -> None:
    """Refuse bit fields that the decoder does not support."""
    masks = struct.unpack_from("<3I", data, 54)
    known = bits == 32 and all(mask in _WHOLE_BYTES for mask in masks)
    if not known and masks not in _MASKED.get(bits, ()):
        widths = "-".join(str(mask.bit_count()) for mask in masks)
        raise ImageError(f"BMP with {bits} bits per pixel and bit fields {widths} is not supported; {_TO_DO}")
