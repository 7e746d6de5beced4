"""The page with the slider: all images inside, nothing fetched, no name that breaks it."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import OptionError
from srcnn.visualise.before_after import before_after_page
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import Crop

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3)).astype(np.uint8)


def made(title: str = "butterfly", last: str = "best") -> Comparison:
    results = tuple(Result(name, PIXELS[i + 1], {"psnr": 30.0}) for i, name in enumerate(("bicubic", last)))
    return Comparison(title, 3, Result("original", PIXELS[0]), results)


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'id="data">({.*?})</script>', page)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


def test_every_image_is_inside_as_it_is() -> None:
    data = data_of(before_after_page(made()))
    images = data["images"]
    assert isinstance(images, list)
    assert [p["name"] for p in images] == ["original", "bicubic", "best"]
    for image, pixels in zip(images, PIXELS, strict=True):
        kind, _, coded = image["source"].partition(",")
        assert kind == "data:image/png;base64"
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(coded)))), pixels)
    assert (data["width"], data["height"], data["left"], data["right"]) == (30, 20, 1, 2)


def test_the_page_fetches_nothing() -> None:
    page = before_after_page(made())
    assert not re.search(r"https?://|(src|href)\s*=\s*[\"'](?!data:)", page)
    assert "{{" not in page
    assert "<title>butterfly x3" in page


@pytest.mark.parametrize("name", ["</script><b>{{data}}", "</SCRIPT ><b>", "<!--<script><b>"])
def test_neither_title_nor_name_can_end_the_script(name: str) -> None:
    plain = before_after_page(made())
    for page in (before_after_page(made(name)), before_after_page(made(last=name))):
        assert "<b>" not in page
        assert len(re.findall("(?i)</?script", page)) == len(re.findall("(?i)</?script", plain))
    images = data_of(before_after_page(made(last=name)))["images"]
    assert isinstance(images, list)
    assert images[2]["name"] == name


def test_it_opens_on_the_crop() -> None:
    assert data_of(before_after_page(made(), Crop(2, 3, 10, 8)))["part"] == [2, 3, 10, 8]
    assert data_of(before_after_page(made()))["part"] is None
    with pytest.raises(OptionError, match="crop"):
        before_after_page(made(), Crop(25, 0, 10, 10))
