"""Atomic writing: a file is written next to its target, then moved there as a whole.

A killed process leaves a ``.srcnn-*.part`` file behind.
A running process locks its own files, so that no other process removes them.
The system releases the lock when the process ends, for whatever reason.
Where a file system has no locks, claims are leases (`srcnn.files.lease`), and what was left behind is removed after a
day.
"""

import hashlib
import os
import stat
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from srcnn.errors import ImageError, SrcnnError, reason
from srcnn.files import lease

_NAME = ".srcnn-{}.part"
_LEASE = ".claim"
_FORGOTTEN = 24 * 3600  # seconds without a change after which a file that cannot be locked counts as left behind


@contextmanager
def replacing(path: str | Path, *, modified_ns: int | None = None) -> Iterator[Path]:
    """Provide a new file to write, which replaces ``path`` when the block ends without an error.

    After an error it is removed.

    Parameters
    ----------
    path : path
        An existing file keeps its permissions and, if allowed, its owner.
        A symbolic link stays, and its target is written.
        A new file gets the default permissions of the umask.
    modified_ns : int, optional
        The modification time that the file is to have, in nanoseconds of Unix time.

    Yields
    ------
    Path
        The file to write, in the folder of ``path``; to be written in place and closed within the block.

    Raises
    ------
    ImageError
        If the file cannot be written: an `OSError` of the block counts as that.
    """
    with _refusing(path):
        place = _place(Path(path))
        part, handle = _new_part(place)
        try:
            yield part
            _keep_attributes(handle, place)
            if modified_ns is not None:
                os.utime(part, ns=(modified_ns, modified_ns))
            os.fsync(handle)
            part.replace(place)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            os.close(handle)


@contextmanager
def _refusing(path: str | Path) -> Iterator[None]:
    """Let an error of the system within the block say which file cannot be written, and why."""
    try:
        yield
    except SrcnnError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # a null character in the name, or a loop of links
        raise ImageError(f"cannot write {path}: {reason(error)}") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: a crash leaves the old file or the new one, never a part.

    Parameters
    ----------
    path : path
        The file.
    data : bytes
        What it is to hold.

    Raises
    ------
    ImageError
        If the file cannot be written.
    """
    with replacing(path) as part:
        part.write_bytes(data)


def check_writable(path: Path) -> None:
    """See that a file can be written, before the work whose result it is to hold; nothing is left behind.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    ImageError
        If it cannot be written.
    """
    with _refusing(path):
        part, handle = _new_part(_place(path))
        os.close(handle)
        part.unlink(missing_ok=True)


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Claim ``path`` against all other processes that use this function.

    Parameters
    ----------
    path : path
        What is to be made.

    Yields
    ------
    bool
        False if another process is writing it.

    Raises
    ------
    OSError
        If the folder of ``path`` is not writable.
    """
    sign = path.with_name(_NAME.format(hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32]))
    while True:
        handle = os.open(sign, os.O_RDWR | os.O_CREAT, 0o644)  # NFS locks only what is open for writing
        held = _lock(handle)
        # The previous holder may have removed the file between the two lines above.
        if held is not True or _is_at(handle, sign):
            break
        os.close(handle)
    if held is None:
        os.close(handle)
        with suppress(OSError):
            sign.unlink(missing_ok=True)
        with lease.leased(sign.with_suffix(_LEASE)) as mine:
            yield mine
        return
    try:
        yield held
    finally:
        if held:
            with suppress(OSError):
                sign.unlink(missing_ok=True)
        os.close(handle)


def remove_stale_parts(folder: Path) -> None:
    """Remove the files that killed processes left in a folder, except those of running processes.

    Parameters
    ----------
    folder : path
        Where files were written.
    """
    with suppress(OSError):
        for part in sorted(folder.glob(_NAME.format("*"))):
            with suppress(OSError):
                handle = os.open(part, os.O_RDWR)
                try:
                    held = _lock(handle)
                    # Windows refuses to remove open files.
                    if sys.platform == "win32" or held is True or (held is None and lease.age(part) > _FORGOTTEN):
                        part.unlink()
                finally:
                    os.close(handle)
        for sign in sorted(folder.glob(_NAME.format("*").replace(".part", _LEASE))):
            lease.remove_stale(sign)


def _place(path: Path) -> Path:
    """The real path of a file: the target of a symbolic link."""
    place = path.resolve() if path.is_symlink() else path
    with suppress(FileNotFoundError):
        kind = place.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ImageError(f"cannot write {path}: it is a folder")
        if not stat.S_ISREG(kind):
            raise ImageError(f"cannot write {path}: it is not a regular file")
    return place


def _new_part(place: Path) -> tuple[Path, int]:
    """A new file next to ``place``, open and locked, as private as the old one."""
    mode = 0o600 if place.exists() else 0o666
    while True:
        part = place.with_name(_NAME.format(uuid.uuid4().hex))
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        # A clean-up at this very moment may have removed it as left behind.
        if _lock(handle) is not False and _is_at(handle, part):
            return part, handle
        os.close(handle)


def _keep_attributes(handle: int, place: Path) -> None:
    if sys.platform == "win32":
        return
    with suppress(FileNotFoundError):
        old, new = place.stat(), os.fstat(handle)
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            with suppress(OSError):
                os.fchown(handle, old.st_uid, old.st_gid)
        with suppress(PermissionError):  # for file systems without locks
            os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _lock(handle: int) -> bool | None:
        return None

else:
    import fcntl

    def _lock(handle: int) -> bool | None:
        """Lock an open file: True, False if another process holds the lock, None if there are no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
