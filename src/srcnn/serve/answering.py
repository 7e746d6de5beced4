"""How every answer goes out: with strict headers, after what is left of the request, to a client that takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from srcnn.serve.config import MEGABYTE
from srcnn.serve.connection import ABORT

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Of every answer that does not set them itself."""

_PIECE = 1 << 16  # bytes of an answer

# What is read of a request that was refused before its end: a client that sends first and reads then would find a
# reset connection, and no answer.
_MOST_LEFT = 256 * MEGABYTE
_LONGEST, _PAUSE = 30.0, 5.0  # seconds in all, and between two pieces


class Answering:
    """Sends the answers of an application, and counts them.

    Parameters
    ----------
    app : ASGI application
        What answers.
    stall : float
        Seconds that a client may leave a piece of its answer untaken.
    on_status : callable
        Told of the status, method and path of every answer.
    """

    def __init__(self, app: ASGIApp, stall: float, on_status: Callable[[int, str, str], None]) -> None:
        self._app = app
        self._stall = stall
        self._on_status = on_status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)

        async def begin(message: Message) -> None:
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if headers.get("content-type", "").startswith(("application/json", "application/problem+json")):
                headers.setdefault("Cache-Control", "no-store")
            # Else a browser may keep some modules of a page for days, and take those of another version beside them.
            headers.setdefault("Cache-Control", "no-cache")
            if not await body.discard():
                headers["Connection"] = "close"
            self._on_status(message["status"], scope["method"], scope["path"])

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await begin(message)
            for piece in _pieces(message):
                try:
                    async with asyncio.timeout(self._stall):
                        await send(piece)
                except TimeoutError:
                    scope["state"][ABORT]()
                    await asyncio.sleep(0)  # in which the server notices
                    raise _GoneError from None

        with suppress(_GoneError):
            await self._app(scope, body.receive, answer)


class _GoneError(OSError):
    """The client does not take its answer."""


class _Body:
    """The body of a request, and how much of it was read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._ended = False
        # Whoever reads from such a client asks it to send its body.
        self._waits = "expect" in Headers(scope=scope)

    async def receive(self) -> Message:
        message = await self._receive()
        self._waits = False
        self._ended = self._ended or message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def discard(self) -> bool:
        """Read what is left, if it is not too much; whether that was all."""
        left, clock = _MOST_LEFT, asyncio.get_running_loop().time
        end = clock() + _LONGEST
        with suppress(TimeoutError):
            while not self._ended and not self._waits and left > 0:
                async with asyncio.timeout(min(_PAUSE, end - clock())):
                    left -= len((await self.receive()).get("body", b""))
        return self._ended


def _pieces(message: Message) -> Iterator[Message]:
    """A message in pieces that a slow client can take in time; the last one is sent once all others are taken."""
    if message["type"] != "http.response.body":
        yield message
        return
    body = message.get("body", b"")
    for start in range(0, len(body), _PIECE):
        yield {"type": message["type"], "body": body[start : start + _PIECE], "more_body": True}
    if not message.get("more_body", False):
        yield {"type": message["type"], "body": b"", "more_body": False}
