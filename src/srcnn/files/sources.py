"""Where the bytes of an image come from: a path, the bytes themselves, or an open file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from srcnn.errors import ImageError, OptionError, reason
from srcnn.files.formats import sniff
from srcnn.files.paths import local_path
from srcnn.options import shown

if TYPE_CHECKING:
    from typing import TypeAlias

_HEAD = 64  # bytes that show the format


@runtime_checkable
class Readable(Protocol):
    """An open file, in binary mode; what `open(path, "rb")`, `io.BytesIO` and a web framework's upload give."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes.

        Parameters
        ----------
        size : int
            How many at most; all when negative.

        Returns
        -------
        bytes
            Empty at the end.
        """
        ...


Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | Readable
"""A path, the bytes of a file, or an open file."""


def is_source(given: object) -> bool:
    """Whether something is a file to be read, and not an image already.

    Parameters
    ----------
    given : object
        What a caller passes as an image.

    Returns
    -------
    bool
        By its type alone.
    """
    return isinstance(given, (str, os.PathLike, bytes, bytearray, memoryview, Readable))


def name_of(source: Source) -> str:
    """What a source is called in an error.

    Parameters
    ----------
    source : path, bytes or open file
        The source.

    Returns
    -------
    str
        Its path, or the name that an open file has.
    """
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "the image"
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name else "the image"


def bytes_of(source: Source) -> bytes:
    """All bytes of an image; of what is no image only the first ones, for the rest need not be read.

    Parameters
    ----------
    source : path, bytes or open file
        An open file is read from where it stands, and stays open.

    Returns
    -------
    bytes
        As the file holds them.

    Raises
    ------
    ImageError
        If it cannot be read.
    OptionError
        If it is no source, or a file opened as text.
    """
    if isinstance(source, (str, os.PathLike)):
        return _of_path(local_path(source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if not isinstance(source, Readable):
        raise OptionError(f"an image is read from a path, bytes or an open file, got {shown(source)}")
    try:
        return _of_file(source)
    except OptionError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise ImageError(f"cannot read {name_of(source)}: {reason(error)}") from error


def modified_ns_of(source: Source) -> int | None:
    """When a file was modified.

    Parameters
    ----------
    source : path, bytes or open file
        The source.

    Returns
    -------
    int or None
        In nanoseconds of Unix time; None for what is no path, or where the system does not say.
    """
    if not isinstance(source, (str, os.PathLike)):
        return None
    try:
        return os.stat(source).st_mtime_ns  # noqa: PTH116
    except OSError:
        return None


def _of_path(path: Path) -> bytes:
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ImageError(f"cannot read {path}: it is a folder, not an image")
        if not stat.S_ISREG(kind):
            raise ImageError(f"cannot read {path}: it is not a regular file")
        with path.open("rb") as file:
            return _of_file(file)
    except ImageError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise ImageError(f"cannot read {path}: {reason(error)}") from error


def _of_file(file: Readable) -> bytes:
    head = b""
    while len(head) < _HEAD:  # a pipe gives less at a time than is asked for
        part = file.read(_HEAD - len(head))
        if not isinstance(part, bytes):
            raise OptionError(f'an image is read from a file opened in binary mode ("rb"), got {shown(file)}')
        if not part:
            break
        head += part
    if sniff(head) is None:
        return head
    parts = [head]
    while part := file.read():  # one that is not buffered may give less than all
        parts.append(part)
    return b"".join(parts)
