"""What the page makes in a browser is what ``srcnn upscale -m fast`` makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import srcnn

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


def check(page: Page, path: Path, scale: int, engine: str) -> None:
    picture = srcnn.upscale(srcnn.read_image(path), scale=scale, model="fast")
    expected = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    found = page.upscaled(path, scale=scale, engine=engine)
    assert_close(found, expected)
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


@pytest.mark.parametrize(("scale", "size"), [(2, (431, 203)), (3, (193, 197)), (4, (200, 195))], ids=str)
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
    path = saved(tmp_path, image_of(50, 40, 1))
    expected = srcnn.upscale(srcnn.read_image(path), scale=2, model="fast").pixels
    assert_close(page.upscaled(path, scale=2, engine="wasm"), np.dstack([expected] * 3))


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_images_are_upright(page: Page, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, image_of(64, 40), "image.jpg", exif=exif, quality=95, subsampling=0)
    check(page, path, 2, "wasm")
