"""What an engine makes of a network for one shape of its input, kept for the next input of that shape."""

import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

T = TypeVar("T")


class KeptByShape(Generic[T]):
    """Networks loaded for one input shape each: created on first use, with the most recent ones kept."""

    def __init__(self, make: Callable[[tuple[int, ...]], T], count: int) -> None:
        self._make = make
        self._count = count
        self._made: dict[tuple[int, ...], T] = {}
        self._lock = threading.Lock()

    def of(self, shape: tuple[int, ...]) -> T:
        """What there is for a shape.

        Parameters
        ----------
        shape : tuple of int
            Of the network's input.

        Returns
        -------
        object
            What was made for it, now or earlier.
        """
        with self._lock:
            if shape not in self._made:
                while len(self._made) >= self._count:
                    self._made.pop(next(iter(self._made)))
                    _return_freed_memory()
                self._made[shape] = self._make(shape)
            return self._made[shape]


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def _return_freed_memory() -> None:
    """Return freed memory, which glibc keeps in pieces too small for the next shape, to the system."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
