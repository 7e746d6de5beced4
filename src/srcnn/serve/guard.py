"""What stands before every answer: who may ask, and the headers that keep a browser from guessing and mixing."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from srcnn.serve.config import ServeConfig
from srcnn.serve.problems import Problem, answer

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

_GUARDED = ("/v1/", "/metrics")  # what needs the token; the page and the health check do not


class Guard:
    """Refuses requests that the service is not for, counts answers and adds headers.

    Parameters
    ----------
    app : ASGI application
        What answers.
    config : ServeConfig
        Token, names and origins.
    on_status : callable
        Told of the status, method and path of every answer.
    """

    def __init__(self, app: ASGIApp, config: ServeConfig, on_status: Callable[[int, str, str], None]) -> None:
        self._app = app
        self._config = config
        self._on_status = on_status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith(("application/json", "application/problem+json")):
                    headers.setdefault("Cache-Control", "no-store")
                self._on_status(message["status"], scope["method"], scope["path"])
            await send(message)

        try:
            self._check(scope)
        except Problem as problem:
            await answer(problem)(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        accepted = self._config.accepted_hosts
        if accepted and _name(host) not in accepted:
            # A page of another site may give its own name the address of this machine (DNS rebinding).
            raise Problem(421, f"this service does not answer to the name {host[:80]!r}; start it with --allow-host")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            self._check_origin(headers, host)
        if self._config.token is not None and scope["path"].startswith(_GUARDED) and scope["method"] != "OPTIONS":
            given = headers.get("authorization", "").partition(" ")
            is_bearer = given[0].lower() == "bearer"
            if not is_bearer or not hmac.compare_digest(given[2].strip().encode(), self._config.token.encode()):
                words = "send the token of this service as Authorization: Bearer TOKEN"
                raise Problem(401, words, {"WWW-Authenticate": "Bearer"})

    def _check_origin(self, headers: Headers, host: str) -> None:
        origin = headers.get("origin")
        if origin is None or origin in self._config.origins:
            return
        if origin.lower().partition("://")[2] != host.lower():
            raise Problem(403, f"pages of {origin[:80]} may not use this service; start it with --allow-origin")


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
