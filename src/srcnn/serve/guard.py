"""What stands before every answer: who may ask, and what becomes of an error."""

from __future__ import annotations

import hmac
import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from srcnn.serve.config import ServeConfig
from srcnn.serve.problems import Problem, answer, problem_of

_GUARDED = ("/v1/", "/metrics")  # what needs the token; the page and the health check do not
_log = logging.getLogger(__name__)


class Guard:
    """Refuses requests that the service is not for, and makes a problem of every error.

    Parameters
    ----------
    app : ASGI application
        What answers.
    config : ServeConfig
        Token, names and origins.
    """

    def __init__(self, app: ASGIApp, config: ServeConfig) -> None:
        self._app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def answering(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, answering)
        except Exception as error:
            if begun:
                raise  # the server closes the connection of an answer that has no end
            problem = problem_of(error)
            cause = error.__cause__ if problem is error else error
            if problem.status >= 500 and cause is not None:
                _log.error("%s %a %d: %s", scope["method"], scope["path"], problem.status, problem, exc_info=cause)
            await answer(problem)(scope, receive, send)

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
        if origin is None or origin in self._config.accepted_origins:
            return
        if origin.lower().partition("://")[2] != host.lower():
            raise Problem(403, f"pages of {origin[:80]} may not use this service; start it with --allow-origin")


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
