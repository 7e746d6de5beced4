"""What a method is given of an image and what is measured of its result."""

import numpy as np
import pytest

from srcnn.degrade import degrade
from srcnn.errors import ShapeError
from srcnn.image.arrays import to_floats
from srcnn.image.colour import luma_bytes
from srcnn.methods.protocol import make_hr, make_lr, measured_luma

RGB = np.random.default_rng(0).integers(0, 256, (17, 20, 3), np.uint8)


def test_ground_truth_is_cut_to_a_multiple_of_the_scale() -> None:
    np.testing.assert_array_equal(make_hr(RGB, 3), RGB[:15, :18])
    np.testing.assert_array_equal(make_hr(RGB.astype(np.uint16) * 257, 3), RGB[:15, :18])


def test_a_image_smaller_than_the_scale_is_refused() -> None:
    with pytest.raises(ShapeError):
        make_hr(RGB[:2], 3)


def test_a_method_on_luma_gets_the_luma_of_8_bits() -> None:
    hr = make_hr(RGB, 3)
    np.testing.assert_array_equal(make_lr(hr, 3, "luma"), degrade(to_floats(luma_bytes(hr)), 3))


def test_a_method_on_colour_gets_colour_also_of_a_grey_image() -> None:
    grey = make_hr(RGB[..., 0], 3)
    assert make_lr(make_hr(RGB, 3), 3, "rgb").shape == (5, 6, 3)
    lr = make_lr(grey, 3, "rgb")
    assert lr.shape == (5, 6, 3)
    np.testing.assert_array_equal(lr[..., 0], lr[..., 2])


def test_luma_of_a_result() -> None:
    np.testing.assert_array_equal(measured_luma(to_floats(RGB), grey=False), luma_bytes(RGB))
    np.testing.assert_array_equal(measured_luma(to_floats(RGB[..., 0]), grey=True), RGB[..., 0])
    np.testing.assert_array_equal(
        measured_luma(to_floats(RGB[..., :1].repeat(3, 2)), grey=True), RGB[..., 0]
    )  # grey is its own luma
