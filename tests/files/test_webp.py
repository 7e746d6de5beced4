"""The chunks of WebP files."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.webp import webp_layout

PIXELS = np.dstack([np.arange(1200).reshape(30, 40) * step // 8 % 256 for step in (1, 3, 7, 2)]).astype(np.uint8)


def webp(*frames: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(stream, "WEBP", **more, **options)
    return stream.getvalue()


COLOUR, ALPHA = Image.fromarray(PIXELS[..., :3].copy()), Image.fromarray(PIXELS)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 60}, {"lossless": True, "exact": True}])
@pytest.mark.parametrize("image", [COLOUR, ALPHA], ids=["opaque", "transparent"])
def test_pixels_are_those_of_another_decoder(image: Image.Image, options: dict[str, Any]) -> None:
    data = webp(image, **options)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    read = decode(data)
    np.testing.assert_array_equal(read.pixels, expected[..., :3])
    if image is ALPHA:
        np.testing.assert_array_equal(read.alpha, expected[..., 3])
    assert read.metadata.lossless == ("lossless" in options)


def test_the_header_is_read_without_decoding() -> None:
    layout = webp_layout(
        webp(COLOUR, ALPHA, COLOUR, lossless=True, icc_profile=b"profile", exif=b"Exif\0\0II*\0", xmp=b"<xmp>")
    )
    assert (layout.header.width, layout.header.height, layout.frames) == (40, 30, 3)
    assert (layout.icc, layout.xmp, layout.lossless) == (b"profile", b"<xmp>", True)
    for options in ({"lossless": True}, {"quality": 50}):
        header = webp_layout(webp(COLOUR, **options)).header
        assert (header.width, header.height) == (40, 30)


def claiming(width: int, height: int) -> bytes:
    """A lossless file of a few bytes that claims a size."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + bits.to_bytes(4, "little") + bytes(20)
    chunk = b"VP8L" + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


@pytest.mark.parametrize("height", [7_700, 11_000, 12_200, 16_384])
def test_large_images_are_refused_as_large_and_not_as_damaged(height: int) -> None:
    with pytest.raises(ImageError, match="more than the limit"):
        decode(claiming(16_384, height))


def test_a_file_without_an_image_is_damaged() -> None:
    for data in (b"RIFF\x04\0\0\0WEBP", b"RIFF\x10\0\0\0WEBPEXIF\x04\0\0\0abcd", claiming(5, 5)[:24]):
        with pytest.raises(ImageError, match="damaged or truncated"):
            decode(data)


def test_what_the_decoder_needs_for_alpha_is_counted() -> None:
    opaque, transparent, animated = (
        webp_layout(webp(*frames, lossless=True)).header for frames in ((COLOUR,), (ALPHA,), (ALPHA, COLOUR))
    )
    assert (opaque.bands, transparent.bands) == (3, 4)
    assert opaque.memory < transparent.memory < animated.memory
