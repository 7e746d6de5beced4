"""How worn an image is: tables are read exactly, pixels believed only where they are clear."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from srcnn.automatic import choose
from srcnn.errors import OptionError
from srcnn.estimate import estimate_wear
from srcnn.estimate.noise import _structure_of_noise, estimate_noise
from srcnn.estimate.quality import _coefficients, estimate_quality
from srcnn.estimate.tables import libjpeg_table, quality_of_table
from srcnn.files.io import read_image
from srcnn.files.picture import Metadata
from srcnn.image.arrays import Bytes
from srcnn.wear import MAX_NOISE, Wear, compress


def natural(seed: int = 0, size: int = 160) -> Bytes:
    """Smooth fields, edges and fine texture that is alike in all colours, as in a photograph."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    base = 120 + 50 * np.sin(rows / 17 + seed) * np.cos(columns / 23) + 30 * ((rows // 37 + columns // 29) % 2)
    base = base + np.where(columns > size // 2, rng.normal(0, 9, (size, size)), 0)
    tint = np.array([1.0, 0.95, 0.85])
    return np.asarray(np.clip(base[..., None] * tint, 1, 254), np.uint8)


def noisy(image: Bytes, sigma: float) -> Bytes:
    noise = np.random.default_rng(9).normal(0, sigma, image.shape)
    return np.clip(np.round(image + noise), 0, 255).astype(np.uint8)


def table_of(quality: int) -> list[int]:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "JPEG", quality=quality)
    opened: Any = Image.open(stream)
    return list(opened.quantization[0])


@pytest.mark.parametrize("quality", [1, 5, 20, 30, 49, 50, 51, 75, 90, 95, 99, 100])
def test_libjpegs_own_tables_give_their_quality_exactly(quality: int) -> None:
    table = table_of(quality)
    np.testing.assert_array_equal(libjpeg_table(quality), table)
    assert quality_of_table(table) == quality


@given(st.integers(10, 98), st.floats(0.9, 1.1))
def test_another_encoders_table_comes_near(quality: int, other: float) -> None:
    table = np.clip(np.round(libjpeg_table(quality) * other), 1, 255).astype(int)
    assert quality_of_table(table.tolist()) == pytest.approx(quality, abs=7)


@pytest.mark.parametrize("table", [[], [1] * 63, [0] * 64])
def test_no_table(table: list[int]) -> None:
    with pytest.raises(OptionError, match="64 positive"):
        quality_of_table(table)


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 95])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_jpeg_kept_as_something_else_is_recognised(quality: int, seed: int) -> None:
    assert estimate_quality(compress(natural(seed), quality)) == pytest.approx(quality, abs=1)


def test_a_shifted_grid_is_found() -> None:
    assert estimate_quality(compress(natural(2, 240), 50)[3:, 5:]) == pytest.approx(50, abs=1)


def test_grey_jpegs_too() -> None:
    assert estimate_quality(compress(natural(), 60)[..., 1]) is not None


@pytest.mark.parametrize("seed", range(4))
def test_what_never_was_a_jpeg_is_not_taken_for_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for image in (natural(seed), noisy(natural(seed), 10), rng.integers(0, 256, (128, 128, 3)).astype(np.uint8)):
        assert estimate_quality(image) is None


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((99, 99), np.uint8),
        np.full((80, 80, 3), 255, np.uint8),
        np.tile(np.arange(96, dtype=np.uint8), (96, 1)),
    ],
)
def test_drawings_are_clean(image: Bytes) -> None:
    assert estimate_wear(image) == Wear()


@pytest.mark.parametrize("sigma", [4, 10, 25])
def test_noise_of_a_colour_image(sigma: float) -> None:
    assert estimate_noise(noisy(natural(), sigma)) == pytest.approx(sigma, rel=0.2)


def test_texture_alike_in_all_colours_is_no_noise() -> None:
    assert estimate_noise(natural()) == 0.0


def test_noise_of_a_grey_image() -> None:
    rows, columns = np.mgrid[:160, :160]
    grey = (120 + 60 * np.sin(rows / 20) * np.cos(columns / 30)).astype(np.uint8)
    assert estimate_noise(grey) == 0.0
    assert estimate_noise(noisy(grey, 12)) == pytest.approx(12, rel=0.2)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize(("sigma", "quality"), [(6, 95), (10, 95), (10, 90), (15, 80), (20, 90), (20, 75)])
def test_noise_under_a_jpeg_whose_chroma_tells_nothing(sigma: float, quality: int, grey: bool) -> None:
    image = natural(size=320)[..., 1] if grey else natural(size=320)
    found = estimate_noise(compress(noisy(image, sigma), quality), table_of(quality))
    assert found == pytest.approx(sigma, rel=0.25)


@pytest.mark.parametrize("flat", [6, 12])
def test_noise_under_the_table_of_another_encoder(flat: int) -> None:
    """Its quality by libjpeg's scale says little of the fine frequencies, in which noise is found."""
    stream = io.BytesIO()
    Image.fromarray(noisy(natural(size=320), 15)).save(stream, "JPEG", qtables=[[flat] * 64] * 2, subsampling=2)
    assert choose("photo", *parts(stream)).wear.noise == pytest.approx(15, rel=0.25)


def parts(stream: io.BytesIO) -> tuple[Bytes, Metadata]:
    picture = read_image(stream.getvalue())
    return picture.pixels, picture.metadata


@pytest.mark.parametrize("quality", [98, 95, 90, 80, 60, 30])
@pytest.mark.parametrize("seed", range(3))
def test_a_jpeg_without_noise_has_none(quality: int, seed: int) -> None:
    assert estimate_noise(compress(natural(seed, 320), quality), table_of(quality)) == 0.0


@pytest.mark.parametrize("quality", [1, 5, 10, 20, 50])
def test_no_noise_is_seen_where_the_quantiser_leaves_none(quality: int) -> None:
    """Whatever texture is left in the flattest blocks, only very strong noise could have left it."""
    rng = np.random.default_rng(quality)
    texture = np.clip(128 + rng.normal(0, 12, (96, 96, 1)) * np.array([1.0, 0.95, 0.85]), 0, 255).astype(np.uint8)
    assert estimate_noise(compress(texture, quality), table_of(quality)) == 0.0


def test_noise_that_is_alike_in_all_colours() -> None:
    grain = np.random.default_rng(4).normal(0, 9, (160, 160, 1))
    smooth = np.linspace(60, 180, 160)[:, None, None] * np.array([1.0, 0.9, 0.8])
    assert estimate_noise(np.round(smooth + grain).astype(np.uint8)) == pytest.approx(9, rel=0.2)


def test_texture_coarser_than_noise_is_none() -> None:
    """Everywhere alike, as noise is, but stronger at twice the size: grass, fur, water."""
    rng = np.random.default_rng(5)
    texture = rng.normal(0, 9, (256, 256)) + np.kron(rng.normal(0, 20, (128, 128)), np.ones((2, 2)))
    assert estimate_noise(np.clip(np.round(128 + texture), 1, 254).astype(np.uint8)) == 0.0


@pytest.mark.parametrize("quality", [0, 95, 75])
def test_more_noise_has_more_structure_whatever_the_quantiser(quality: int) -> None:
    curves = _structure_of_noise(tuple(table_of(quality)) if quality else None)
    assert (np.diff(curves, axis=0) >= 0).all()
    # What JPEG leaves of strong noise is as strong as it was.
    np.testing.assert_allclose(curves[-1], _structure_of_noise(None)[-1], rtol=0.1)


@pytest.mark.parametrize("shape", [(128, 128), (128, 128, 3)])
def test_more_noise_than_a_network_can_be_told_of_is_the_most_it_can(shape: tuple[int, ...]) -> None:
    assert estimate_noise(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)) == MAX_NOISE


def test_a_block_with_a_clipped_pixel_says_nothing() -> None:
    luma = np.random.default_rng(0).normal(0, 20, (16, 24))
    clipped = np.zeros(luma.shape, bool)
    whole = _coefficients(luma, clipped)
    assert len(whole) == 6
    clipped[3, 17] = True  # in the upper right of the six blocks
    found = _coefficients(luma, clipped)
    assert len(found) == 5
    assert {tuple(row) for row in found} < {tuple(row) for row in whole}


def test_small_and_deep_images_are_taken_for_clean() -> None:
    small: NDArray[Any] = noisy(natural(), 20)[:40, :40]
    assert estimate_wear(small) == Wear()
    assert estimate_wear(noisy(natural(), 20).astype(np.uint16) * 257) == Wear()


@pytest.mark.parametrize(("quality", "noise"), [(0, 0), (101, 0), (None, -1), (None, 51)])
def test_wear_out_of_range(quality: float | None, noise: float) -> None:
    with pytest.raises(OptionError, match="must be from"):
        Wear(quality, noise)


def test_what_a_network_is_told() -> None:
    assert Wear().planes == (0.0, 0.0)
    assert Wear(100).planes == (0.0, 0.0)
    assert Wear(50, 25).planes == pytest.approx((np.log(5), 1.0))
    assert Wear(30).planes[0] > Wear(75).planes[0] > Wear(95).planes[0] > 0
