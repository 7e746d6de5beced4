"""How the page behaves: on a telephone, by keyboard, in the dark, in two languages, with what is no image."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.chromium import emulate, violations

if TYPE_CHECKING:
    from tests.page.conftest import Page

pytestmark = pytest.mark.slow
KINDS = {".png": "image/png", ".txt": "text/plain"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[:30, :40]
    Image.fromarray(np.stack([x * 6, y * 8, x + y], axis=-1).astype(np.uint8)).save(tmp_path / "holiday.png")
    return tmp_path / "holiday.png"


def enlarged(page: Page, photo: Path, **wishes: object) -> str:
    page.open(engine="wasm", **wishes)
    page.choose(photo)
    return page.wait()


def test_the_result_is_named_and_described(page: Page, photo: Path) -> None:
    assert enlarged(page, photo, scale=3).startswith("40 × 30 → 120 × 90 pixels by fast, in ")
    path, data = page.downloaded()
    assert path.name == "holiday_x3.png"
    assert data.startswith(b"\x89PNG")


def drop(page: Page, *paths: Path) -> str:
    """Drop files one after the other, without a moment between them; what the page says at once."""
    return str(
        page.run(
            "for (const [name, kind, content] of arguments[0]) {"
            "const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0)), data = new DataTransfer();"
            "data.items.add(new File([bytes], name, { type: kind }));"
            "const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });"
            "document.body.dispatchEvent(event) }"
            "return document.getElementById('error').textContent",
            [(path.name, KINDS[path.suffix], base64.b64encode(path.read_bytes()).decode()) for path in paths],
        )
    )


def test_an_image_is_dropped(page: Page, photo: Path) -> None:
    page.open(engine="wasm")
    drop(page, photo)
    assert page.wait().startswith("40 × 30 → 80 × 60")


def test_what_is_no_image_takes_nothing_away(page: Page, photo: Path) -> None:
    text = photo.with_name("notes.txt")
    text.write_text("no image")
    page.open(engine="wasm")
    assert drop(page, photo, text).startswith("No image there")  # and the image is in work
    while not page.element("summary").text:
        assert page.element("work").is_displayed() or page.element("result").is_displayed()
    assert page.element("error").text == ""
    assert drop(page, text).startswith("No image there")
    assert page.element("result").is_displayed()
    assert not page.element("empty").is_displayed()


def test_it_fits_a_telephone(page: Page, photo: Path) -> None:
    emulate(page.driver, 360, 740)
    enlarged(page, photo, lang="ko")
    assert page.run("return document.documentElement.scrollWidth") == 360
    small = (
        "return [...document.querySelectorAll('button, a, select')].filter(e => e.checkVisibility() && "
        "e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    assert page.run(small) == []
    assert page.element("download").rect["width"] > 0
    emulate(page.driver, 1000, 900)


def test_keyboard_alone_is_enough(page: Page, photo: Path, tmp_path: Path) -> None:
    def focus() -> str:
        found = "const e = document.activeElement; return e.id || e.name || e.className || e.tagName"
        return str(page.run(found))

    def tab() -> str:
        page.driver.switch_to.active_element.send_keys("\ue004")
        return focus()

    page.open(engine="wasm")
    seen = [tab() for _ in range(6)]
    model = ["model"] if page.element("models-field").is_displayed() else []
    assert seen[: 3 + len(model)] == ["language", "scale", *model, "choose"]
    page.run("document.getElementById('choose').focus()")
    drop(page, photo)
    page.wait()
    assert focus() == "download", "the focus goes where the work leads"
    assert [tab() for _ in range(2)] == ["slider-view whole", "slider-range"]
    page.driver.switch_to.active_element.send_keys("\ue014")
    assert float(page.run("return document.activeElement.value")) == 50.5
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:60])
    drop(page, tmp_path / "broken.png")
    page.wait()
    assert focus() == "choose", "where to go on after a failure"


def test_another_language_says_what_stands_there(page: Page, photo: Path) -> None:
    enlarged(page, photo)
    page.element("language").click()
    assert "픽셀" in page.element("summary").text
    assert page.element("status").text == "완료했습니다."
    assert page.run("return document.documentElement.lang") == "ko"
    page.element("language").click()
    assert page.element("language").text == "한국어"


def test_a_file_that_is_no_image_is_named(page: Page, tmp_path: Path, photo: Path) -> None:
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:60])
    said = enlarged(page, tmp_path / "broken.png")
    assert said.startswith("broken.png cannot be read")
    assert page.element("choose").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, photo: Path, scheme: str) -> None:
    emulate(page.driver, 1000, 900, scheme)
    page.open()
    assert violations(page.driver) == []
    enlarged(page, photo)
    assert violations(page.driver) == []
    emulate(page.driver, 1000, 900)
