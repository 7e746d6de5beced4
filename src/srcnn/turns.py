"""Work on two files at once, of which one computes: while it does, its neighbours are read and written.

Computing takes every core, so two files that compute together would take as long as one after the other, and twice the
memory. What is written after the last block (all of a WebP or AVIF, the end of a PNG) takes one core, and the others
would wait for it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from srcnn.errors import CancelledError
from srcnn.progress import OnProgress

Item = TypeVar("Item")
Result = TypeVar("Result")

_AT_ONCE = 2
_PATIENCE = 0.1  # seconds after which a waiting job looks whether all are to stop


class Turns:
    """The right to compute, which one job at a time has: from its first block to its last."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(1)  # no lock: blocks are counted by the threads that compute
        self._stopped = threading.Event()
        self._own = threading.local()

    def listener(self, on_progress: OnProgress) -> OnProgress:
        """Let the job of this thread take its turn when it begins to compute, and give it back after its last block.

        Parameters
        ----------
        on_progress : callable
            What else is told of the blocks.

        Returns
        -------
        callable
            To be given to the work; it raises `CancelledError` once the jobs are to stop.
        """
        turn = self._own.turn = _Turn(self._free, self._stopped)

        def told(done: int, total: int) -> None:
            turn.take()
            on_progress(done, total)
            if done >= total:
                turn.give_back()

        return told

    def each(
        self, items: Iterable[Item], work: Callable[[Item], Result], alone: Callable[[Item], bool]
    ) -> Generator[tuple[Result, float], None, None]:
        """Do a job for each item: two at once, but one alone where it asks for it.

        Parameters
        ----------
        items : iterable
            Taken one by one.
        work : callable
            Called in threads; it raises nothing.
        alone : callable
            Whether an item must have the machine for itself.

        Yields
        ------
        (object, float)
            What the work gives, in the order of the items, and the seconds that it waited for its turn.
        """
        pending: deque[Future[tuple[Result, float]]] = deque()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="srcnn-file") as pool:
            try:
                single = False
                for item in items:
                    before, single = single, alone(item)
                    while len(pending) >= (1 if single or before else _AT_ONCE):
                        yield pending.popleft().result()
                    pending.append(pool.submit(self._one, work, item))
                while pending:
                    yield pending.popleft().result()
            finally:  # an interruption, or a caller who has seen enough
                self._stopped.set()
                for future in pending:
                    future.cancel()

    def _one(self, work: Callable[[Item], Result], item: Item) -> tuple[Result, float]:
        self._own.turn = None
        try:
            result = work(item)
        finally:
            turn: _Turn | None = self._own.turn
            if turn is not None:
                turn.give_back()  # the work may have failed between two blocks
        return result, 0.0 if turn is None else turn.waited


class _Turn:
    """The turn of one job."""

    def __init__(self, free: threading.Semaphore, stopped: threading.Event) -> None:
        self._free, self._stopped = free, stopped
        self._lock = threading.Lock()
        self._held = self._over = False
        self.waited = 0.0  # seconds

    def take(self) -> None:
        """Wait for the turn; nothing to do for a job that has it, or had it."""
        if not (self._held or self._over):
            start = time.perf_counter()
            while not self._free.acquire(timeout=_PATIENCE):
                self._check()
            self._held = True
            self.waited = time.perf_counter() - start
        self._check()

    def give_back(self) -> None:
        """Let the next job compute."""
        with self._lock:
            self._over = True
            if self._held:
                self._held = False
                self._free.release()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise CancelledError("stopped with the other files")
