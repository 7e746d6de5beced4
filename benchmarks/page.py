"""Seconds of the page that upscales in the browser, beside onnxruntime-web in the same headless Chromium.

The network alone, one thread each, in turns: the page's WebAssembly and JavaScript, its shaders by software rendering,
and onnxruntime-web.
Then with all cores: the whole page from a file to a PNG file, and onnxruntime-web on as many threads.

Run it on a machine with nothing else to do. It needs Chromium (`scripts/install_chromium.sh`) and npm.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import srcnn.page
from srcnn import weights
from srcnn.cores import usable_cores
from srcnn.engine.conditioned import knowing
from srcnn.methods import resolve
from srcnn.page import make_page, stored_scales
from srcnn.web import bundled

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.chromium import chromium  # noqa: E402

RUNTIME = "onnxruntime-web@1.30.0"
FILES = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
NAMES = {"wasm": "page, WebAssembly", "webgl": "page, WebGL by software", "js": "page, JavaScript", "ort": RUNTIME}
SWITCHES = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE = 1800  # seconds for one round in the browser


class Served(SimpleHTTPRequestHandler):
    """Files with the headers that threads of WebAssembly need."""

    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


def runtime() -> Path:
    """The folder of onnxruntime-web, fetched from npm once."""
    folder = ROOT / "build" / "onnxruntime-web"
    if not (folder / "package").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, RUNTIME], check=True)
        (packed,) = folder.glob("*.tgz")
        subprocess.run(["tar", "-xzf", packed, "-C", folder], check=True)
    return folder / "package" / "dist"


@contextmanager
def site(model: str, scale: int) -> Iterator[str]:
    """A site with the page, the script that measures, onnxruntime-web and the network's file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in FILES:
            (folder / file).write_bytes((runtime() / file).read_bytes())
        entry = weights.find(resolve(model), scale)
        (folder / "model.onnx").write_bytes(knowing(entry.read(), entry.card))
        (folder / "page.html").write_text(make_page([model]), encoding="utf-8")
        script = bundled(Path(__file__).with_suffix(".js"), Path(srcnn.page.__file__).parent)
        (folder / "bench.js").write_text(f"{script}\nwindow.measured = in_page.measured;\n", encoding="utf-8")
        (folder / "index.html").write_text(
            "<!doctype html><title>bench</title><script src=ort.wasm.min.js></script><script src=bench.js></script>",
            encoding="utf-8",
        )
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def networks(driver: Any, address: str, options: argparse.Namespace, engines: Sequence[str], threads: int) -> Any:
    """What measured() of page.js found."""
    entry = weights.find(resolve(options.model), options.scale)
    kernel = (Path(srcnn.page.__file__).parent / "convolve.wasm").read_bytes()
    job = {
        "engines": list(engines),
        "times": options.times,
        "size": options.size,
        "threads": threads,
        "halo": entry.card.halo,
        "planes": 1 if entry.card.channels == "luma" else 3,
        "stored": stored_scales(options.model)[options.scale],
        "kernel": base64.b64encode(kernel).decode(),
    }
    driver.get(f"{address}/index.html")
    found = driver.execute_async_script(
        "const [job, end] = arguments; measured(JSON.parse(job)).then((found) => end(JSON.stringify(found)),"
        "(error) => end(JSON.stringify({ error: String(error.stack) })))",
        json.dumps(job),
    )
    read = json.loads(found)
    if "error" in read:
        raise SystemExit(f"the browser failed: {read['error']}")
    return read


def whole(driver: Any, address: str, options: argparse.Namespace, image: Path) -> list[float]:
    """Seconds of the page itself, from the file to the PNG file, by WebAssembly on all cores."""
    seconds = []
    for _ in range(options.times):
        driver.get("about:blank")
        driver.get(f"{address}/page.html#engine=wasm&scale={options.scale}&lang=en")
        driver.find_element("id", "file").send_keys(str(image))
        end = time.monotonic() + PATIENCE
        while not (found := driver.execute_script("return document.documentElement.dataset.seconds")):
            if time.monotonic() > end or driver.find_element("id", "error").text:
                raise SystemExit(f"the page failed: {driver.find_element('id', 'error').text}")
            time.sleep(0.02)
        seconds.append(float(found))
    return seconds


def row(name: str, threads: int, size: float, opened: str, seconds: Sequence[float], difference: str) -> str:
    figures = f"{statistics.median(seconds):.2f} s | {min(seconds):.2f} s"
    return f"| {name} | {threads} | {size / 1e6:.2f} MB | {opened} | {figures} | {difference} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="fast", help="a model that a page can carry")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--size", type=int, default=512, help="pixels a side of the image")
    parser.add_argument("--times", type=int, default=8, help="runs of each")
    parser.add_argument("--engines", default="wasm,webgl,js,ort", help="of: wasm, webgl, js, ort")
    options = parser.parse_args()
    engines = options.engines.split(",")
    page = len(make_page([options.model]).encode())
    sizes = dict.fromkeys(NAMES, page) | {
        "ort": sum((runtime() / file).stat().st_size for file in FILES)
        + len(weights.find(resolve(options.model), options.scale).read())
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        site(options.model, options.scale) as address,
        chromium(Path(folder), *SWITCHES) as driver,
    ):
        driver.set_script_timeout(PATIENCE)
        wide = options.size * options.scale
        print(
            f"{options.model}, {options.size}x{options.size} → {wide}x{wide}, {options.times} runs of each, in turns\n"
        )
        print("| | threads | to load | to open | median | least | largest difference from the last |")
        print("|---|---|---|---|---|---|---|")
        for engine, found in networks(driver, address, options, engines, 1).items():
            opened, difference = f"{found['open']:.2f} s", f"{found['difference']:.1e}"
            print(row(f"network alone: {NAMES[engine]}", 1, sizes[engine], opened, found["runs"], difference))
        image = Path(folder) / "image.png"
        Image.fromarray(image_of(options.size)).save(image)
        seconds = whole(driver, address, options, image)
        print(row("file to file: page, WebAssembly", usable_cores(), sizes["wasm"], "with it", seconds, ""))
        if "ort" in engines:
            found = networks(driver, address, options, ["ort"], usable_cores())["ort"]
            opened = f"{found['open']:.2f} s"
            print(row(f"network alone: {RUNTIME}", usable_cores(), sizes["ort"], opened, found["runs"], ""))


def image_of(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (side // 4, side // 4, 3), np.uint8))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))


if __name__ == "__main__":
    main()
