"""BT.601 studio-range colour."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from srcnn.errors import ShapeError
from srcnn.image.colour import grey_bytes, grey_to_luma, luma_bytes, luma_to_grey, rgb_to_ycbcr, ycbcr_to_rgb

ROUNDING = 1e-6
rgb_bytes = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6).map(lambda shape: (*shape, 3)))
rgb_floats = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6).map(lambda shape: (*shape, 3)),
    elements=st.floats(0, 1, width=32),
)


# Rec. ITU-R BT.601-7, section 2.5: the 100 % colour bars in 8-bit studio levels.
BARS = {
    (255, 255, 255): (235, 128, 128),
    (255, 255, 0): (210, 16, 146),
    (0, 255, 255): (170, 166, 16),
    (0, 255, 0): (145, 54, 34),
    (255, 0, 255): (106, 202, 222),
    (255, 0, 0): (81, 90, 240),
    (0, 0, 255): (41, 240, 110),
    (0, 0, 0): (16, 128, 128),
}


@pytest.mark.parametrize("rgb", BARS)
def test_colour_bars_have_the_standards_levels(rgb: tuple[int, int, int]) -> None:
    ycbcr = rgb_to_ycbcr(np.array([[rgb]]) / 255.0)[0, 0] * 255
    np.testing.assert_array_equal(np.floor(ycbcr + 0.5), BARS[rgb])


def test_black_is_16_and_white_is_235() -> None:
    image = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    np.testing.assert_array_equal(luma_bytes(image), [[16, 235]])
    np.testing.assert_allclose(rgb_to_ycbcr(image / 255.0)[..., 0], [[16 / 255, 235 / 255]], atol=1e-15)


def test_luma_is_rounded_half_up_exactly() -> None:
    """Exact ties, of which double precision rounds every fifth down, and a coarse cube of colours, against rational
    arithmetic.
    """
    weights = [65481, 128553, 24966]
    levels = range(0, 256, 15)
    colours = [(r, g, b) for r in levels for g in levels for b in levels]
    # 255000 * (luma - 16) = 65481 r + 128553 g + 24966 b; a tie is an odd multiple of half of 255000.
    red, green = (axis.ravel() for axis in np.meshgrid(*2 * [np.arange(256, dtype=np.int32)], indexing="ij"))
    before = len(colours)
    for blue in range(256):
        ties = (weights[0] * red + weights[1] * green + weights[2] * blue) % 255_000 == 127_500
        colours += [(r, g, blue) for r, g in zip(red[ties].tolist(), green[ties].tolist(), strict=True)]
    assert len(colours) - before == 194
    exact = [
        math.floor(Fraction(sum(w * c for w, c in zip(weights, rgb, strict=True)), 255_000) + Fraction(33, 2))
        for rgb in colours
    ]
    np.testing.assert_array_equal(luma_bytes(np.array([colours], np.uint8))[0], exact)


def test_grey_is_that_of_rgb2gray() -> None:
    # 0.2989 R + 0.5870 G + 0.1140 B, as the manual of rgb2gray prints it
    colours = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 200, 30]]], np.uint8)
    assert grey_bytes(colours).tolist() == [[255, 0, 76, 150, 29, 124]]
    assert grey_bytes(colours[..., 0]).tolist() == colours[..., 0].tolist()
    with pytest.raises(ShapeError, match="8-bit"):
        grey_bytes(colours.astype(np.float32))


def test_a_grey_image_is_its_own_luma() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    luma = luma_bytes(grey)
    np.testing.assert_array_equal(luma, grey)
    assert luma is not grey


@given(rgb_bytes)
def test_byte_luma_is_the_float_luma_rounded(image: NDArray[np.uint8]) -> None:
    luma = luma_bytes(image)
    assert luma.dtype == np.uint8
    assert luma.shape == image.shape[:2]
    assert np.abs(luma - rgb_to_ycbcr(image / 255.0)[..., 0] * 255).max() <= 0.5 + 1e-9


@given(rgb_floats)
def test_ycbcr_round_trip(image: NDArray[np.float32]) -> None:
    ycbcr = rgb_to_ycbcr(image)
    assert ycbcr.dtype == np.float32
    np.testing.assert_allclose(ycbcr_to_rgb(ycbcr), image, atol=2 * ROUNDING)


@given(rgb_floats)
def test_studio_range_is_kept(image: NDArray[np.float32]) -> None:
    luma, *chroma = np.moveaxis(rgb_to_ycbcr(image.astype(np.float64)), 2, 0) * 255
    assert luma.min() >= 16 - 1e-9
    assert luma.max() <= 235 + 1e-9
    assert np.min(chroma) >= 16 - 1e-9
    assert np.max(chroma) <= 240 + 1e-9


@given(rgb_floats)
def test_a_pixel_does_not_depend_on_the_size_of_its_image(image: NDArray[np.float32]) -> None:
    whole = rgb_to_ycbcr(image)
    np.testing.assert_array_equal(rgb_to_ycbcr(image[:1, :1]), whole[:1, :1])


@given(hnp.arrays(np.float32, (4, 5), elements=st.floats(0, 1, width=32)))
def test_grey_and_luma_are_inverse(grey: NDArray[np.float32]) -> None:
    luma = grey_to_luma(grey)
    np.testing.assert_allclose(luma_to_grey(luma), grey, atol=ROUNDING)
    np.testing.assert_allclose(rgb_to_ycbcr(np.dstack([grey] * 3))[..., 0], luma, atol=ROUNDING)


@pytest.mark.parametrize("image", [np.zeros((3, 3)), np.zeros((3, 3, 4)), np.zeros((3, 3, 1))])
def test_colour_conversion_wants_three_bands(image: NDArray[Any]) -> None:
    with pytest.raises(ShapeError, match=r"\(H, W, 3\)"):
        rgb_to_ycbcr(image)


def test_byte_luma_refuses_floats() -> None:
    with pytest.raises(ShapeError, match="8-bit"):
        luma_bytes(np.zeros((2, 2, 3)))  # type: ignore[arg-type]
