"""What a forked process has lost: the threads of native libraries.

A fork copies a process's memory and only the one thread that forks.
A library that had started threads of its own waits in the child for threads that are not there, for ever.
So each use of such a library is noted here before its threads start, and the child asks before it uses the library
again.
"""

import os
from typing import Literal

Library = Literal["OpenVINO", "libvips"]

_started: set[Library] = set()  # whose threads this process has started
_lost: set[Library] = set()  # whose threads a process had started that this one is a fork of
_generation = 0


def note_threads(library: Library) -> None:
    """Note that this process is about to start threads of ``library``.

    Parameters
    ----------
    library : Library
        Whose threads.
    """
    _started.add(library)


def threads_lost(library: Library) -> bool:
    """Whether using ``library`` could wait for ever: this process is a fork of one that had used it.

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
    """How many forks lie between this process and the first: what was made in another generation may hold locks that
    nobody frees.

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
        f"this process is a fork of one that had used {library}, whose threads do not survive a fork; start "
        f"workers with "
        "multiprocessing.get_context('spawn') or 'forkserver', or fork before the first image"
    )


def keep_for_ever(thing: object) -> None:
    """Never destroy an object, not even when the interpreter ends: its destructor would wait for lost threads.

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
