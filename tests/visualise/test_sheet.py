"""The comparison sheet: every method with its scores, the crop magnified, its frame on the whole."""

import numpy as np
import pytest

from srcnn.errors import OptionError
from srcnn.image.arrays import Bytes
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import Crop
from srcnn.visualise.sheet import LARGEST, SMALLEST, draw_sheet


def made(height: int = 300, width: int = 400, names: tuple[str, ...] = ("bicubic", "a+", "best")) -> Comparison:
    rng = np.random.default_rng(0)

    def image() -> Bytes:
        return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)

    results = tuple(Result(name, image(), {"psnr": 24.04 + i, "ssim": 0.8216}) for i, name in enumerate(names))
    return Comparison("butterfly", 3, Result("original", image()), results)


def test_every_method_stands_with_its_scores() -> None:
    comparison = made()
    sheet = draw_sheet(comparison)
    texts = [words.text for words in sheet.words]
    for name, psnr in (("bicubic", "24.04"), ("a+", "25.04"), ("best", "26.04")):
        assert texts[texts.index(name) + 1] == f"{psnr} dB / 0.8216"
    assert "original" in texts
    for placed, result in zip(sheet.images, comparison.all, strict=True):
        np.testing.assert_array_equal(placed.pixels, result.pixels)


def test_a_crop_is_magnified_by_whole_pixels_and_framed_on_the_whole() -> None:
    comparison, crop = made(), Crop(100, 60, 50, 40)
    sheet = draw_sheet(comparison, crop)
    whole, *parts = sheet.images
    times = -(-SMALLEST // 50)
    for placed, result in zip(parts, comparison.all, strict=True):
        np.testing.assert_array_equal(placed.pixels[::times, ::times], crop.of(result.pixels))
    (frame,) = sheet.frames
    factor = whole.pixels.shape[0] / 300
    assert frame.left - whole.left == pytest.approx(100 * factor, abs=0.5)
    assert frame.top - whole.top == pytest.approx(60 * factor, abs=0.5)
    assert (frame.width, frame.height) == pytest.approx((50 * factor, 40 * factor))


@pytest.mark.parametrize("crop", [None, Crop(0, 0, 20, 60)])
@pytest.mark.parametrize(
    "names", [("bicubic",), tuple(f"a method of a rather long name, number {i}" for i in range(7))]
)
def test_nothing_is_cut_and_nothing_overlaps(crop: Crop | None, names: tuple[str, ...]) -> None:
    sheet = draw_sheet(made(60, 60, names), crop)
    boxes = [(p.left, p.top, p.left + p.pixels.shape[1], p.top + p.pixels.shape[0]) for p in sheet.images]
    for words in sheet.words:
        left = words.x - words.width / 2 if words.centred else words.x
        boxes.append((int(left), int(words.top), int(left + words.width), int(words.top + words.size)))
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= sheet.width
        assert bottom <= sheet.height
        for other in boxes[:i]:
            assert min(right, other[2]) <= max(left, other[0]) or min(bottom, other[3]) <= max(top, other[1])


def test_a_large_image_is_reduced_and_the_foot_says_so() -> None:
    sheet = draw_sheet(made(60, LARGEST + 300, ("bicubic",)))
    assert {p.pixels.shape[1] for p in sheet.images} == {LARGEST}
    assert f"reduced from {LARGEST + 300}x60" in sheet.words[-1].text


def test_a_crop_outside_is_refused() -> None:
    with pytest.raises(OptionError, match="the image has 400x300 pixels"):
        draw_sheet(made(), Crop(390, 0, 20, 20))
