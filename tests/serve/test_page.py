"""The page, by a real Chromium without a screen, against a real service on the loopback."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from srcnn import TargetSize, upscale_file
from tests.chromium import chromium, emulate, violations

if TYPE_CHECKING:
    from tests.serve.conftest import MakePng, Running, Start

pytestmark = pytest.mark.slow
pytest.importorskip("selenium", reason="the tests of the page drive a browser with selenium")


class Page:
    """The page in a browser."""

    def __init__(self, driver: Any, downloads: Path) -> None:
        self.driver = driver
        self.downloads = downloads

    def run(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(script, *values)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements("css selector", selector))

    def until(self, condition: Callable[[], Any], what: str = "it did not come to be") -> None:
        end = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.05)

    def open(self, address: str) -> None:
        self.driver.get(address)
        self.until(lambda: self.count("#model option") > 3)

    def choose(self, *paths: Path) -> None:
        before = self.count(".card")
        self.find("#files").send_keys("\n".join(map(str, paths)))
        self.until(lambda: self.count(".card") == before + len(paths))

    def set(self, name: str, value: str) -> None:
        self.run(
            "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
            "e.dispatchEvent(new Event('change', {bubbles: true}))",
            name,
            value,
        )

    def enlarge(self) -> None:
        self.find("#start").click()
        self.until(lambda: self.count(".save:not([hidden])") + self.count(".failed") == self.count(".card"))

    def downloaded(self, name: str) -> bytes:
        path = self.downloads / name
        self.until(path.exists, f"{name} was not downloaded")
        self.until(lambda: not list(self.downloads.glob("*.crdownload")))
        return path.read_bytes()

    def notice(self) -> str:
        return str(self.find("#notice").text)

    def keys(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def focus(self) -> str:
        return str(self.run("return document.activeElement.id || document.activeElement.className"))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with chromium(tmp_path / "downloads", "--disable-gpu") as driver:
        yield Page(driver, tmp_path / "downloads")


@pytest.fixture
def images(tmp_path: Path, png: MakePng) -> list[Path]:
    paths = [tmp_path / name for name in ("a.png", "그림.png")]
    for seed, path in enumerate(paths):
        path.write_bytes(png(90, 60, seed))
    return paths


def expected(source: Path, target: Path, **settings: Any) -> bytes:
    upscale_file(source, target, **settings)
    return target.read_bytes()


def test_chosen_images_come_back_as_the_command_makes_them(
    service: Running, page: Page, images: list[Path], tmp_path: Path
) -> None:
    page.open(service.address)
    page.choose(*images)
    page.set("model", "fast")
    page.enlarge()
    assert page.find(".words").text.startswith("90 × 60 → 180 × 120, fast")
    page.find(".save:not([hidden])").click()
    made = [expected(path, tmp_path / f"made{n}.png", scale=2, model="fast") for n, path in enumerate(images)]
    assert page.downloaded("a_x2.png") == made[0]
    assert "그림.png: done" in page.run("return document.getElementById('status').textContent")
    page.find("#all").click()
    with zipfile.ZipFile(io.BytesIO(page.downloaded("srcnn.zip"))) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == {"a_x2.png": made[0], "그림_x2.png": made[1]}


def test_settings_are_those_of_the_command(service: Running, page: Page, images: list[Path], tmp_path: Path) -> None:
    page.open(service.address)
    page.choose(images[0])
    page.set("size", "print")
    page.set("amount", "20x30mm")
    page.set("dpi", "100")
    page.set("denoise", "3")
    page.set("jpeg-quality", "off")
    page.set("model", "photo")
    page.enlarge()
    assert page.count(".failed") == 0, page.find(".words").text
    page.find(".save").click()
    size = TargetSize(print_size="20x30mm", dpi=100)
    made = expected(images[0], tmp_path / "made.png", size=size, model="photo", noise=3, jpeg_quality="off")
    assert page.downloaded("a_20x30mm100dpi.png") == made
    page.set("amount", "20x30")
    page.enlarge()
    assert "width and height with their unit" in page.find(".words").text


def test_images_are_dropped_and_pasted(service: Running, page: Page, images: list[Path], tmp_path: Path) -> None:
    page.open(service.address)
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "notes.txt").write_text("no image")
    (tmp_path / "folder" / "one.png").write_bytes(images[0].read_bytes())
    (tmp_path / "folder" / "below" / "two.png").write_bytes(images[1].read_bytes())
    data = {"items": [], "files": [str(images[0]), str(tmp_path / "folder")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        page.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 150, "data": data})
    page.until(lambda: page.count(".card") == 3)
    assert sorted(name.text for name in page.driver.find_elements("css selector", ".name")) == [
        "a.png",
        "one.png",
        "two.png",
    ]
    page.run(
        "const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(9)], 'pasted.png', {type: 'image/png'}));"
        "dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))"
    )
    page.until(lambda: page.count(".card") == 4)
    page.enlarge()
    assert page.count(".failed") == 1, "what was pasted is no image"
    assert "Failed: cannot read pasted.png" in page.find(".failed .words").text


def test_only_what_is_compared_is_printed(service: Running, page: Page, images: list[Path]) -> None:
    page.open(service.address)
    page.choose(images[0])
    page.set("model", "bicubic")
    page.enlarge()
    page.find(".compare").click()
    page.until(lambda: page.find("#viewer").is_displayed())
    emulate(page.driver, 800, 1100, media="print")
    before, after = (page.find(f"#viewer .{side} img").rect for side in ("before", "after"))
    assert before["x"] + before["width"] <= after["x"]
    assert before["width"] > 300
    assert not page.find("main").is_displayed()
    assert not page.find("#close").is_displayed()


def test_keyboard_alone_is_enough(service: Running, page: Page, images: list[Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    page.open(service.address)
    page.choose(images[0])
    seen = []
    for _ in range(20):
        page.keys(Keys.TAB)
        seen.append(page.focus())
        if seen[-1] == "start":
            break
    assert [name for name in seen if name] == [
        "language",
        "choose",
        "choose-folder",
        "size",
        "amount",
        "model",
        "start",
    ]
    page.keys(Keys.ENTER)
    page.until(lambda: page.count(".compare:not([hidden])") == 1)
    while page.focus() != "compare":
        page.keys(Keys.TAB)
    page.keys(Keys.ENTER)
    page.until(lambda: page.focus() == "slider-range")
    page.keys(Keys.ARROW_RIGHT)
    assert float(page.find(".slider-range").get_attribute("value")) > 50
    page.keys(Keys.ESCAPE)
    page.until(lambda: page.focus() == "compare")
    while page.focus() != "quiet remove":
        page.keys(Keys.TAB)
    page.keys(Keys.ENTER)
    assert page.count(".card") == 0
    assert page.focus() == "choose"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_phone_in_both_languages_and_schemes(
    service: Running, page: Page, images: list[Path], scheme: str, language: str
) -> None:
    emulate(page.driver, 360, 740, scheme, density=2)
    page.open(service.address)
    if language == "ko":
        page.find("#language").click()
    assert page.run("return document.documentElement.lang") == language
    dark = page.run("return getComputedStyle(document.body.parentElement).backgroundColor") == "rgb(20, 22, 26)"
    assert dark == (scheme == "dark")
    page.find("summary").click()
    page.choose(*images)
    page.set("model", "bicubic")
    page.enlarge()
    assert page.run("return document.documentElement.scrollWidth") <= 360
    small = page.run(
        "return [...document.querySelectorAll('button, .button, select, input:not([type=checkbox])')].filter(e => e."
        "checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    assert small == []
    texts = page.run("return [...document.querySelectorAll('[data-t]')].filter(e => !e.textContent).length")
    assert texts == 0
    assert violations(page.driver) == []
    page.find(".compare").click()
    assert page.run("return document.documentElement.scrollWidth") <= 360
    assert violations(page.driver) == []


def test_interface_for_programs_is_a_page_too(service: Running, page: Page) -> None:
    page.driver.get(f"{service.address}/docs")
    assert "POST /v1/upscale" in page.find("main").text
    assert violations(page.driver) == []


def test_page_that_computes_in_the_browser_works_from_here(service: Running, page: Page) -> None:
    page.open(service.address)
    page.find('a[href="../browser"]').click()
    page.until(lambda: page.driver.current_url == f"{service.address}/browser")
    assert page.find("main").text
    assert [entry["message"] for entry in page.driver.get_log("browser")] == []


def test_work_can_be_stopped(service: Running, page: Page, tmp_path: Path, png: MakePng) -> None:
    (tmp_path / "large.png").write_bytes(png(800, 800))
    page.open(service.address)
    page.choose(tmp_path / "large.png")
    page.run("document.getElementById('tta').checked = true")
    page.find("#start").click()
    page.until(lambda: "left" in page.find(".words").text)
    assert page.find("progress").is_displayed()
    assert page.find(".remove").get_attribute("aria-label") == "Stop large.png"
    page.find(".remove").click()
    service.until(lambda: service.metric("srcnn_places_taken") == 0)
    assert not service.left()


def test_token_is_asked_for(start: Start, page: Page, images: list[Path]) -> None:
    service = start(SRCNN_SERVE_TOKEN="correct horse")
    page.driver.get(service.address)
    page.until(lambda: page.find("#locked").is_displayed())
    page.find("#token").send_keys("correct horse")
    page.find("#locked button").click()
    page.until(lambda: page.count("#model option") > 3)
    page.choose(images[0])
    page.set("model", "bicubic")
    page.enlarge()
    assert page.count(".failed") == 0


@pytest.mark.parametrize("wrong", ["battery staple", "토큰토큰토큰"])
def test_wrong_token_is_told(start: Start, page: Page, wrong: str) -> None:
    service = start(SRCNN_SERVE_TOKEN="correct horse")
    page.driver.get(service.address)
    page.until(lambda: page.find("#locked").is_displayed())
    assert not page.find("#notice").is_displayed()
    page.find("#token").send_keys(wrong)
    page.find("#locked button").click()
    page.until(lambda: page.notice() == "This is not the token of the service")
    page.find("#language").click()
    assert page.notice() == "이 서비스의 토큰이 아닙니다"
    page.find("#token").clear()
    page.find("#token").send_keys("correct horse")
    page.find("#locked button").click()
    page.until(lambda: page.count("#model option") > 3)
    assert page.notice() == ""


def test_what_stands_nowhere_else_is_shown(service: Running, page: Page, images: list[Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    page.open(service.address)
    page.find("#files").send_keys(str(tmp_path / "notes.txt"))
    assert page.notice() == "No images among these files"
    page.choose(images[0])
    assert page.notice() == ""
    page.set("model", "bicubic")
    page.set("format", "tiff")
    page.enlarge()
    page.find(".compare").click()
    page.until(lambda: page.notice() == "This browser cannot show a_x2.tif; download it instead")
    assert not page.find("#viewer").is_displayed()
    assert violations(page.driver) == []


def test_hidden_field_does_not_stop_the_button(service: Running, page: Page, images: list[Path]) -> None:
    page.open(service.address)
    page.choose(images[0])
    page.set("model", "bicubic")
    page.set("size", "print")
    page.set("dpi", "0")
    page.set("size", "scale")
    page.enlarge()
    assert page.find(".words").text.startswith("90 × 60 → 180 × 120")
    page.set("denoise", "80")
    page.find("#start").click()
    assert page.focus() == "denoise"  # which is seen now, with the browser's own words
    assert page.find("#denoise").is_displayed()


def test_packed_names_are_unlike_on_every_disk(service: Running, page: Page, tmp_path: Path, png: MakePng) -> None:
    names = ["A.png", "a.png", "é.png", "e\u0301.png"]
    paths = [tmp_path / str(number) / name for number, name in enumerate(names)]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(png())
    page.open(service.address)
    page.choose(*paths)
    page.set("model", "bicubic")
    page.enlarge()
    page.find("#all").click()
    with zipfile.ZipFile(io.BytesIO(page.downloaded("srcnn.zip"))) as packed:
        assert packed.namelist() == ["A_x2.png", "a_x2 (2).png", "é_x2.png", "e\u0301_x2 (2).png"]


def test_nothing_comes_from_elsewhere_and_nothing_is_refused(service: Running, page: Page, images: list[Path]) -> None:
    page.open(service.address)
    page.choose(images[0])
    page.set("model", "bicubic")
    page.enlarge()
    page.find(".compare").click()
    loaded = page.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert loaded
    assert all(name.startswith((service.address, "blob:", "data:")) for name in loaded)
    complaints = [entry["message"] for entry in page.driver.get_log("browser") if "progress" not in entry["message"]]
    assert complaints == []
