"""The page of a report in a real Chromium: sorting, the chooser of crops, printing, and what axe says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.run import run_benchmark
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.report.write import write_report
from tests.chromium import chromium, emulate, violations

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A driver that has opened the report of two methods on two images."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "data" / "set").mkdir(parents=True)
    for seed, name in enumerate(("one", "two")):
        pixels = np.random.default_rng(seed).integers(0, 256, (150, 180, 3), np.uint8)
        write_image(folder / "data" / "set" / f"{name}.png", Picture(pixels))
    config = BenchmarkConfig(
        methods=("srcnn-9-1-5", "bicubic", "fast"), datasets=("set",), scales=(2, 3), save_images=True, threads=1
    )
    run_benchmark(config, folder / "run", data=folder / "data")
    files = write_report(folder / "run")
    with chromium(folder / "downloads", "--host-resolver-rules=MAP * ~NOTFOUND") as browser:
        browser.get(files[0].as_uri())
        yield browser


def column(page: Any, number: int) -> list[str]:
    script = (
        "return [...document.querySelector('table').tBodies[0].rows].map((row) => row.cells[arguments[0]].innerText)"
    )
    return [text.split("\n")[0].split(" ")[0] for text in page.execute_script(script, number)]


def test_a_click_sorts_the_best_first_then_the_worst_then_as_it_was(page: Any) -> None:
    emulate(page, 1280, 900)
    before = column(page, 0)
    assert before == ["srcnn-9-1-5", "bicubic", "plain-s"]
    head = page.find_element("css selector", "thead th:nth-child(2)")
    button = head.find_element("css selector", "button")
    for state in ("descending", "ascending"):
        button.click()
        assert head.get_attribute("aria-sort") == state
        values = [float(text) for text in column(page, 1)]
        assert values == sorted(values, reverse=state == "descending")
    button.click()
    assert head.get_attribute("aria-sort") == "none"
    assert column(page, 0) == before
    page.find_element("css selector", "thead th:first-child button").click()
    assert column(page, 0) == sorted(before)


def test_the_window_moves_in_all_images_at_once(page: Any) -> None:
    emulate(page, 1280, 900)
    places = (
        "const crops = document.querySelector('.shown').querySelectorAll('.crop img');"
        "return [...crops].map((image) => getComputedStyle(image).left)"
    )
    move = (
        "const s = document.querySelector('.shown input[name=x]'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input', { bubbles: true }))"
    )
    page.execute_script(move, "0")
    assert set(page.execute_script(places)) == {"0px"}
    page.execute_script(move, "50")
    (left,) = set(page.execute_script(places))
    assert float(left.removesuffix("px")) < -10
    whole = page.find_element("css selector", ".shown .whole")
    page.execute_script("arguments[0].scrollIntoView({ block: 'center' })", whole)
    whole.click()  # the middle of the image becomes the middle of the window
    value = "return document.querySelector('.shown input[name=x]').value"
    assert abs(int(page.execute_script(value)) - (180 - 72) // 2) <= 2


def test_it_fits_a_telephone(page: Any) -> None:
    emulate(page, 390, 844)
    assert page.execute_script("return document.documentElement.scrollWidth") == 390


def test_paper_shows_everything(page: Any) -> None:
    emulate(page, 1280, 900)
    opened = "return document.querySelectorAll('details[open]').length"
    before = page.execute_script(opened)
    page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert page.execute_script(opened) == page.execute_script("return document.querySelectorAll('details').length")
    page.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert page.execute_script(opened) == before
    emulate(page, 700, 900, media="print")
    columns = "return getComputedStyle(document.querySelector('.plots')).gridTemplateColumns.split(' ').length"
    assert page.execute_script(columns) == 2
    assert not page.find_element("css selector", "nav").is_displayed()
    emulate(page, 1280, 900)


def test_the_script_runs_without_errors_and_fetches_nothing(page: Any) -> None:
    assert page.get_log("browser") == []
    assert (
        page.execute_script(
            "return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length"
        )
        == 0
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Any, scheme: str) -> None:
    assert violations(page) == []
    emulate(page, 1280, 900)
