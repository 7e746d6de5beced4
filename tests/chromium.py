"""A real Chromium without a screen, for the tests of the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[1] / "build/axe/package/axe.min.js"
_SWITCHES = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en")


@contextmanager
def chromium(downloads: Path, *switches: str) -> Iterator[Any]:
    """A browser whose downloads go into a folder; without Chromium the test is skipped, and says why."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install 'srcnn[dev]'")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("needs Chromium and its driver: sh scripts/install_chromium.sh")
    downloads.mkdir(parents=True, exist_ok=True)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for switch in (*_SWITCHES, *switches):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        browser.set_window_size(1000, 900)
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
        yield browser
    finally:
        browser.quit()


def emulate(driver: Any, width: int, height: int, scheme: str = "light", media: str = "", density: float = 1) -> None:
    """A screen of another size, in light or dark, or paper."""
    size = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def violations(driver: Any) -> list[str]:
    """What axe-core finds on the page as it stands."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: sh scripts/install_chromium.sh")
    driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = driver.execute_async_script("const end = arguments[0]; axe.run().then(end)")
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


def touch(driver: Any, *moves: list[tuple[float, float]]) -> None:
    """Fingers on the screen: where they are at each moment; they are lifted at the end."""
    for number, points in enumerate([*moves, []]):
        kind = "touchStart" if number == 0 else "touchMove" if points else "touchEnd"
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
