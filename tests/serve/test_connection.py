"""Clients that send too much, or take nothing: each gets its answer, or loses its connection."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.server import ServerState

from srcnn.serve.config import ServeConfig
from srcnn.serve.connection import ABORT, Connection
from srcnn.serve.run import _listening

if TYPE_CHECKING:
    from tests.serve.conftest import Configure, MakePng, Running, Start

MUCH = bytes(5_000_000)  # more than the buffers of a connection take


@pytest.fixture
def strict(start: Start) -> Running:
    return start("--max-body", "0.3", "--token", "correct horse")


AUTHORISED = {"Authorization": "Bearer correct horse"}
IMAGE, TEXT = {"Content-Type": "image/png"}, {"Content-Type": "text/plain"}


def test_refused_client_that_sends_all_before_it_reads_gets_its_answer(strict: Running) -> None:
    def status(path: str, headers: dict[str, str], close: str) -> int:
        return strict.ask("POST", path, MUCH, headers | {"Connection": close}).status

    for close in ("keep-alive", "close"):
        assert status("/v1/upscale", AUTHORISED | IMAGE, close) == 413
        assert status("/v1/upscale?scale=-1", AUTHORISED | IMAGE, close) == 400
        assert status("/v1/upscale", IMAGE, close) == 401
        assert status("/nothing", {}, close) == 404
    assert strict.ask("POST", "/v1/upscale", iter([MUCH] * 2), AUTHORISED | IMAGE).status == 413
    request = urllib.request.Request(f"{strict.address}/v1/upscale", MUCH, AUTHORISED | IMAGE)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert "more than 0.3 MB" in json.load(caught.value)["detail"]


def test_refused_client_that_asks_first_sends_nothing(strict: Running) -> None:
    with socket.create_connection(("127.0.0.1", strict.port)) as connection:
        head = f"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(MUCH)}\r\n"
        connection.sendall(f"{head}Authorization: Bearer correct horse\r\nExpect: 100-continue\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("what", ["a result", "many answers"])
def test_client_that_takes_nothing_loses_its_connection(configure: Configure, png: MakePng, what: str) -> None:
    service = configure(stall=1.0, grace=600.0)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.connect(("127.0.0.1", service.port))
        if what == "a result":
            image, count = png(600, 600), "srcnn_sent_bytes_total"
            head = "POST /v1/upscale?model=bicubic&scale=4&format=bmp HTTP/1.1\r\nHost: localhost\r\n"
            connection.sendall(f"{head}Content-Length: {len(image)}\r\n\r\n".encode() + image)
        else:
            count = 'srcnn_http_responses_total{status="206"}'
            connection.sendall(b"GET /page/texts.js HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-\r\n\r\n" * 3000)
        service.until(lambda: _stands_still(service, count))
        service.until(lambda: service.metric("srcnn_places_taken") == 0)
        service.process.send_signal(signal.SIGTERM)
        # It would wait ten minutes for a connection that is still open.
        assert service.process.wait(60) == -signal.SIGTERM


def test_answers_wait_neither_in_a_buffer_nor_for_an_acknowledgement() -> None:
    async def run() -> asyncio.Transport:
        made = Connection(uvicorn.Config(PlainTextResponse("")), ServerState(), {})
        with _listening(ServeConfig(port=0)) as listener:
            async with await asyncio.get_running_loop().create_server(lambda: made, sock=listener):
                _, writer = await asyncio.open_connection(*listener.getsockname())
                while made.transport is None:
                    await asyncio.sleep(0.01)
                assert made.transport.get_write_buffer_limits() == (0, 0)
                assert made.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                made.app_state[ABORT]()
                writer.close()
        return made.transport

    assert asyncio.run(run()).is_closing()


def _stands_still(service: Running, count: str) -> bool:
    """Whether something has been counted, and no more of it is."""

    def now() -> str:
        return service.get("/metrics").body.decode().partition(f"\n{count} ")[2].partition("\n")[0]

    before = now()
    time.sleep(0.3)
    return before == now() not in ("", "0")
