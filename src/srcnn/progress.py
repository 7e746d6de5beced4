"""How much of one image is computed: the blocks of its networks, whatever the steps between image and result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from srcnn import options
from srcnn.errors import CancelledError, OptionError

OnProgress = Callable[[int, int], None]
"""Called with the number of blocks that are done and of all blocks of the image: first with 0, at last with all.

The calls come from the threads that compute, one at a time.
An exception that it raises ends the work and reaches the caller, so it is also the way to cancel.
"""


class Flag(Protocol):
    """What says that work is to stop: a `threading.Event`, or one of another kind."""

    def is_set(self) -> bool:
        """Whether it is to stop.

        Returns
        -------
        bool
            Asked from the threads that compute.
        """
        ...


def cancellable(on_progress: OnProgress | None, cancel: Flag | None) -> OnProgress | None:
    """A listener that stops the work at the next block once a flag is set.

    Parameters
    ----------
    on_progress : callable, optional
        The listener.
    cancel : Flag, optional
        The flag.

    Returns
    -------
    callable or None
        None where there is neither.

    Raises
    ------
    CancelledError
        By what is returned, once the flag is set.
    OptionError
        If one of them is of another kind.
    """
    options.function("on_progress", on_progress)
    if cancel is not None and not callable(getattr(cancel, "is_set", None)):
        raise OptionError(f"cancel must be a threading.Event, got {options.shown(cancel)}")
    if cancel is None:
        return on_progress

    def tell(done: int, total: int) -> None:
        if cancel.is_set():
            raise CancelledError(f"cancelled with {done} of {total} blocks done")
        if on_progress is not None:
            on_progress(done, total)

    return tell


class Blocks:
    """Count the blocks of one image and tell a listener.

    Parameters
    ----------
    on_progress : callable, optional
        The listener; None counts for nobody.
    """

    def __init__(self, on_progress: OnProgress | None = None) -> None:
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._done = 0
        self._total = 0

    @property
    def total(self) -> int:
        """Blocks that are expected so far."""
        return self._total

    def expect(self, count: int) -> None:
        """Expect more blocks.

        Parameters
        ----------
        count : int
            How many.
        """
        self._total += count

    def begin(self) -> None:
        """Tell that nothing is done yet, once all blocks are expected."""
        self._tell(0)

    def advance(self) -> None:
        """Count one more block as done."""
        self._tell(1)

    def finish(self) -> None:
        """Count all blocks as done, also those that needed no work."""
        if self._done < self._total:
            self._tell(self._total - self._done)

    def _tell(self, more: int) -> None:
        with self._lock:
            self._done = min(self._done + more, self._total)
            if self._on_progress is not None:
                self._on_progress(self._done, self._total)


_NOBODY = Blocks()
_counting: ContextVar[Blocks] = ContextVar("srcnn_blocks", default=_NOBODY)


@contextmanager
def counting(blocks: Blocks) -> Iterator[None]:
    """Let what is set up within the block count in ``blocks``; it goes on counting there later, in any thread.

    A variable of the context instead of an argument, because methods of other packages are set up here, too.

    Parameters
    ----------
    blocks : Blocks
        The counter of one image.

    Yields
    ------
    None
        While blocks are being expected.
    """
    token = _counting.set(blocks)
    try:
        yield
    finally:
        _counting.reset(token)


def expected(count: int) -> Callable[[], None]:
    """Expect blocks of the image that is being set up.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    callable
        To be called after each of them.
    """
    blocks = _counting.get()
    if blocks is _NOBODY:
        return _nothing
    blocks.expect(count)
    return blocks.advance


def _nothing() -> None:
    pass
