"""Images from a path, from bytes and from open files."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import ImageError, OptionError
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Metadata, Picture
from srcnn.files.sources import bytes_of, is_source

PIXELS = np.random.default_rng(0).integers(0, 2**16, (20, 30, 3), np.uint16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    write_image(path, Picture(PIXELS, metadata=Metadata(dpi=(300.0, 300.0), comments=("mine",))))
    return path


class Trickle(io.RawIOBase):
    """Gives five bytes at a time, as a pipe may."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self.data.read(min(5, len(buffer)))
        buffer[: len(part)] = part
        return len(part)


def sources_of(path: Path) -> list[Any]:
    data = path.read_bytes()
    return [path, str(path), data, bytearray(data), memoryview(data), io.BytesIO(data), Trickle(data)]


def test_every_source_gives_the_same_image_with_its_metadata(path: Path) -> None:
    for source in sources_of(path):
        assert is_source(source)
        image = read_image(source)
        np.testing.assert_array_equal(image.pixels, PIXELS)
        assert image.metadata.comments == ("mine",)
        assert image.metadata.format == "PNG"
    with path.open("rb") as file:
        np.testing.assert_array_equal(read_image(file).pixels, PIXELS)
        assert not file.closed


def test_an_open_file_is_read_from_where_it_stands(path: Path) -> None:
    file = io.BytesIO(b"header" + path.read_bytes())
    file.seek(6)
    np.testing.assert_array_equal(read_image(file).pixels, PIXELS)


def test_what_is_no_image_is_not_read_as_a_whole() -> None:
    file = io.BytesIO(bytes(1000))
    assert len(bytes_of(file)) == file.tell() == 64


@pytest.mark.parametrize("source", [b"", b"text", io.BytesIO(), io.BytesIO(b"\x89PNG\r\n\x1a\nno more")])
def test_damage_is_told_without_a_name(source: Any) -> None:
    with pytest.raises(ImageError, match="cannot read the image: "):
        read_image(source)


def test_an_open_file_is_named(path: Path) -> None:
    path.write_bytes(b"text")
    with path.open("rb") as file, pytest.raises(ImageError, match=r"a\.png: it is not an image"):
        read_image(file)


def test_closed_and_text_files_are_refused(path: Path) -> None:
    file = path.open("rb")
    file.close()
    with pytest.raises(ImageError, match="closed file"):
        read_image(file)
    with pytest.raises(OptionError, match="binary mode"):
        read_image(io.StringIO("text"))  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 3, ["a.png"], np.zeros((4, 4), np.uint8), Picture(np.zeros((4, 4), np.uint8))])
def test_other_things_are_no_source(given: Any) -> None:
    assert not is_source(given)
    with pytest.raises(OptionError, match="a path, bytes or an open file"):
        read_image(given)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_path_must_be_that_of_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")
