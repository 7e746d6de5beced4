"""How the page behaves: on a telephone, by keyboard, in the dark, in two languages, with what is no image."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from tests.page.conftest import Page

pytestmark = pytest.mark.slow
AXE = Path(__file__).parents[2] / "build/axe/package/axe.min.js"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[:30, :40]
    Image.fromarray(np.stack([x * 6, y * 8, x + y], axis=-1).astype(np.uint8)).save(tmp_path / "holiday.png")
    return tmp_path / "holiday.png"


def emulate(page: Page, width: int, height: int, scheme: str = "light") -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def enlarged(page: Page, photo: Path, **wishes: object) -> str:
    page.open(engine="wasm", **wishes)
    page.choose(photo)
    return page.wait()


def test_the_result_is_named_and_described(page: Page, photo: Path) -> None:
    assert enlarged(page, photo, scale=3).startswith("40 × 30 → 120 × 90 pixels in ")
    path, data = page.downloaded()
    assert path.name == "holiday_x3.png"
    assert data.startswith(b"\x89PNG")


def test_an_image_is_dropped(page: Page, photo: Path) -> None:
    page.open(engine="wasm")
    page.run(
        "const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0)), data = new DataTransfer();"
        "data.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));"
        "document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))",
        base64.b64encode(photo.read_bytes()).decode(),
    )
    assert page.wait().startswith("40 × 30 → 80 × 60")


def test_it_fits_a_telephone(page: Page, photo: Path) -> None:
    emulate(page, 360, 740)
    enlarged(page, photo, lang="ko")
    assert page.run("return document.documentElement.scrollWidth") == 360
    assert page.element("download").rect["width"] > 0
    emulate(page, 1000, 900)


def test_the_line_and_the_zoom_follow_keys(page: Page, photo: Path) -> None:
    enlarged(page, photo)
    view = page.element("view")
    page.run("document.getElementById('view').focus()")
    view.send_keys(",,,,,")
    assert page.element("divider").get_attribute("style") == "left: 40%;"
    before = page.element("zoom").text
    view.send_keys("+")
    assert page.element("zoom").text != before
    moved = page.element("after").get_attribute("style")
    view.send_keys("\ue012")  # the arrow to the left
    assert page.element("after").get_attribute("style") != moved
    view.send_keys("0")
    assert page.element("zoom").text == before


def test_another_language_says_what_stands_there(page: Page, photo: Path) -> None:
    enlarged(page, photo)
    page.element("language").send_keys("한국어")
    assert "픽셀" in page.element("summary").text
    assert page.element("status").text == "완료했습니다."
    assert page.run("return document.documentElement.lang") == "ko"


def test_a_file_that_is_no_image_is_named(page: Page, tmp_path: Path, photo: Path) -> None:
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:60])
    said = enlarged(page, tmp_path / "broken.png")
    assert said.startswith("broken.png cannot be read")
    assert page.element("choose").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, photo: Path, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: sh scripts/install_chromium.sh")
    emulate(page, 1000, 900, scheme)
    enlarged(page, photo)
    page.run(AXE.read_text(encoding="utf-8"))
    found = page.driver.execute_async_script("const end = arguments[0]; axe.run().then(end)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    emulate(page, 1000, 900)
