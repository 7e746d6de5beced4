"""Crops: read, cut, refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import OptionError
from srcnn.visualise.crop import Crop, parse_crop, strongest


@given(st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(1, 999), st.integers(1, 999)))
def test_a_crop_is_read_as_it_is_written(numbers: tuple[int, int, int, int]) -> None:
    crop = Crop(*numbers)
    assert parse_crop(str(crop)) == crop


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,2,3,4", "0,0,0,5", "0,0,5,-1"])
def test_what_is_no_crop_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="a crop"):
        parse_crop(text)


def test_x_counts_columns_and_y_rows() -> None:
    pixels = np.arange(12).reshape(3, 4).astype(np.uint8)
    np.testing.assert_array_equal(Crop(1, 2, 3, 1).of(pixels), [[9, 10, 11]])


@pytest.mark.parametrize("numbers", [(-1, 0, 2, 2), (0, -1, 2, 2), (0, 0, 0, 1), (0.5, 0, 1, 1), ("0", 0, 1, 1)])
def test_a_crop_is_made_of_whole_numbers(numbers: tuple[Any, ...]) -> None:
    with pytest.raises(OptionError, match="of a crop must be a whole number"):
        Crop(*numbers)


@pytest.mark.parametrize("crop", [Crop(3, 0, 2, 1), Crop(0, 2, 1, 2)])
def test_a_crop_outside_of_the_image_is_refused(crop: Crop) -> None:
    with pytest.raises(OptionError, match="the image has 4x3 pixels"):
        crop.of(np.zeros((3, 4), np.uint8))


def test_the_strongest_part() -> None:
    values = np.zeros((20, 30), np.float32)
    values[5:8, 21:25] = 1
    found = strongest(values, 6, 4)
    assert (found.width, found.height) == (6, 4)
    assert found.of(values).sum() == 12
    assert strongest(values, 99, 99) == Crop(0, 0, 30, 20)
    assert strongest(np.zeros((3, 3)), 2, 2) == Crop(0, 0, 2, 2)
