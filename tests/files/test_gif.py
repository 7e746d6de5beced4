"""GIF headers, which a few bytes can make claim anything."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.animation.read import read_animation
from srcnn.files.decoding import decode
from srcnn.files.gif import IMAGE, gif_blocks, gif_header


def gif(screen: tuple[int, int], frame: tuple[int, int, int, int], extension: bytes = b"") -> bytes:
    """A file of one frame whose data is cut off."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + extension
    return head + b"," + struct.pack("<4HB", *frame, 0) + b"\x02\x02\x4c\x01\0;"


@pytest.mark.parametrize("extension", [b"", b"!\xf9\4\1\0\0\0\0", b"!\xfe\5hello\2xy\0"])
def test_the_header_tells_the_size(extension: bytes) -> None:
    header = gif_header(gif((20, 30), (0, 0, 20, 30), extension))
    assert (header.width, header.height) == (20, 30)
    beyond = gif_header(gif((20, 30), (10, 0, 50, 40), extension))
    assert (beyond.width, beyond.height) == (60, 40)


@pytest.mark.parametrize(
    ("screen", "frame"), [((65_535, 65_535), (0, 0, 1, 1)), ((1, 1), (0, 0, 65_535, 65_535)), ((15_000, 15_000),) * 2]
)
def test_a_bomb_is_refused_by_its_header(screen: tuple[int, int], frame: tuple[int, ...]) -> None:
    whole = (0, 0, *frame) if len(frame) == 2 else frame
    with pytest.raises(ImageError, match="more than the limit of 200 million"):
        decode(gif(screen, (whole[0], whole[1], whole[2], whole[3])))


def test_a_file_that_is_cut_off_is_damaged() -> None:
    for data in (gif((20, 30), (0, 0, 20, 30)), b"GIF89a\1\0\1\0\0\0\0;", b"GIF89a\1\0"):
        with pytest.raises(ImageError, match="damaged or truncated"):
            decode(data)


def test_transparent_colour() -> None:
    index = np.arange(12, dtype=np.uint8).reshape(3, 4) % 3
    image = Image.fromarray(index, mode="P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    stream = io.BytesIO()
    image.save(stream, "GIF", transparency=1)
    read = decode(stream.getvalue())
    np.testing.assert_array_equal(read.alpha, np.where(index == 1, 0, 255))
    np.testing.assert_array_equal(read.pixels[index != 1], np.eye(3)[index[index != 1]] * 255)


def moving(frames: int) -> bytes:
    images = [Image.fromarray(np.full((8, 9), 40 * number, np.uint8)) for number in range(frames)]
    stream = io.BytesIO()
    images[0].save(stream, "GIF", save_all=True, append_images=images[1:], duration=100)
    return stream.getvalue()


@pytest.mark.parametrize("frames", [1, 3])
def test_a_file_that_ends_between_two_frames_may_have_lost_some(frames: int) -> None:
    data = moving(4)
    images = [block for block in gif_blocks(data) if block.kind == IMAGE]
    cut = data[: images[frames - 1].end]
    note = "the end marker of the file is missing, and so may be frames"
    assert note in decode(cut).metadata.notes
    assert note not in decode(data).metadata.notes
    if frames > 1:
        assert read_animation(cut).metadata.notes == (note,)
        assert read_animation(data).metadata.notes == ()
