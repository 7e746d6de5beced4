"""The folder of a run: what lies in it, and that one process at a time works on it."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from srcnn.errors import DataError, OptionError, reason
from srcnn.files.atomic import claimed

LAST = "last.ckpt"
BEST = "best.ckpt"
LOG = "log.csv"
SNAPSHOTS = "snapshots"
"""Folder of weights kept on the way: ``0000500.ckpt`` after 500 steps."""

_OWNER = ".owner"  # who works here, in words


@contextmanager
def working_in(folder: Path, *, resume: bool) -> Iterator[None]:
    """Make the folder of a run and keep other processes out of it.

    The lock is the operating system's, which lets go of it when a process ends, however it ends.
    A folder that a run has put nothing into is removed again.

    Parameters
    ----------
    folder : path
        The run's.
    resume : bool
        Whether it holds a run to go on with.

    Yields
    ------
    None
        While the folder is this process's.

    Raises
    ------
    OptionError
        If the folder holds a run and is not to be resumed, or another process works on it.
    DataError
        If there is nothing to resume, or no such folder can be made.
    """
    if resume and not (folder / LAST).exists():
        raise DataError(f"nothing to resume: there is no {folder / LAST}")
    with ExitStack() as stack:
        if not folder.exists():
            stack.callback(_remove_if_empty, folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = stack.enter_context(claimed(folder / LAST))
            if not free:
                raise OptionError(
                    f"{folder} is in use by {_owner(folder)}; wait for it, stop it, or give another folder"
                )
            # Asked while it is ours: another process may have ended its run a moment ago.
            if not resume and (folder / LAST).exists():
                raise OptionError(
                    f"{folder} already holds a run; continue it with --resume, or give another folder with --output"
                )
            (folder / _OWNER).write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        except OSError as error:
            raise DataError(f"cannot write to the run folder {folder}: {reason(error)}") from error
        stack.callback((folder / _OWNER).unlink, missing_ok=True)
        yield


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()  # refused where a run has put something into it


def _owner(folder: Path) -> str:
    with suppress(OSError):
        return (folder / _OWNER).read_text(encoding="utf-8")
    return "another process"
