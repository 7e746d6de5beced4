"""What the page makes in a browser is what ``srcnn upscale`` makes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageCms

import srcnn
from srcnn import weights
from srcnn.files.metadata.coding import ColourCoding, profile_of
from tests.page.conftest import FOR_PHOTOGRAPHS

if TYPE_CHECKING:
    from tests.page.conftest import Page

pytestmark = pytest.mark.slow

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
ENGINES = ("webgl", "wasm", "js")


def image_of(width: int, height: int, bands: int = 3) -> Bytes:
    """Smooth colours, edges, fine stripes that a network is not to be trusted with, and noise."""
    rng = np.random.default_rng(width * 1000 + height)
    y, x = np.mgrid[:height, :width]
    image = np.stack([127 + 120 * np.sin(x / (5 + band) + y / 9) for band in range(bands)], axis=-1)
    image[(x + 2 * y) % 37 > 30] = 250 if bands == 1 else [250, 20, 90, *[200] * (bands - 3)]
    stripes = (y > 2 * height // 3) & (x < width // 2)
    image[stripes] = np.where((x + y) % 2, 255, 0)[stripes][:, None]
    noisy = (y > 2 * height // 3) & (x >= width // 2)
    image[noisy] = rng.integers(0, 256, (int(noisy.sum()), bands))
    return np.asarray(np.clip(image, 0, 255).astype(np.uint8))


def assert_close(found: Bytes, expected: Bytes) -> None:
    """Within 1 of 255 for 99.9 % of the values, and within 2 for all."""
    assert found.shape == expected.shape
    difference = np.abs(found.astype(int) - expected)
    assert difference.max() <= 2
    assert (difference > 1).mean() <= 0.001


def check(page: Page, path: Path, scale: int, engine: str, model: str = "fast") -> None:
    picture = srcnn.upscale(srcnn.read_image(path), scale=scale, model=model)
    pixels = np.dstack([picture.pixels] * 3) if picture.pixels.ndim == 2 else picture.pixels
    expected = pixels if picture.alpha is None else np.dstack([pixels, picture.alpha])
    found = page.upscaled(path, scale=scale, engine=engine, model=model)
    assert_close(found, expected)
    assert page.run("return document.documentElement.dataset.model") == model
    assert page.run("return document.documentElement.dataset.engine") == engine


def saved(folder: Path, image: Bytes, name: str = "image.png", **options: Any) -> Path:
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("engine", ENGINES)
def test_pixels_are_those_of_the_command(page: Page, tmp_path: Path, scale: int, engine: str) -> None:
    check(page, saved(tmp_path, image_of(71, 53)), scale, engine)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 7), (3, 40)], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_images_smaller_than_what_a_network_sees(
    page: Page, tmp_path: Path, size: tuple[int, int], engine: str
) -> None:
    check(page, saved(tmp_path, image_of(*size)), 2, engine)


@pytest.mark.parametrize(("scale", "size"), [(2, (531, 203)), (3, (257, 261)), (4, (262, 259))], ids=str)
def test_tiles_do_not_show(page: Page, tmp_path: Path, scale: int, size: tuple[int, int]) -> None:
    check(page, saved(tmp_path, image_of(*size)), scale, "wasm")


def test_tiles_of_the_shaders_do_not_show(page: Page, tmp_path: Path) -> None:
    check(page, saved(tmp_path, image_of(521, 9)), 2, "webgl")


@pytest.mark.parametrize("engine", ["webgl", "wasm"])
def test_colour_under_transparency_does_not_bleed(page: Page, tmp_path: Path, engine: str) -> None:
    image = image_of(61, 47, 4)
    y, x = np.mgrid[:47, :61]
    distance = np.hypot(x - 30, y - 20)
    image[..., 3] = np.clip(255 * (22 - distance) / 6, 0, 255)
    image[distance > 24, :3] = [255, 0, 255]
    check(page, saved(tmp_path, image), 3, engine)


def test_faint_colours_are_read_as_they_are(page: Page, tmp_path: Path) -> None:
    image = image_of(40, 30, 4)
    image[..., 3] = 3  # in a canvas, all colours would become 0 or 85 or 170 or 255
    check(page, saved(tmp_path, image), 2, "wasm")


def test_grey_images(page: Page, tmp_path: Path) -> None:
    check(page, saved(tmp_path, image_of(50, 40, 1)), 2, "wasm")


def test_colours_become_srgb(page: Page, tmp_path: Path) -> None:
    profile = profile_of(ColourCoding(cicp=(12, 13)), grey=False)  # Display P3
    assert profile is not None
    y, x = np.mgrid[:60, :80]
    image = np.stack([120 + x, 130 - y, 100 + (x + y) // 2], axis=-1).astype(np.uint8)
    path = saved(tmp_path, image, icc_profile=profile)
    wide, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(Image.fromarray(image), wide, srgb)
    assert converted is not None
    assert np.abs(np.asarray(converted).astype(int) - image).max() > 9
    expected = srcnn.upscale(np.asarray(converted), scale=2, model="fast")
    found = page.upscaled(path, scale=2, engine="wasm", model="fast")
    assert np.abs(found.astype(int) - expected).max() <= 3, "two colour engines round differently"


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_images_are_upright(page: Page, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, image_of(64, 40), "image.jpg", exif=exif, quality=95, subsampling=0)
    check(page, path, 2, "wasm")


@pytest.mark.parametrize("engine", ENGINES)
def test_photographs_are_told_how_worn_they_are(photo_page: Page, tmp_path: Path, engine: str) -> None:
    path = saved(tmp_path, image_of(70, 66), "worn.jpg", quality=60)
    check(photo_page, path, 2, engine, "photo")
    assert "photo: JPEG quality 60" in photo_page.element("summary").text


@pytest.mark.parametrize("model", FOR_PHOTOGRAPHS)
@pytest.mark.parametrize(
    ("name", "bands", "options"),
    [("noise.png", 3, {}), ("alpha.png", 4, {}), ("grey.jpg", 1, {"quality": 40}), ("fine.jpg", 3, {"quality": 92})],
)
def test_photographs_of_every_kind(
    photo_page: Page, tmp_path: Path, name: str, bands: int, options: dict[str, int], model: str
) -> None:
    image = image_of(210, 90, bands)
    if name == "noise.png":
        noise = np.random.default_rng(0).normal(0, 12, image.shape)
        image = np.clip(image + noise, 0, 255).round().astype(np.uint8)
    check(photo_page, saved(tmp_path, image, name, **options), 2, "wasm", model)


def test_the_model_that_fits_is_taken(photo_page: Page, tmp_path: Path) -> None:
    worn = saved(tmp_path, image_of(70, 66), "worn.jpg", quality=60)
    clean = saved(tmp_path, np.full((66, 70, 3), 90, np.uint8), "clean.png")
    for path, model in ((worn, "photo"), (clean, "fast")):
        photo_page.upscaled(path, engine="wasm")
        assert photo_page.run("return document.documentElement.dataset.model") == model


def test_scales_that_a_model_lacks_cannot_be_chosen(photo_page: Page) -> None:
    shipped = {entry.card.scale for entry in weights.entries() if entry.card.name == "photo"}
    for model, scales in (("photo", shipped), ("fast", {2, 3, 4})):
        photo_page.open(model=model, scale=4)
        able = "return [...document.querySelectorAll('input[name=scale]:enabled')].map(e => Number(e.value))"
        assert set(photo_page.run(able)) == scales
        checked = photo_page.run("return Number(document.querySelector('input[name=scale]:checked').value)")
        assert checked == (4 if 4 in scales else min(scales))
