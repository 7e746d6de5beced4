"""Threads of native libraries, which a forked process loses.

A fork copies the memory of a process, but only the thread that forks.
In the child, a library that had started threads waits forever for threads that no longer exist.
So each use of such a library is recorded here before its threads start, and the child checks before it uses the library
again.
"""

import os
from typing import Literal

Library = Literal["OpenVINO", "libvips"]

_started: set[Library] = set()  # libraries whose threads this process has started
_lost: set[Library] = set()  # libraries whose threads a parent process had started
_generation = 0


def note_threads(library: Library) -> None:
    """Record that this process is about to start threads of ``library``.

    Parameters
    ----------
    library : Library
        Whose threads.
    """
    _started.add(library)


def threads_lost(library: Library) -> bool:
    """Whether using ``library`` could hang: this process was forked from one that had used it.

    Parameters
    ----------
    library : Library
        That is about to be used.

    Returns
    -------
    bool
        Always False in a process that is no fork.
    """
    return library in _lost


def generation() -> int:
    """The number of forks since the first process; objects of another generation may hold locks forever.

    Returns
    -------
    int
        0 in the first process.
    """
    return _generation


def advice(library: Library) -> str:
    """Why a forked process cannot use ``library``, and what to do.

    Parameters
    ----------
    library : Library
        That cannot be used.

    Returns
    -------
    str
        One line.
    """
    return (
        f"this process was forked from one that had used {library}, whose threads do not survive a fork; start "
        "workers with multiprocessing.get_context('spawn') or 'forkserver', or fork before the first image"
    )


def keep_for_ever(thing: object) -> None:
    """Never destroy an object, not even at exit: its destructor would wait for lost threads.

    Parameters
    ----------
    thing : object
        What to keep.
    """
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _after_fork() -> None:
    global _generation  # noqa: PLW0603
    _generation += 1
    _lost.update(_started)
    _started.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
