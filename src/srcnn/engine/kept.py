"""What takes time to open, kept for the next use: networks by the shape of their input, methods by their settings."""

import sys
import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Kept(Generic[K, T]):
    """Things made for a key each: created on first use, with those used last kept; safe to use from several threads."""

    def __init__(self, make: Callable[[K], T], count: int) -> None:
        self._make = make
        self._count = count
        self._made: dict[K, T] = {}
        self._lock = threading.Lock()

    def of(self, key: K) -> T:
        """What there is for a key.

        Parameters
        ----------
        key : hashable
            Such as the shape of a network's input.

        Returns
        -------
        object
            What was made for it, now or earlier.
        """
        with self._lock:
            if key in self._made:
                self._made[key] = self._made.pop(key)  # the last one to go
                return self._made[key]
            while len(self._made) >= self._count:
                self._made.pop(next(iter(self._made)))
                _return_freed_memory()
            return self._made.setdefault(key, self._make(key))

    def clear(self) -> None:
        """Let everything go; what is in use stays until its use ends."""
        with self._lock:
            self._made.clear()
        _return_freed_memory()


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def _return_freed_memory() -> None:
    """Return freed memory, which glibc keeps in pieces too small for the next shape, to the system."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
