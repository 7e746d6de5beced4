"""Limits by a header alone."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.limits import Header, check_limits
from srcnn.files.picture import Picture


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (Header(width=101, height=100, bands=1), "pixels are more than the limit of 0.01 million"),
        (Header(width=100, height=100, bands=6), "6 bands of 8 bits take .* MB to decode"),
        (Header(width=100, height=100, bands=3, bits=16), "3 bands of 16 bits take"),
        (Header(width=100, height=100, bands=3, working=2.5), "take .* MB to decode"),
        (Header(width=100, height=100, bands=1, buffer=40_001), "take .* MB to decode"),
        (Header(width=10, height=10, scans=101), "in 101 scans take too long"),
        (Header(width=100, height=100, scans=17), "in 17 scans take too long"),
    ],
)
def test_each_limit(header: Header, said: str) -> None:
    with pytest.raises(ImageError, match=f"{said}.*lift the limit"):
        check_limits(header, 10_000)
    check_limits(header, None)


@pytest.mark.parametrize(
    "header",
    [
        Header(width=100, height=100, bands=5),
        Header(width=100, height=100, bands=2, bits=16),
        Header(width=100, height=100, bands=1, bits=1, working=4),
        Header(width=100, height=100, bands=1, buffer=40_000),
        Header(width=100, height=100, scans=16),
        Header(width=10, height=10, scans=100),
    ],
)
def test_what_lies_within(header: Header) -> None:
    check_limits(header, 10_000)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_no_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="pixels"):
        check_limits(Header(width=size[0], height=size[1]), None)


def deep_png(width: int, height: int, colour: int) -> bytes:
    """A PNG file of 16 bits that claims a size."""
    parts = [
        (b"IHDR", struct.pack(">2I5B", width, height, 16, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


@pytest.mark.parametrize(("colour", "pixels"), [(6, 126_000_000), (2, 168_000_000), (6, 199_000_000)])
def test_deep_png_counts_its_bands_and_depth(colour: int, pixels: int) -> None:
    with pytest.raises(ImageError, match=r"bands of 16 bits take \d+ MB to decode, more than the limit of 1000 MB"):
        decode(deep_png(10_000, pixels // 10_000, colour))


PLUGINS = {"HEIC": "pillow_heif", "JXL": "pillow_jxl"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_format_is_held_to_the_limit(name: str, dtype: type[Any]) -> None:
    if FORMATS[name].suffixes:
        data, _ = encode(Picture(np.zeros((20, 30, 3), dtype)), FORMATS[name])
    else:
        if name in PLUGINS:
            plugin = pytest.importorskip(PLUGINS[name])
            getattr(plugin, "register_heif_opener", str)()
        stream = io.BytesIO()
        Image.new("RGB", (30, 20)).save(stream, {"HEIC": "HEIF", "PNM": "PPM"}.get(name, name), sizes=[(30, 20)])
        data = stream.getvalue()
    with pytest.raises(ImageError, match="30x20 pixels are more than the limit"):
        decode(data, max_pixels=599)
    assert decode(data, max_pixels=6000).pixels.shape[:2] == (20, 30)
    assert decode(data, max_pixels=None).pixels.shape[:2] == (20, 30)
