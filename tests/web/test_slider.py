"""The slider in a real Chromium, on the page of a comparison: mouse, fingers, keys, paper, another language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.visualise.before_after import before_after_page
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import Crop
from tests.chromium import chromium, emulate, touch, violations

pytestmark = pytest.mark.slow
WIDTH, HEIGHT = 2000, 1500


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("slider")) as browser:
        yield browser


def compared() -> Comparison:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([x // 8 % 256, y // 6 % 256, (x + y) // 9 % 256], axis=-1).astype(np.uint8)
    results = (Result("bicubic", 255 - pixels, {"psnr": 30.0}), Result("best", pixels, {"psnr": 32.0}))
    return Comparison("butterfly", 3, Result("original", pixels), results)


@pytest.fixture
def slider(driver: Any, tmp_path: Path) -> Iterator[Slider]:
    yield Slider(driver, tmp_path)
    emulate(driver, 1000, 900)


class Slider:
    """The page of a comparison, opened."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.file = folder / "comparison.html"
        emulate(driver, 1000, 900)
        self.open()

    def open(self, crop: Crop | None = None) -> None:
        self.file.write_text(before_after_page(compared(), crop), encoding="utf-8")
        self.driver.get("about:blank")  # else an address with a fragment would not load the page again
        self.driver.get(f"{self.file.as_uri()}#lang=en")

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    @property
    def at(self) -> float:
        """Where the divider is, in per cent."""
        return float(self.find(".slider-range").get_attribute("value"))

    @property
    def zoom(self) -> float:
        return float(str(self.find(".zoom").text).split()[0]) / 100

    @property
    def box(self) -> dict[str, float]:
        box = "const b = document.querySelector('.slider-view').getBoundingClientRect(); return b.toJSON()"
        return dict(self.driver.execute_script(box))

    def point(self, across: float, down: float = 0.5) -> tuple[float, float]:
        """A place of the view, as shares of its size."""
        box = self.box
        return box["left"] + across * box["width"], box["top"] + down * box["height"]

    def corner(self, side: str = "after") -> tuple[float, float]:
        """Where the image's upper left pixel is on the screen."""
        found = self.driver.execute_script(
            f"const b = document.querySelector('.{side} img').getBoundingClientRect(); return [b.left, b.top]"
        )
        return float(found[0]), float(found[1])

    def mouse(self, kind: str, place: tuple[float, float], **more: Any) -> None:
        event = {"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1} | more
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    def drag(self, *places: tuple[float, float]) -> None:
        self.mouse("mousePressed", places[0])
        for place in places[1:]:
            self.mouse("mouseMoved", place)
        self.mouse("mouseReleased", places[-1])

    def wheel(self, place: tuple[float, float], turned: float, **more: Any) -> None:
        before = self.zoom
        self.mouse("mouseWheel", place, deltaX=0, deltaY=turned, button="none", **more)
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        assert self.zoom != before

    def keys(self, *keys: str, to: str = ".slider-view") -> None:
        self.find(to).send_keys(*keys)


def test_all_of_the_image_is_seen_at_first(slider: Slider) -> None:
    box = slider.box
    assert slider.zoom == pytest.approx(min(box["width"] / WIDTH, box["height"] / HEIGHT), abs=0.01)
    assert slider.at == 50
    left, top = slider.corner()
    assert left >= box["left"]
    assert top >= box["top"]
    assert slider.corner("before") == (left, top)


def test_a_small_image_is_enlarged_by_whole_pixels(slider: Slider) -> None:
    slider.open(Crop(100, 100, 300, 200))
    assert slider.zoom == int(min(slider.box["width"] / 300, slider.box["height"] / 200))


def test_a_mouse_divides_and_moves(slider: Slider) -> None:
    slider.drag(slider.point(0.2), slider.point(0.4), slider.point(0.75))
    assert slider.at == pytest.approx(75, abs=0.6)
    slider.drag(slider.point(0.3))
    assert slider.at == pytest.approx(30, abs=0.6), "a click moves the divider"
    clip = slider.find(".before").value_of_css_property("clip-path")
    assert clip.startswith("inset(0px 70")
    slider.wheel(slider.point(0.5), -400)
    left, top = slider.corner()
    slider.drag(slider.point(0.6), slider.point(0.58, 0.49), slider.point(0.55, 0.45))
    assert slider.at == pytest.approx(30, abs=0.6), "away from the divider the image is moved"
    assert slider.corner()[0] == pytest.approx(left - 0.05 * slider.box["width"], abs=2)
    assert slider.corner()[1] == pytest.approx(top - 0.05 * slider.box["height"], abs=2)
    slider.drag(slider.point(0.3), slider.point(0.5))
    assert slider.at == pytest.approx(50, abs=0.6), "at the divider it is what is moved"


def test_the_wheel_zooms_by_fractions_where_it_points(slider: Slider) -> None:
    place = slider.point(0.7, 0.6)
    left, _ = slider.corner()
    zoom = slider.zoom
    under = (place[0] - left) / zoom
    slider.wheel(place, -300)
    assert slider.zoom > zoom
    assert slider.zoom not in (0.5, 1.0)
    left, _ = slider.corner()
    assert (place[0] - left) / slider.zoom == pytest.approx(under, rel=0.02)
    slider.wheel(place, 2000)
    assert slider.zoom == zoom, "all of it is the least"


def test_a_double_click_shows_more_and_then_all(slider: Slider) -> None:
    zoom = slider.zoom
    for expected in (max(2 * zoom, 1), zoom):
        for count in (1, 2):
            slider.mouse("mousePressed", slider.point(0.6), clickCount=count)
            slider.mouse("mouseReleased", slider.point(0.6), clickCount=count)
        assert slider.zoom == pytest.approx(expected, abs=0.01)


def test_fingers_divide_pinch_and_move(slider: Slider) -> None:
    emulate(slider.driver, 390, 800)
    slider.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    touch(slider.driver, [slider.point(0.5)], [slider.point(0.6)], [slider.point(0.8)])
    assert slider.at == pytest.approx(80, abs=1)
    zoom, middle = slider.zoom, slider.point(0.4)
    apart = [[(middle[0] - d, middle[1]), (middle[0] + d, middle[1])] for d in (30, 40, 50, 60)]
    touch(slider.driver, *apart)
    assert slider.zoom == pytest.approx(2 * zoom, rel=0.2)
    assert slider.at == pytest.approx(80, abs=1), "two fingers leave the divider alone"
    left, _ = slider.corner()
    touch(slider.driver, [slider.point(0.4)], [slider.point(0.35)], [slider.point(0.2)])
    assert slider.corner()[0] < left
    touch(slider.driver, *reversed(apart))
    assert slider.zoom == pytest.approx(zoom, rel=0.2)
    assert slider.driver.execute_script("return document.documentElement.scrollWidth") <= 390


def test_keys_are_enough(slider: Slider) -> None:
    slider.keys(",,,,,")
    assert slider.at == 40
    slider.keys(".")
    assert slider.at == 42
    zoom = slider.zoom
    slider.keys("+")
    assert slider.zoom == 0.5, "keys zoom by round steps"
    slider.keys("+", "+")
    assert slider.zoom == 1
    place = slider.corner()
    slider.keys("\ue014")  # the arrow to the right
    assert slider.corner() == (place[0] - 60, place[1])
    slider.keys("0")
    assert slider.zoom == zoom
    slider.keys("\ue012", to=".slider-range")  # the arrow to the left
    assert slider.at == 41.5
    assert slider.find(".slider-range").get_attribute("aria-valuetext") == "42 % before"
    slider.find(".in").click()
    assert slider.find(".said").get_attribute("textContent") == "Zoom 50 %"


def test_left_and_right_are_exchanged(slider: Slider) -> None:
    alts = [slider.find(f".{side} img").get_attribute("alt") for side in ("before", "after")]
    assert alts == ["bicubic, 30.00 dB", "best, 32.00 dB"]
    slider.keys("x")
    assert [slider.find(f".{side} img").get_attribute("alt") for side in ("before", "after")] == alts[::-1]
    assert slider.find(".before figcaption").text == "best, 32.00 dB"


def test_both_images_stand_side_by_side_on_paper(slider: Slider) -> None:
    slider.keys("+", "+", ",")
    emulate(slider.driver, 800, 1100, media="print")
    boxes = [slider.find(f".{side} img").rect for side in ("before", "after")]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["width"] == pytest.approx(boxes[1]["width"])
    assert boxes[0]["width"] > 300
    assert boxes[0]["height"] / boxes[0]["width"] == pytest.approx(HEIGHT / WIDTH, rel=0.01)
    assert slider.find(".before").value_of_css_property("clip-path") == "none"
    assert not slider.find(".slider-range").is_displayed()
    assert slider.find(".before figcaption").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_either_language(slider: Slider, scheme: str) -> None:
    emulate(slider.driver, 360, 740, scheme)
    for language in ("ko", "en"):
        slider.find("#language").click()
        assert slider.driver.execute_script("return document.documentElement.lang") == language
        assert violations(slider.driver) == []
    assert slider.driver.execute_script("return document.documentElement.scrollWidth") <= 360
    assert [entry["message"] for entry in slider.driver.get_log("browser")] == []
