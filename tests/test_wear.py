"""Noise and JPEG: their names, their numbers, and images worn by them."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.errors import OptionError
from srcnn.wear import NO_WEAR, Wear, checked_wear, compress, jpeg_factor, parse_wear, wear_down

RGB = np.random.default_rng(2).integers(40, 200, (48, 64, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "wear"),
    [
        ("jpeg75", Wear(75)),
        ("noise10", Wear(None, 10)),
        ("noise2.5", Wear(None, 2.5)),
        ("noise5+jpeg75", Wear(75, 5)),
    ],
)
def test_names(name: str, wear: Wear) -> None:
    assert parse_wear(name) == wear


@pytest.mark.parametrize("name", ["", "+", "jpeg", "jpeg75+noise5", "noise5jpeg75", "noise5+", "jpeg75+", "Jpeg75"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError, match="a degradation is named"):
        parse_wear(name)


@given(st.floats(1, 99), st.floats(0.5, 1))
def test_a_network_is_told_more_of_a_worse_jpeg(quality: float, step: float) -> None:
    worse, better = Wear(quality), Wear(min(100, quality + step))
    assert worse.planes[0] > better.planes[0] >= 0
    assert worse.planes[1] == 0


def test_what_a_network_is_told() -> None:
    assert NO_WEAR.planes == (0, 0)
    assert Wear(50, 25).planes == pytest.approx((np.log(5), 1))
    assert [jpeg_factor(quality) for quality in (100, 75, 50, 25)] == [0, 0.5, 1, 2]


@pytest.mark.parametrize("given", [(-1, None), (51, None), (True, None), ("3", None), (0, 0), (0, 101), (0, "75")])
def test_what_makes_no_sense_is_refused(given: tuple[object, object]) -> None:
    with pytest.raises(OptionError, match=r"(noise|jpeg_quality) must be"):
        checked_wear(*given)


def test_worn_images_are_the_same_every_time_and_noise_comes_first() -> None:
    worn = wear_down(RGB, Wear(60, 8))
    np.testing.assert_array_equal(worn, wear_down(RGB, Wear(60, 8)))
    np.testing.assert_array_equal(worn, compress(wear_down(RGB, Wear(None, 8)), 60))
    np.testing.assert_array_equal(RGB, wear_down(RGB, NO_WEAR))
    noise = wear_down(RGB, Wear(None, 8)).astype(float) - RGB
    assert noise.std() == pytest.approx(8, rel=0.05)
    assert abs(noise.mean()) < 0.3


def test_compression_is_that_of_a_file() -> None:
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "JPEG", quality=40, subsampling=2)
    np.testing.assert_array_equal(compress(RGB, 40), np.asarray(Image.open(stream).convert("RGB")))
