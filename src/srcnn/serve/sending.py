"""A result on its way to the client: a file, sent piece by piece, that is removed whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 1 << 18  # bytes


class FileAnswer(Response):
    """Sends a file, and then lets go of what was held for the request.

    Parameters
    ----------
    path : Path
        The file.
    headers : dict
        Of the answer.
    kind : str
        Its media type.
    held : ExitStack
        Closed at the end, also where the client has gone away.
    on_sent : callable
        Told of the bytes of every piece.
    """

    def __init__(
        self,
        path: Path,
        headers: dict[str, str],
        kind: str,
        *,
        held: ExitStack,
        on_sent: Callable[[int], None],
    ) -> None:
        super().__init__(None, 200, headers, kind)
        self.headers["Content-Length"] = str(path.stat().st_size)
        self._path = path
        self._held = held
        self._on_sent = on_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        with self._held, self._path.open("rb") as file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while True:
                piece = file.read(_PIECE)
                await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
                self._on_sent(len(piece))
                if not piece:
                    return
