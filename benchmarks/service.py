"""What a service stands: many clients at once, malformed requests, and its latency beside the library's own time.

Call it with ``load``, ``malformed`` or ``latency``.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from srcnn.upscale_file import upscale_file

SETTINGS = "scale=2&model=fast"
NAMES = ("scale", "width", "fit", "print", "dpi", "model", "denoise", "jpeg-quality", "format", "quality", "x", "id")
VALUES = ("", "0", "-1", "nan", "1e999", "9" * 90, "%00", "1x", "9x9", "auto", "bicubic", "png", "%ED%A0%80", "../..")


def image(side: int, seed: int, kind: str) -> bytes:
    """A smooth image with some detail, as bytes of a file."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (side // 4, side // 4, 3), np.uint8))
    file = io.BytesIO()
    coarse.resize((side, side), Image.Resampling.BICUBIC).save(file, kind, quality=90)
    return file.getvalue()


@contextmanager
def service(*options: str) -> Iterator[tuple[int, int]]:
    """A service: its port, and the number of its process."""
    command = [sys.executable, "-m", "srcnn", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r":(\d+)/", process.stderr.readline())
        assert found is not None
        port = int(found[1])
        try:
            ask(port, "POST", f"/v1/upscale?{SETTINGS}", image(64, 0, "PNG"))
            yield port, process.pid
        finally:
            process.terminate()


def ask(port: int, method: str, path: str, body: bytes, kind: str = "image/png") -> tuple[int, float, bytes]:
    """Status, Retry-After and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request(method, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, float(answer.getheader("Retry-After") or 0), answer.read()
    finally:
        connection.close()


def memory(pid: int) -> int:
    """Bytes that a process and its children hold."""
    pids = [pid]
    for one in pids:
        children = Path(f"/proc/{one}/task/{one}/children")
        pids += [int(child) for child in children.read_text().split()] if children.exists() else []
    statuses = [Path(f"/proc/{one}/status").read_text() for one in pids if Path(f"/proc/{one}/status").exists()]
    return sum(int(found[1]) * 1024 for text in statuses if (found := re.search(r"VmRSS:\s+(\d+)", text)))


def load(clients: int, seconds: float, side: int) -> dict[str, object]:
    """Clients that ask again as soon as they are answered, and wait as long as they are told when refused."""
    files = [image(side, seed, "JPEG") for seed in range(8)]
    with tempfile.TemporaryDirectory() as folder:
        right = []
        for number, file in enumerate(files):
            source, target = Path(folder) / f"{number}.jpg", Path(folder) / f"{number}_x2.jpg"
            source.write_bytes(file)
            upscale_file(source, target, 2, "fast")
            right.append(target.read_bytes())
    statuses: Counter[int] = Counter()
    wrong: Counter[str] = Counter()
    took: list[float] = []
    peak = 0
    with service() as (port, pid):
        end = time.monotonic() + seconds

        def client(seed: int) -> None:
            rng = random.Random(seed)
            while time.monotonic() < end:
                number = rng.randrange(len(files))
                start = time.monotonic()
                try:
                    path = f"/v1/upscale?{SETTINGS}&name=image.jpg"
                    status, wait, body = ask(port, "POST", path, files[number], "image/jpeg")
                except OSError as error:
                    wrong[type(error).__name__] += 1
                    continue
                statuses[status] += 1
                if status == 200:
                    took.append(time.monotonic() - start)
                    wrong["result"] += body != right[number]
                elif status == 429:
                    time.sleep(min(wait * rng.uniform(0.5, 1), max(0, end - time.monotonic())))

        threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            peak = max(peak, memory(pid))
            time.sleep(0.25)
    return {
        "clients": clients,
        "seconds": seconds,
        "statuses": dict(statuses),
        "wrong": {name: count for name, count in wrong.items() if count},
        "images_per_second": round(statuses[200] / seconds, 2),
        "median_seconds": round(statistics.median(took), 2),
        "longest_seconds": round(max(took), 2),
        "peak_memory_mb": round(peak / 1e6),
    }


def malformed(count: int) -> dict[str, object]:
    """Requests with something broken: cut and flipped images, wrong settings, torn forms."""
    rng = random.Random(0)
    files = [image(48, 0, kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")]
    statuses: Counter[int] = Counter()
    with service("--time-limit", "60") as (port, _):
        for _ in range(count):
            body = bytearray(rng.choice(files))
            for _ in range(rng.choice((0, 1, 3, 30))):
                body[rng.randrange(len(body))] = rng.randrange(256)
            del body[rng.choice((len(body), rng.randrange(len(body)))) :]
            query = "&".join(f"{rng.choice(NAMES)}={rng.choice(VALUES)}" for _ in range(rng.randrange(3)))
            kind = rng.choice(("image/png", "multipart/form-data; boundary=XX", "multipart/form-data", "", "text/html"))
            if "XX" in kind:
                head = b'--XX\r\nContent-Disposition: form-data; name="image"\r\n\r\n'
                form = bytearray(head + bytes(body) + b"\r\n--XX--\r\n")
                form[rng.randrange(len(form))] = rng.randrange(256)
                body = form
            try:
                statuses[ask(port, "POST", f"/v1/upscale?{query}", bytes(body), kind)[0]] += 1
            except (OSError, http.client.HTTPException) as error:
                statuses[type(error).__name__] += 1  # type: ignore[index]
    return {"statuses": {str(status): number for status, number in statuses.items()}}


def latency(repeats: int = 20) -> dict[str, object]:
    """Seconds of one 512x512 JPEG, twice as large by fast: over HTTP, and by `upscale_file`, in turns."""
    file = image(512, 0, "JPEG")
    took: dict[str, list[float]] = {"http": [], "library": []}
    with tempfile.TemporaryDirectory() as folder, service() as (port, _):
        source, target = Path(folder) / "image.jpg", Path(folder) / "large.jpg"
        source.write_bytes(file)
        for _ in range(repeats):
            start = time.perf_counter()
            assert ask(port, "POST", f"/v1/upscale?{SETTINGS}&name=image.jpg", file, "image/jpeg")[0] == 200
            took["http"].append(time.perf_counter() - start)
            start = time.perf_counter()
            upscale_file(source, target, 2, "fast")
            target.read_bytes()
            took["library"].append(time.perf_counter() - start)
    medians = {name: statistics.median(values[2:]) for name, values in took.items()}
    return {name: round(1000 * value, 1) for name, value in medians.items()} | {
        "least": {name: round(1000 * min(values[2:]), 1) for name, values in took.items()},
        "ratio": round(medians["http"] / medians["library"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("load", "malformed", "latency"))
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--count", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "load":
        print(json.dumps(load(given.clients, given.seconds, given.side)))
    else:
        print(json.dumps(malformed(given.count) if given.what == "malformed" else latency()))


if __name__ == "__main__":
    main()
