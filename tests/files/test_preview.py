"""How images print and show themselves: one line, and a PNG that is never large."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from srcnn.files.picture import Metadata, Picture
from srcnn.files.preview import preview


def shown(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture._repr_png_()))
    assert image.format == "PNG"
    return image


def test_an_image_prints_in_one_line() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    assert repr(Picture(pixels, None, Metadata(format="JPEG"))) == "Picture(640x480, RGB, 8 bits, JPEG)"
    assert repr(Picture(pixels, pixels[..., 0])) == "Picture(640x480, RGB with alpha, 8 bits, made in memory)"


def test_a_small_image_is_shown_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 31, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(shown(Picture(pixels))), pixels)
    alpha = pixels[..., 1].copy()
    np.testing.assert_array_equal(np.asarray(shown(Picture(pixels, alpha)))[..., 3], alpha)


@pytest.mark.parametrize(
    ("shape", "size"), [((1500, 3000, 3), (1024, 512)), ((9000, 30), (3, 1024)), ((5, 20000), (1024, 1))]
)
def test_a_large_image_is_reduced(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    image = shown(Picture(np.full(shape, 77, np.uint8)))
    assert image.size == size
    assert set(np.unique(np.asarray(image))) == {77}


def test_a_large_image_is_averaged_and_not_only_thinned_out() -> None:
    lines = np.zeros((64, 2048), np.uint8)
    lines[:, ::2] = 200
    assert set(np.unique(np.asarray(shown(Picture(lines))))) == {100}


def test_16_bits_are_shown_in_8_with_their_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Picture(np.full((4, 5, 3), 257 * 9, np.uint16), None, Metadata(icc=profile))
    assert np.asarray(Image.open(io.BytesIO(preview(picture)))).max() == 9
    assert b"iCCP" in preview(picture)
