"""Sheets: pixels come out as they are, frames and words where they were put, equal bytes for equal input."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.errors import OptionError
from srcnn.visualise.canvas import (
    Frame,
    Label,
    PlacedImage,
    Sheet,
    columns_for,
    magnified,
    resized,
    text_width,
)

RNG = np.random.default_rng(0)


def drawn(sheet: Sheet) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sheet.encode())).convert("RGB"))


@pytest.mark.parametrize("shape", [(23, 37, 3), (23, 37)])
def test_a_images_pixels_come_out_as_they_are(shape: tuple[int, ...]) -> None:
    pixels = RNG.integers(0, 256, shape).astype(np.uint8)
    found = drawn(Sheet(120, 90, images=(PlacedImage(pixels, 31, 17),)))
    assert found.shape == (90, 120, 3)
    np.testing.assert_array_equal(found[17:40, 31:68], pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    around = found.copy()
    around[17:40, 31:68] = 255
    assert (around == 255).all()


def test_a_frame_lies_around_its_pixels_and_on_top() -> None:
    black = np.zeros((80, 80), np.uint8)
    found = drawn(Sheet(80, 80, images=(PlacedImage(black, 0, 0),), frames=(Frame(20, 30, 40, 20),)))
    coloured = np.abs(found.astype(int) - found.mean(axis=2, keepdims=True)).max(axis=2) > 60
    rows, columns = np.flatnonzero(coloured.any(axis=1)), np.flatnonzero(coloured.any(axis=0))
    assert abs(rows[0] - 30) <= 3
    assert abs(rows[-1] - 50) <= 3
    assert abs(columns[0] - 20) <= 3
    assert abs(columns[-1] - 60) <= 3
    assert not coloured[36:44, 26:54].any()  # the inside is free


def test_words_take_the_width_they_say() -> None:
    words = Label("24.04 dB / 0.8216", 10, 10, 11, bold=True, centred=False)
    dark = np.flatnonzero((drawn(Sheet(300, 40, words=(words,))) < 128).any(axis=(0, 2)))
    assert dark[0] >= 9
    assert dark[-1] <= 10 + words.width
    assert words.width - (dark[-1] - dark[0]) < 8


def test_dollar_signs_are_letters() -> None:
    assert text_width("$x$", 10) > text_width("x", 10)
    assert drawn(Sheet(60, 30, words=(Label("a_$b$", 30, 5),))).min() < 128


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_equal_sheets_make_equal_bytes(kind: str) -> None:
    sheet = Sheet(
        80, 60, (PlacedImage(np.zeros((8, 8), np.uint8), 4, 4),), (Label("name", 40, 30),), (Frame(5, 5, 9, 9),)
    )
    assert sheet.encode(kind) == sheet.encode(kind)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(OptionError, match="'gif'"):
        Sheet(10, 10).encode("gif")


@given(st.integers(1, 80), st.integers(10, 300), st.integers(10, 300))
def test_columns_leave_no_row_empty(count: int, width: int, height: int) -> None:
    columns = columns_for(count, width, height)
    assert 1 <= columns <= count
    assert columns * -(-count // columns) - count < columns


def test_sizes() -> None:
    np.testing.assert_array_equal(magnified(np.array([[1, 2]], np.uint8), 2), [[1, 1, 2, 2], [1, 1, 2, 2]])
    assert resized(RNG.integers(0, 256, (30, 40, 3)).astype(np.uint8), 10, 13).shape == (10, 13, 3)
