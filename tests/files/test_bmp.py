"""BMP files of every layout, made by hand."""

import struct

import numpy as np
import pytest

from srcnn.errors import ImageError
from srcnn.files.bmp import bmp_header
from srcnn.files.decoding import decode


def bmp(
    bits: int, body: bytes, masks: tuple[int, ...] = (), *, compression: int | None = None, size: int = 40
) -> bytes:
    """An image of two by two pixels, from the bottom up."""
    compression = (3 if masks else 0) if compression is None else compression
    head = struct.pack("<IiiHHIIiiII", size, 2, 2, 1, bits, compression, len(body), 2835, 2835, 0, 0)
    fields = struct.pack(f"<{len(masks)}I", *masks)
    rest = fields.ljust(size - 40, b"\0") if size > 40 else fields
    return (
        struct.pack("<2sIHHI", b"BM", 14 + len(head + rest) + len(body), 0, 0, 14 + len(head + rest))
        + head
        + rest
        + body
    )


@pytest.mark.parametrize(
    ("bits", "masks", "values"),
    [
        (16, (0xF800, 0x7E0, 0x1F), (0xF800, 0x07E0, 0x001F, 0xFFFF)),
        (16, (0x7C00, 0x3E0, 0x1F), (0x7C00, 0x03E0, 0x001F, 0x7FFF)),
        (16, (), (0x7C00, 0x03E0, 0x001F, 0x7FFF)),
        (32, (0xFF0000, 0xFF00, 0xFF), (0xFF0000, 0xFF00, 0xFF, 0xFFFFFF)),
        (32, (), (0xFF0000, 0xFF00, 0xFF, 0xFFFFFF)),
    ],
)
def test_layouts_that_are_known(bits: int, masks: tuple[int, ...], values: tuple[int, ...]) -> None:
    body = struct.pack("<4H" if bits == 16 else "<4I", *values[2:], *values[:2])
    red, green, blue, white = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    np.testing.assert_array_equal(decode(bmp(bits, body, masks)).pixels, [[red, green], [blue, white]])


@pytest.mark.parametrize("size", [40, 108, 124])
@pytest.mark.parametrize(
    ("bits", "masks", "name"),
    [
        (16, (0xF00, 0xF0, 0xF), "4-4-4"),
        (32, (0x3FF00000, 0xFFC00, 0x3FF), "10-10-10"),
        (32, (0xFF8000, 0x7F00, 0xFF), "9-7-8"),
        (16, (0xE0, 0x1C, 0x3), "3-3-2"),
    ],
)
def test_other_bit_fields_are_refused_by_name(bits: int, masks: tuple[int, ...], name: str, size: int) -> None:
    with pytest.raises(ImageError, match=f"bit fields {name} is not supported; save it with 8 bits per channel"):
        decode(bmp(bits, bytes(16), masks, size=size))


@pytest.mark.parametrize(("compression", "name"), [(4, "JPEG"), (5, "PNG"), (11, "CMYK"), (99, "number 99")])
def test_other_compressions_are_refused_by_name(compression: int, name: str) -> None:
    with pytest.raises(ImageError, match=f"compression {name} is not supported"):
        decode(bmp(24, bytes(16), compression=compression))


def test_other_headers_and_depths_are_refused_by_name() -> None:
    with pytest.raises(ImageError, match="BMP with 64 bits per pixel is not supported"):
        decode(bmp(64, bytes(32)))
    with pytest.raises(ImageError, match="a header of 77 bytes is not supported"):
        decode(b"BM" + bytes(12) + struct.pack("<I", 77) + bytes(100))
    with pytest.raises(ImageError, match="damaged or truncated"):
        decode(bmp(24, bytes(16))[:30])


def test_rows_from_the_top_down_are_counted() -> None:
    data = bytearray(bmp(24, bytes(16)))
    struct.pack_into("<i", data, 22, -2)
    assert bmp_header(bytes(data)).height == 2
