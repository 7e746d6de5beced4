"""Where an image comes from and where its result goes: a local file, an address, or a standard stream.

The work itself knows local files only: what lies elsewhere is fetched before it and delivered after it, whole.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from srcnn.errors import ImageError, OptionError, reason
from srcnn.files import address, paths
from srcnn.files.address import Address


@dataclass(frozen=True)
class Stream:
    """Standard input, or standard output as a result."""

    suffix: str = ""  # of the format of a result; "": that of the image

    def __str__(self) -> str:
        return "-"

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return "-"


Place = Path | Address | Stream


def place_of(given: str | os.PathLike[str], name: str = "path") -> Path | Address:
    """The file that a user's text names.

    Parameters
    ----------
    given : str or path
        A path or an address.
    name : str
        The name of the argument.

    Returns
    -------
    path or Address
        Not checked for being there.

    Raises
    ------
    OptionError
        If it is empty, or no path.
    """
    if isinstance(given, str) and paths.is_address(given):
        return Address(given)
    return paths.local_path(given, name)


def identity(place: Place) -> str:
    """The same for all ways to name a place.

    Parameters
    ----------
    place : Place
        Any.

    Returns
    -------
    str
        Links are followed.
    """
    return os.path.realpath(place) if isinstance(place, Path) else str(place)


def exists(place: Place) -> bool:
    """Whether a file exists; errors other than its absence are raised.

    Parameters
    ----------
    place : Place
        Of a result.

    Returns
    -------
    bool
        False for standard output.

    Raises
    ------
    OSError
        If the system does not say.
    """
    if isinstance(place, Address):
        return address.exists(place)
    if isinstance(place, Stream):
        return False
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@contextmanager
def fetched(place: Place) -> Iterator[Path]:
    """A local file with the image of any place.

    Parameters
    ----------
    place : Place
        Standard input is read to its end.

    Yields
    ------
    path
        The file itself where it is local; else a temporary copy.

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    if isinstance(place, Path):
        yield place
        return
    with _temporary(place.suffix) as copy:
        if isinstance(place, Address):
            address.download(place, copy)
        else:
            try:
                with copy.open("wb") as file:
                    shutil.copyfileobj(standard_input(), file)
            except OSError as error:
                raise ImageError(f"cannot read standard input: {reason(error)}") from error
        yield copy


@contextmanager
def delivered(place: Place, suffix: str) -> Iterator[Path]:
    """A local file to write, which goes to any place when the block ends without an error.

    Parameters
    ----------
    place : Place
        Where the result goes.
    suffix : str
        Of the format, where the place names none.

    Yields
    ------
    path
        The place itself where it is local; else a temporary file.

    Raises
    ------
    ImageError
        If it cannot be written.
    """
    if isinstance(place, Path):
        yield place
        return
    with _temporary(place.suffix or suffix) as made:
        yield made
        if isinstance(place, Address):
            address.upload(made, place)
        else:
            try:
                with made.open("rb") as file:
                    shutil.copyfileobj(file, sys.stdout.buffer)
                    sys.stdout.buffer.flush()
            except OSError as error:
                raise ImageError(f"cannot write standard output: {reason(error)}") from error


def check_standard_output() -> None:
    """Refuse to write an image on a terminal.

    Raises
    ------
    OptionError
        If standard output is one.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        raise OptionError("standard output is a terminal; send the image elsewhere: srcnn upscale … -o - > result.png")


def standard_input() -> BinaryIO:
    """The bytes of standard input.

    Returns
    -------
    binary file
        Open.

    Raises
    ------
    OSError
        If it is closed.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return sys.stdin.buffer


@contextmanager
def _temporary(suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        yield Path(folder) / f"image{suffix}"
