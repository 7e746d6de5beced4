"""A real service on the loopback, and a client that does what it is told."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

for _needed in ("starlette", "uvicorn", "python_multipart"):
    pytest.importorskip(_needed, reason="the service needs the extra 'serve'")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self.body[:200]
        assert self.json["status"] == self.status
        return str(self.json["detail"])


@dataclass
class Running:
    """A service in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    temporary: Path
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            got = connection.getresponse()
            return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def upscale(self, image: bytes, headers: dict[str, str] | None = None, **settings: object) -> Answer:
        return self.ask(
            "POST", f"/v1/upscale?{urlencode(settings)}", image, {"Content-Type": "image/png"} | (headers or {})
        )

    @staticmethod
    def form(image: bytes | None, name: str = "image.png", **fields: str) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a form."""
        parts = [
            f'--XX\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
        ]
        head = f'--XX\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
        body = "".join(parts).encode() + (b"" if image is None else head.encode() + image + b"\r\n") + b"--XX--\r\n"
        return body, {"Content-Type": "multipart/form-data; boundary=XX"}

    def metric(self, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics").body.decode(), re.MULTILINE)
        assert found is not None, name
        return float(found[1])

    def left(self) -> list[str]:
        """Files of requests that lie in the temporary folder."""
        return sorted(str(path.relative_to(self.temporary)) for path in self.temporary.glob("srcnn-serve-*/*"))

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come to be"
            time.sleep(0.02)


class MakePng(Protocol):
    """Makes a PNG file of a smooth image."""

    def __call__(self, width: int = 40, height: int = 30, seed: int = 0) -> bytes: ...


class Start(Protocol):
    """Starts a service with some options."""

    def __call__(self, *options: str, **environment: str) -> Running: ...


class Configure(Protocol):
    """Starts a service with settings that the command has no options for."""

    def __call__(self, **settings: object) -> Running: ...


_CONFIGURED = """
import sys
from srcnn.serve.config import ServeConfig
from srcnn.serve.run import run
run(ServeConfig(port=0, **{settings}), lambda address: print(address, file=sys.stderr, flush=True))
"""


@contextmanager
def started(options: tuple[str, ...], environment: dict[str, str]) -> Iterator[Running]:
    with _running(["-m", "srcnn", "serve", "--port", "0", *options], environment) as running:
        yield running


@contextmanager
def _running(arguments: list[str], environment: dict[str, str]) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": folder} | environment,
        )
        assert process.stderr is not None
        said = []
        try:
            while not (found := re.search(r"http://\S+:(\d+)/", line := process.stderr.readline())):
                said.append(line)
                assert line, "".join(said)
            running = Running(process, int(found[1]), Path(folder), said)
            running.until(lambda: _answers(running))
            yield running
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            process.stderr.close()


def _answers(running: Running) -> bool:
    try:
        return running.get("/healthz").status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def service() -> Iterator[Running]:
    """A service with the usual settings, for all tests that leave it as it was."""
    with started((), {}) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts services that end with the test."""
    with ExitStack() as stack:
        yield lambda *options, **environment: stack.enter_context(started(options, environment))


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Starts services that end with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(
            _running(["-c", _CONFIGURED.replace("{settings}", repr(settings))], {})
        )


@pytest.fixture(scope="session")
def png() -> MakePng:
    return _png


def _png(width: int = 40, height: int = 30, seed: int = 0) -> bytes:
    """A PNG file of a smooth image."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8))
    file = io.BytesIO()
    coarse.resize((width, height), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()
