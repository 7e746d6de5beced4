"""The boxes of AVIF files."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.avif import avif_header, is_deep, is_grey
from srcnn.files.decoding import decode

PIXELS = np.dstack([np.arange(1200).reshape(30, 40) // 5 % 256] * 3).astype(np.uint8)


def avif(mode: str = "RGB", frames: int = 1, **options: Any) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(PIXELS).convert(mode)
    more: dict[str, Any] = {"save_all": True, "append_images": [image.rotate(90)] * (frames - 1)} if frames > 1 else {}
    image.save(stream, "AVIF", **more, **options)
    return stream.getvalue()


@pytest.mark.parametrize("data", [avif(), avif("RGBA"), avif(frames=2), avif("L", subsampling="4:0:0")])
def test_the_header_tells_the_size(data: bytes) -> None:
    header = avif_header(data)
    assert header is not None
    assert (header.width, header.height, header.bits) == (40, 30, 8)
    assert not is_deep(data)


def test_grey_is_told() -> None:
    assert is_grey(avif("L", subsampling="4:0:0"))
    assert not is_grey(avif())


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (16_000, 9_000), (9_200, 9_200)])
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    data = avif()
    at = data.index(b"ispe") + 8
    with pytest.raises(ImageError, match="more than the limit"):
        decode(data[:at] + struct.pack(">II", width, height) + data[at + 8 :])


def test_boxes_that_make_no_sense() -> None:
    assert avif_header(b"\0\0\0\x10ftypavif\0\0\0\0") is None
    assert avif_header(b"\0\0\0\1meta" + bytes(8)) is None
    assert avif_header(b"\0\0\0\0meta" + b"ispe") is None
