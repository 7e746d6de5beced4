"""An image through several methods as it is: what a user's own file becomes, without an original."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import srcnn
from srcnn.errors import OptionError
from srcnn.files import read_image
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes
from srcnn.visualise.as_is import PART, compare_as_is
from srcnn.visualise.before_after import before_after_page
from srcnn.visualise.crop import Crop
from srcnn.visualise.sheet import draw_sheet


def photo(height: int = 260, width: int = 420) -> Bytes:
    """Smooth, with a busy spot at the right."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x // 2, y // 2, (x + y) // 4], axis=-1).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 60, (60, 60, 3), np.uint8)
    if width > 390:
        pixels[100:160, 330:390] += noise
    return pixels


@pytest.mark.parametrize("model", ["fast", "best", "photo", "bicubic", "a+"])
def test_a_part_is_what_the_whole_image_becomes(model: str) -> None:
    pixels, crop = photo(), Crop(180, 90, 50, 40)
    (shown,) = compare_as_is(Picture(pixels), [model], 2, part=crop).results
    whole = srcnn.upscale(pixels, scale=2, model=model)
    np.testing.assert_allclose(shown.pixels.astype(int), whole[180:260, 360:460].astype(int), atol=1)


def test_of_a_large_image_the_part_with_most_detail() -> None:
    made = compare_as_is(Picture(photo()), ["bicubic", "fast"], 2)
    assert made.part is not None
    assert (made.part.width, made.part.height) == (PART, PART)
    assert made.part.x <= 330
    assert made.part.x + PART >= 390
    assert made.part.y <= 100
    assert made.part.y + PART >= 160
    np.testing.assert_array_equal(made.original.pixels[::2, ::2], made.part.of(photo()))
    assert {result.pixels.shape for result in made.all} == {(2 * PART, 2 * PART, 3)}


def test_a_small_image_is_shown_whole() -> None:
    made = compare_as_is(Picture(photo(50, 70)[..., 0]), ["fast"], 3)
    assert made.part is None
    assert made.results[0].pixels.shape == (150, 210)
    assert len(draw_sheet(made).images) == 2


def test_it_says_what_the_models_were_told(tmp_path: Path) -> None:
    Image.fromarray(photo()).save(tmp_path / "photo.jpg", quality=40)
    made = compare_as_is(read_image(tmp_path / "photo.jpg"), ["bicubic", "fast", "photo", "auto"], 3)
    captions = {result.name: result.caption for result in made.results}
    assert captions["bicubic"] == ""
    assert captions["fast"] == "plain-s"
    assert "JPEG quality 40" in captions["photo"]
    assert captions["auto"].startswith("photo, JPEG quality 40")
    clean = compare_as_is(Picture(photo(50, 70)), ["photo"], 2)
    assert clean.results[0].caption == "no wear found"


def test_the_sheet_frames_the_part_and_speaks_of_no_scores() -> None:
    made = compare_as_is(Picture(photo()), ["bicubic", "fast"], 2, title="mine")
    sheet = draw_sheet(made)
    texts = [words.text for words in sheet.words]
    assert "the input and the part shown" in texts
    assert f"mine, x2: {PART}x{PART} of 420x260 pixels, shown pixel for pixel." in texts
    (frame,) = sheet.frames
    factor = sheet.images[0].pixels.shape[1] / 420
    assert frame.width == pytest.approx(PART * factor, rel=0.02)


def test_the_page_speaks_of_no_scores() -> None:
    page = before_after_page(compare_as_is(Picture(photo(40, 40)), ["bicubic", "fast"], 2))
    assert '"measured": false' in page


def test_wrong_use_is_told_before_anything_is_upscaled() -> None:
    told: list[str] = []
    with pytest.raises(OptionError, match="bicubik"):
        compare_as_is(Picture(photo()), ["bicubic", "bicubik"], 2, report=told.append)
    assert not told
    for methods, scale in (([], 2), (["bicubic"], 1)):
        with pytest.raises(OptionError):
            compare_as_is(Picture(photo()), methods, scale)
