"""Claims on file systems without locks: a file that its owner keeps fresh, and that others take over when it is old.

A claim names its machine and its process, so one of a dead process on this machine is taken over at once.
One of another machine is taken over when it has not been touched for `STALE` seconds, by the clock of the file system.
Two processes can only both hold a claim if one of them was stopped for that long and went on.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FRESH = 20.0  # seconds between two touches
STALE = 180.0  # seconds without a touch after which a claim has no owner any more


@contextmanager
def leased(sign: Path) -> Iterator[bool]:
    """Hold a claim while the block runs.

    Parameters
    ----------
    sign : path
        The file that stands for the claim.

    Yields
    ------
    bool
        False if another process holds it.

    Raises
    ------
    OSError
        If the folder is not writable.
    """
    token = f"{_machine()}\n{os.getpid()}\n{uuid.uuid4().hex}\n"
    if not (_create(sign, token) or _take_over(sign, token)):
        yield False
        return
    over = threading.Event()
    keeper = threading.Thread(target=_keep_fresh, args=(sign, over), name="srcnn-claim", daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        if _read(sign) == token:
            with suppress(OSError):
                sign.unlink()


def remove_stale(sign: Path) -> None:
    """Remove a claim that has no owner any more.

    Parameters
    ----------
    sign : path
        The file that stands for the claim.
    """
    trying = sign.with_suffix(".trying")
    if _create(trying, ""):
        with suppress(OSError):
            if _is_stale(sign, _modified(trying)):
                sign.unlink(missing_ok=True)
        with suppress(OSError):
            trying.unlink(missing_ok=True)


def age(path: Path) -> float:
    """How long a file has not been changed, by the clock of the file system.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    float
        Seconds; 0 if it is gone.

    Raises
    ------
    OSError
        If the folder is not writable.
    """
    return _age(path, _now(path))


def _create(path: Path, text: str) -> bool:
    """Make a file; False if it is there. Network file systems, too, let only one process succeed."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
    return True


def _take_over(sign: Path, token: str) -> bool:
    """Replace a claim without an owner by one's own; one process at a time may try."""
    trying = sign.with_suffix(".trying")
    if not _create(trying, token):
        if age(trying) > STALE:  # it died while trying
            with suppress(OSError):
                trying.unlink()
        return False
    ours = True  # once it is not, the name is free, and another process may be trying under it
    try:
        if not _is_stale(sign, _modified(trying)):
            return False
        trying.replace(sign)
        ours = False
        return True
    except FileNotFoundError:  # another process took it for one that had died
        ours = False
        return False
    finally:
        if ours:
            with suppress(OSError):
                trying.unlink(missing_ok=True)


def _is_stale(sign: Path, now: float) -> bool:
    machine, _, rest = _read(sign).partition("\n")
    process = rest.partition("\n")[0]
    if machine == _machine() and process.isdecimal() and not _runs(int(process)):
        return True
    return _age(sign, now) > STALE


def _keep_fresh(sign: Path, over: threading.Event) -> None:
    while not over.wait(FRESH):
        with suppress(OSError):
            os.utime(sign)  # the file system's own time


def _runs(process: int) -> bool:
    if sys.platform == "win32":
        return True  # there is no harmless way to ask
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # of another user
    return True


def _machine() -> str:
    """Where process numbers mean the same: the host, and in it the container."""
    try:
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return socket.gethostname()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _now(beside: Path) -> float:
    """The time by the clock of the file system."""
    probe = beside.with_name(f".srcnn-{uuid.uuid4().hex}.part")
    try:
        _create(probe, "")
        return _modified(probe)
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def _age(path: Path, now: float) -> float:
    """Seconds since a file was touched; 0 if it is gone."""
    try:
        return now - _modified(path)
    except OSError:
        return 0.0


def _modified(path: Path) -> float:
    return path.stat().st_mtime
