"""A connection of the server that an answer can break off."""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol

ABORT = "abort"
"""What breaks the connection off, in the ``state`` of every request."""


class Connection(H11Protocol):
    """Uvicorn's, for clients that take nothing of their answer.

    Uvicorn closes a connection once all that was sent has been taken, which such a client never does; `ABORT` does
    not wait.
    Nothing lies in a buffer between an answer and the system, so an answer that could be sent was taken by the system.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin.

        Parameters
        ----------
        transport : asyncio.Transport
            Of the socket.
        """
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)
        # asyncio does so only where the listening socket names its protocol; else headers and body of an answer are
        # 40 ms apart (Nagle's algorithm, and a client that delays its acknowledgement).
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = self.app_state | {ABORT: transport.abort}
