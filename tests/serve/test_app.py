"""The application, asked without a server: above all faults inside the service, which are problems as all others."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from srcnn.serve.app import _page_of_one_file, application
from srcnn.serve.config import ServeConfig
from srcnn.serve.service import Service
from srcnn.serve.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Scope

    from tests.serve.conftest import MakePng


@dataclass(frozen=True)
class Told:
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(service: Service, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Told:
    """Ask the application of a service one thing."""
    given = {"host": "localhost", "content-type": "image/png"} | (headers or {})
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "state": {},
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    sent: list[Message] = []

    async def run() -> None:
        unread = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not unread:
                await asyncio.sleep(1000)
            return unread.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        await application(service)(scope, receive, send)
        await service.worker.stop()

    asyncio.run(run())
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Told(sent[0]["status"], found, b"".join(message["body"] for message in sent[1:]))


def is_problem(told: Told, service: Service, status: int, words: str) -> None:
    """It looks as all other problems do, and was counted."""
    assert told.status == status
    assert told.headers["content-type"] == "application/problem+json"
    assert words in json.loads(told.body)["detail"]
    assert "default-src 'none'" in told.headers["content-security-policy"]
    assert told.headers["x-content-type-options"] == "nosniff"
    counted = ask(service, "GET", "/metrics").body.decode()
    assert f'srcnn_http_responses_total{{status="{status}"}} 1\n' in counted


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*arguments: object, **settings: object) -> Any:
        raise error

    return fail


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(ServeConfig(), tmp_path)


@pytest.mark.parametrize("headers", [{}, {"content-type": "multipart/form-data; boundary=XX"}])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_is_told(
    service: Service, png: MakePng, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode="r", **more: opened(Path("/dev/full"), mode, **more))
    body = png(200, 200)
    if headers:
        body = b'--XX\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + body + b"\r\n--XX--\r\n"
    told = ask(service, "POST", "/v1/upscale", body, headers)
    monkeypatch.undo()
    is_problem(told, service, 507, "no room for the image now")
    assert service.measures.images["failed"] == 1
    assert not list(tmp_path.iterdir())


def test_process_that_cannot_start_is_told(service: Service, png: MakePng, caplog: pytest.LogCaptureFixture) -> None:
    service.worker = Worker(("/nowhere/python",))
    told = ask(service, "POST", "/v1/upscale", png())
    is_problem(told, service, 503, "the process that computes cannot be started")
    assert told.headers["retry-after"] == "10"
    assert service.measures.images["failed"] == 1
    assert "No such file or directory: '/nowhere/python'" in caplog.text


@pytest.mark.parametrize("origins", [(), ("https://friend.example",)])
def test_bug_is_told_without_its_words_and_logged_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, origins: tuple[str, ...]
) -> None:
    service = Service(ServeConfig(origins=origins), tmp_path)
    monkeypatch.setattr(service.offer.__class__, "described", failing(ZeroDivisionError("a secret")))
    told = ask(service, "GET", "/v1/models", headers={"origin": "https://friend.example"})
    is_problem(told, service, 500, "a fault of the service, whose log says more")
    assert told.headers.get("access-control-allow-origin") == (origins[0] if origins else None)
    assert b"secret" not in told.body
    assert "GET '/v1/models' 500" in caplog.text
    assert "ZeroDivisionError: a secret" in caplog.text


def test_page_of_one_file_is_made_beside_the_answers(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    makers = []

    def make() -> str:
        makers.append(threading.current_thread())
        return "the page"

    _page_of_one_file.cache_clear()
    monkeypatch.setattr("srcnn.serve.app.make_page", make)
    try:
        assert ask(service, "GET", "/browser").body == b"the page"
        assert ask(service, "GET", "/browser").body == b"the page"
    finally:
        _page_of_one_file.cache_clear()
    assert len(makers) == 1
    assert makers[0] is not threading.main_thread()
