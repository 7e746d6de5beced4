"""The page in a real Chromium without a screen, opened from the disk, with no network."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.methods import ALIASES, available
from srcnn.page import make_page
from tests.chromium import chromium

FOR_PHOTOGRAPHS = [name for name in ("photo", "photo-fast") if name in (*available(), *ALIASES)]
# Software rendering, so that shaders run on machines without a graphics card; no name has an address.
SWITCHES = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)
PATIENCE = 400  # seconds: shaders are compiled by the processor here


@dataclass
class Page:
    """The page in a browser, and the folder for what it lets a user download."""

    driver: Any
    address: str
    downloads: Path

    def open(self, **wishes: object) -> None:
        self.driver.get("about:blank")  # else another fragment would not load the page again
        fragment = "&".join(f"{name}={value}" for name, value in ({"lang": "en"} | wishes).items())
        self.driver.get(f"{self.address}#{fragment}")

    def element(self, name: str) -> Any:
        return self.driver.find_element("id", name)

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def choose(self, path: Path) -> None:
        self.element("file").send_keys(str(path))

    def wait(self) -> str:
        """Until there is a result or an error; its text."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for name in ("summary", "error"):
                if self.element(name).text:
                    return str(self.element(name).text)
            time.sleep(0.05)
        raise AssertionError(f"nothing happened: {self.element('status').text}, {self.driver.get_log('browser')}")

    def downloaded(self) -> tuple[Path, bytes]:
        """What the link gives, as a user would get it."""
        for old in self.downloads.iterdir():
            old.unlink()
        self.element("download").click()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            done = [path for path in self.downloads.iterdir() if path.suffix == ".png"]
            if done:
                return done[0], done[0].read_bytes()
            time.sleep(0.05)
        raise AssertionError("nothing was downloaded")

    def upscaled(self, path: Path, **wishes: object) -> np.ndarray[Any, np.dtype[np.uint8]]:
        self.open(**wishes)
        self.choose(path)
        said = self.wait()
        assert not self.element("error").text, said
        return np.asarray(Image.open(io.BytesIO(self.downloaded()[1])))


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(tmp_path_factory.mktemp("page"), make_page()) as page:
        yield page


@pytest.fixture(scope="session")
def photo_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(tmp_path_factory.mktemp("photo_page"), make_page(["fast", *FOR_PHOTOGRAPHS])) as page:
        yield page


@contextmanager
def opened(folder: Path, html: str) -> Iterator[Page]:
    (file := folder / "page.html").write_text(html, encoding="utf-8")
    with chromium(folder / "downloads", *SWITCHES) as driver:
        yield Page(driver, file.as_uri(), folder / "downloads")
