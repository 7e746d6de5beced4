"""How much is read of a request that is refused before its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse

from srcnn.serve.answering import Answering

if TYPE_CHECKING:
    from starlette.types import Message


def answered(receive: Callable[[], Coroutine[Any, Any, Message]], *headers: tuple[bytes, bytes]) -> dict[str, str]:
    """The headers of an answer to a request of which nothing was read."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "state": {}}
    app = Answering(PlainTextResponse("no", 404), stall=60, on_status=lambda *status: None)
    asyncio.run(app(scope, receive, send))
    assert b"".join(message.get("body", b"") for message in sent) == b"no"
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_rest_is_read_and_the_connection_kept() -> None:
    rest = [b"a", b"b", b"c"]

    async def receive() -> Message:
        return {"type": "http.request", "body": rest.pop(), "more_body": bool(rest)}

    assert "connection" not in answered(receive)
    assert not rest


def test_rest_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.serve.answering._MOST_LEFT", 10_000)
    read = []

    async def receive() -> Message:
        read.append(bytes(1000))
        return {"type": "http.request", "body": read[-1], "more_body": True}

    assert answered(receive)["connection"] == "close"
    assert len(read) == 10


@pytest.mark.parametrize("limit", ["_PAUSE", "_LONGEST"])
def test_rest_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(f"srcnn.serve.answering.{limit}", 0.01)

    async def receive() -> Message:
        await asyncio.sleep(0.001 if limit == "_LONGEST" else 1000)
        return {"type": "http.request", "body": b"a", "more_body": True}

    assert answered(receive)["connection"] == "close"


def test_client_that_asks_first_is_not_told_to_send() -> None:
    async def receive() -> Message:
        raise AssertionError("whoever reads tells the client to send")

    assert answered(receive, (b"expect", b"100-continue"))["connection"] == "close"


def test_client_that_goes_away_is_not_waited_for() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    answered(receive)
