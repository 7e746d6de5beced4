"""Signals that end a run: noted, and acted upon between two steps, where what is saved is whole."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """A signal ended a run, and its last checkpoint is written."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def noted_signals() -> Iterator[Callable[[], int]]:
    """Note the first signal that asks to stop; a second one acts as it would have.

    A signal that was ignored (as ``nohup`` has SIGHUP ignored) stays so.
    Only the main thread can take signals; in another, none is ever noted.

    Yields
    ------
    callable
        Gives the number of the signal that came, 0 for none.
    """
    number = 0
    before: dict[signal.Signals, Any] = {}

    def note(came: int, frame: FrameType | None) -> None:
        nonlocal number
        number = came
        restore()

    def restore() -> None:
        for which, handler in before.items():
            signal.signal(which, handler)

    if threading.current_thread() is threading.main_thread():
        # None: set by something that is not Python, and could not be put back.
        taken = [which for which in STOPPING if signal.getsignal(which) not in (signal.SIG_IGN, None)]
        before = {which: signal.signal(which, note) for which in taken}
    try:
        yield lambda: number
    finally:
        restore()
