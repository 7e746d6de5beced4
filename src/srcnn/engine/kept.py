"""What an engine makes of a network for one shape of its input, kept for the next input of that shape."""

import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

T = TypeVar("T")


class KeptByShape(Generic[T]):
    """What an engine makes of a network for one shape of its input: made when it is first asked for, the latest few are
    kept.
    """

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
    """Hand what was freed back to the system: glibc keeps it in pieces too small for the next shape, and memory would
    creep.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
