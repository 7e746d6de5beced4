"""Checks at the public door and conversion between floats and 8 or 16 bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from srcnn.errors import RangeError, ShapeError, SrcnnError
from srcnn.image.arrays import check_image, check_plane, to_floats, to_integers


@pytest.mark.parametrize("shape", [(5,), (4, 4, 1), (4, 4, 2), (4, 4, 4), (1, 4, 4, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"hr must have shape \(H, W\) or \(H, W, 3\)"):
        check_image(np.zeros(shape), "hr")


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (0, 0, 3)])
def test_empty_images_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="empty"):
        check_image(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    image = np.zeros((3, 3), np.float32)
    image[1, 1] = value
    with pytest.raises(RangeError, match="NaN or infinite"):
        check_image(image)


def test_a_plane_has_no_colours() -> None:
    check_plane(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="one plane"):
        check_plane(np.zeros((2, 3, 3)))


def test_errors_are_both_ours_and_the_built_in_kind() -> None:
    with pytest.raises(SrcnnError):
        check_image(np.zeros(3))
    with pytest.raises(ValueError, match="shape"):
        check_image(np.zeros(3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("floats", [np.float32, np.float64])
def test_every_value_survives_the_round_trip(dtype: type[np.uint8], floats: type[np.float64]) -> None:
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(16, -1)
    back = to_integers(to_floats(values, floats), dtype)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, values)


def test_halves_round_up_and_the_rest_is_clipped() -> None:
    values = np.array([[-1.0, -1e-9, 0.5 / 255, 1.5 / 255, 2.5 / 255, 1.0, 7.0]])
    np.testing.assert_array_equal(to_integers(values), [[0, 0, 1, 2, 3, 255, 255]])


def test_black_and_white_are_zero_and_one() -> None:
    for dtype in (np.uint8, np.uint16):
        ends = np.array([[0, np.iinfo(dtype).max]], dtype)
        np.testing.assert_array_equal(to_floats(ends), [[0.0, 1.0]])


def test_floats_pass_and_other_integers_do_not() -> None:
    values = np.array([[0.25, 0.5]], np.float32)
    assert to_floats(values) is values
    assert to_floats(values, np.float64).dtype == np.float64
    with pytest.raises(RangeError, match="int64"):
        to_floats(np.array([[1, 2]]))


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(0, 1)))
def test_rounding_moves_by_half_a_level_at_most(values: NDArray[np.float64]) -> None:
    for dtype in (np.uint8, np.uint16):
        white = np.iinfo(dtype).max
        assert np.abs(to_floats(to_integers(values, dtype), np.float64) - values).max() <= 0.5 / white + 1e-12
