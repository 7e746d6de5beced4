"""The page finds the same wear of an image as the command."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import srcnn.page
from srcnn import read_image
from srcnn.automatic import choose
from srcnn.web import bundled

if TYPE_CHECKING:
    from tests.page.conftest import Page

pytestmark = pytest.mark.slow
FOLDER = Path(srcnn.page.__file__).parent
ASK = """
import { readHeader } from "./header.js";
import { readPixels } from "./pixels.js";
import { findWear, isWorn, wearPlanes } from "./wear.js";

export async function ask(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const header = readHeader(bytes),
    wear = findWear(await readPixels(new Blob([bytes])), header);
  const worn = [2, 3, 4].map((scale) => isWorn(wear, scale));
  return { ...wear, planes: wearPlanes(wear), worn, grey: header.grey ?? false };
}
"""


def photo(width: int = 230, height: int = 190, noise: float = 0, texture: int = 40) -> Image.Image:
    """Something like a photograph: smooth parts, edges and a texture that the bands share."""
    rng = np.random.default_rng(5)
    coarse = Image.fromarray(rng.integers(20, 236, (7, 9, 3), np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    fine = Image.fromarray(rng.integers(0, texture, (height // 2, width // 2), np.uint8)).resize((width, height))
    pixels = np.asarray(coarse) * 0.8 + np.asarray(fine)[..., None] + rng.normal(0, noise, (height, width, 3))
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def again(image: Image.Image, **options: Any) -> Image.Image:
    return Image.open(io.BytesIO(saved(image, "JPEG", **options))).convert("RGB")


TABLE = [min(255, 3 + row * column + row) for row in range(8) for column in range(8)]
FILES = {
    **{f"jpeg{quality}": saved(photo(), "JPEG", quality=quality) for quality in (5, 30, 49, 50, 75, 95, 100)},
    "grey-jpeg60": saved(photo().convert("L"), "JPEG", quality=60),
    "progressive": saved(photo(), "JPEG", quality=81, progressive=True, optimize=True),
    "own-tables": saved(photo(), "JPEG", qtables=[TABLE, TABLE[::-1]]),
    "twice": saved(again(photo(900, 850), quality=40), "JPEG", quality=90, subsampling=0),
    "png-of-jpeg60": saved(again(photo(), quality=60), "PNG"),
    "png-of-cut-jpeg60": saved(again(photo(), quality=60).crop((3, 5, 220, 180)), "PNG"),
    "png": saved(photo(), "PNG"),
    "png-alpha": saved(again(photo(), quality=35).convert("RGBA"), "PNG"),
    "noise9": saved(photo(noise=9), "PNG"),
    "grey-noise9": saved(photo(noise=16).convert("L"), "PNG"),
    "noise9-jpeg80": saved(photo(noise=9), "JPEG", quality=80),
    **{
        f"noise{noise}-jpeg{quality}": saved(photo(800, 700, noise, texture=9), "JPEG", quality=quality)
        for noise, quality in ((12, 95), (16, 88), (30, 75))
    },
    "grey-noise12-jpeg90": saved(photo(500, 500, 20, texture=9).convert("L"), "JPEG", quality=90),
    "noise12-webp90": saved(photo(500, 500, 12, texture=9), "WEBP", quality=90),
    "noise60": saved(photo(noise=60), "PNG"),
    "small": saved(again(photo(63, 80, noise=20), quality=30), "PNG"),
    **{f"webp{quality}": saved(photo(), "WEBP", quality=quality) for quality in (10, 50, 75, 98)},
    "webp-lossless": saved(photo(noise=9), "WEBP", lossless=True),
    "webp-alpha": saved(photo().convert("RGBA"), "WEBP", quality=60),
}


NOISY = ("noise9", "grey-noise9", "noise12-jpeg95", "noise16-jpeg88", "grey-noise12-jpeg90")
WORN = ("jpeg75", "noise9", "grey-noise9", "webp50", "png-of-jpeg60", "png-of-cut-jpeg60", "twice")


@pytest.fixture(scope="module")
def ask(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("ask")
    (folder / "ask.js").write_text(ASK, encoding="utf-8")
    script = bundled(folder / "ask.js", FOLDER)
    page.open()

    def answer(data: bytes) -> dict[str, Any]:
        body = f"{script}; in_ask.ask(arguments[0]).then((found) => arguments[1](JSON.stringify(found)))"
        found: dict[str, Any] = json.loads(page.driver.execute_async_script(body, base64.b64encode(data).decode()))
        return found

    return answer


@pytest.mark.parametrize("name", FILES)
def test_the_wear_is_that_of_the_command(ask: Any, name: str) -> None:
    picture = read_image(FILES[name])
    wear = choose("photo", picture.pixels, picture.metadata).wear
    found = ask(FILES[name])
    assert found["quality"] == (None if wear.quality is None else pytest.approx(wear.quality, rel=1e-9))
    assert found["noise"] == pytest.approx(wear.noise, rel=1e-6)
    assert wear.noise > 0 or name not in NOISY, "no noise to find"
    assert found["planes"] == pytest.approx(wear.planes, rel=1e-6)
    assert found["worn"] == [
        choose("auto", picture.pixels, picture.metadata, factor=scale).model == "photo" for scale in (2, 3, 4)
    ]
    assert found["grey"] == (picture.pixels.ndim == 2)
    assert name not in ("jpeg75", "noise9", "webp50", "png-of-jpeg60", "twice") or wear != type(wear)(), (
        "nothing to find"
    )
