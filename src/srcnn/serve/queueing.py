"""Who is served when: a bounded number of requests, one computation at a time, clients by turns."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from srcnn.serve.problems import Problem

_LONGEST_WAIT = 120  # seconds that a client is asked to wait at most


class FairQueue:
    """Places for requests, and turns for those that wait.

    A client is an address.
    Turns go round the clients, whatever the number of their requests, and the last quarter of the places is kept for
    clients that hold none.

    Parameters
    ----------
    places : int
        Requests that are accepted at once.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._busy = False
        self._seconds = 1.0  # that a computation takes, as a running mean

    @property
    def held(self) -> int:
        """Places that are taken."""
        return self._held.total()

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return sum(len(line) for line in self._waiting.values())

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Take a place, if there is one.

        Parameters
        ----------
        client : str
            Who asks.

        Yields
        ------
        None
            While the place is held.

        Raises
        ------
        Problem
            429, with the seconds after which to come again.
        """
        most = self.places if not self._held[client] else max(1, self.places - self.places // 4)
        if self.held >= most:
            seconds = min(_LONGEST_WAIT, max(1, math.ceil(self._seconds * (self.waiting + 1))))
            raise Problem(
                429,
                f"all {self.places} places are taken; try again in {seconds} s",
                {"Retry-After": str(seconds)},
            )
        self._held[client] += 1
        try:
            yield
        finally:
            self._held[client] -= 1
            self._held += Counter()  # forgets clients without a place

    @asynccontextmanager
    async def turn(self, client: str, on_waiting: asyncio.Future[None] | None = None) -> AsyncIterator[None]:
        """Wait until it is the client's turn to compute.

        Parameters
        ----------
        client : str
            Who waits.
        on_waiting : future, optional
            The one to wait with, if the caller wants to know its place in the line.

        Yields
        ------
        None
            While nobody else computes.
        """
        if self._busy:
            turn = on_waiting or asyncio.get_running_loop().create_future()
            self._waiting.setdefault(client, deque()).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()  # it was this one's turn already
                else:
                    self._forget(client, turn)
                raise
        self._busy = True
        start = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._seconds += 0.2 * (asyncio.get_running_loop().time() - start - self._seconds)
            self._next()

    def ahead(self, client: str, turn: asyncio.Future[None]) -> int:
        """How many computations come before a turn.

        Parameters
        ----------
        client : str
            Who waits.
        turn : future
            What it waits with.

        Returns
        -------
        int
            With the one at work.
        """
        own = self._waiting.get(client, deque())
        if turn not in own:
            return 0
        before, rounds, ahead = True, own.index(turn), 1
        for other, line in self._waiting.items():
            if other == client:
                before = False
                ahead += rounds
            else:
                ahead += min(len(line), rounds + before)
        return ahead

    def _next(self) -> None:
        """Give the turn to the first of the client that has waited longest for one."""
        self._busy = False
        while self._waiting:
            client, line = self._waiting.popitem(last=False)
            turn = line.popleft()
            if line:
                self._waiting[client] = line  # at the end
            if not turn.done():
                self._busy = True
                turn.set_result(None)
                return

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._waiting.get(client)
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._waiting[client]
