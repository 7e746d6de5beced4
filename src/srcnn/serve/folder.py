"""Where images lie while they are in work: one folder of a service, in it one of each request."""

from __future__ import annotations

import errno
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from srcnn.files.atomic import claimed

_PREFIX = "srcnn-serve-"


@contextmanager
def service_folder() -> Iterator[Path]:
    """Make the folder of a service, and remove those of services that were killed.

    Yields
    ------
    Path
        Below the system's folder for temporary files; readable for this user alone.
    """
    _remove_left_behind()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, claimed(Path(name)):
        yield Path(name)


@contextmanager
def job_folder(folder: Path) -> Iterator[Path]:
    """Make the folder of one request.

    Parameters
    ----------
    folder : Path
        Of the service.

    Yields
    ------
    Path
        It is removed at the end.
    """
    path = folder / uuid.uuid4().hex
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def is_full(error: BaseException | None) -> bool:
    """Whether a disk without room is behind an error.

    Parameters
    ----------
    error : BaseException or None
        As it was raised; what it was raised from counts too.

    Returns
    -------
    bool
        Also of a quota that is used up.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


def _remove_left_behind() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), claimed(folder) as mine:
            if mine:
                shutil.rmtree(folder, ignore_errors=True)
