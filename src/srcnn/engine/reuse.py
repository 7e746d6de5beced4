"""Reuse of blocks that were computed before: in an animation most of a frame stands still.

A block is known by all that its values depend on, the network and its input with the halo, so a reused block is the
one that would be computed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any] | None, ...]


class Kept:
    """The results of some inputs; those that were not asked for the longest time give way to new ones.

    Parameters
    ----------
    most_bytes : int
        Of all results together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._results: OrderedDict[bytes, Arrays] = OrderedDict()
        self._makers: list[object] = []
        self._lock = threading.Lock()

    def number(self, maker: object) -> int:
        """A number for what computes results, the same as long as these are kept.

        Parameters
        ----------
        maker : object
            Known by its identity, and held so that no other takes it over.

        Returns
        -------
        int
            To be part of a key.
        """
        with self._lock:
            for number, known in enumerate(self._makers):
                if known is maker:
                    return number
            self._makers.append(maker)
            return len(self._makers) - 1

    def get(self, key: bytes) -> Arrays | None:
        """The result of an input.

        Parameters
        ----------
        key : bytes
            From `key_of`.

        Returns
        -------
        tuple of array, or None
            Not to be written to; None if it is not there.
        """
        with self._lock:
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
            return found

    def put(self, key: bytes, result: Arrays) -> None:
        """Keep a result, unless it alone is too large.

        Parameters
        ----------
        key : bytes
            From `key_of`.
        result : tuple of array
            What was computed.
        """
        size = _size(result)
        with self._lock:
            if size > self._most or key in self._results:
                return
            self._results[key] = result
            self._held += size
            while self._held > self._most:
                _, oldest = self._results.popitem(last=False)
                self._held -= _size(oldest)


def key_of(arrays: Arrays, *others: object) -> bytes:
    """What tells one input from another.

    Parameters
    ----------
    arrays : tuple of array or None
        The values.
    *others : object
        What else the result depends on.

    Returns
    -------
    bytes
        A digest.
    """
    digest = blake2b(digest_size=20)
    for array in arrays:
        digest.update(repr(None if array is None else (array.shape, array.dtype.str)).encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    digest.update(repr(others).encode())
    return digest.digest()


@contextmanager
def reusing(blocks: Kept) -> Iterator[None]:
    """Let networks reuse the blocks that they computed before, in the images that this thread upscales meanwhile.

    Parameters
    ----------
    blocks : Kept
        Those from before, to which new ones are added.

    Yields
    ------
    None
        Afterwards all blocks are computed again.
    """
    token = _BLOCKS.set(blocks)
    try:
        yield
    finally:
        _BLOCKS.reset(token)


def kept_blocks() -> Kept | None:
    """The blocks that may be reused now.

    Returns
    -------
    Kept or None
        None outside of `reusing`.
    """
    return _BLOCKS.get()


_BLOCKS: ContextVar[Kept | None] = ContextVar("blocks", default=None)


def _size(result: Arrays) -> int:
    return sum(0 if array is None else array.nbytes for array in result)
