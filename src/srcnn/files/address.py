"""Files that are not on this machine, by their addresses (``https://…``, ``s3://…``), read and written through fsspec.

fsspec comes with the extra ``remote``; the library of each storage (s3fs, gcsfs, adlfs, …) is the user's own.
"""

from __future__ import annotations

import os
import posixpath
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from srcnn.errors import ImageError, MissingExtraError, OptionError, missing_extra, reason

_WEB = ("http", "https")
# A file appears there when its upload is complete; elsewhere it is uploaded under another name, then renamed.
_WHOLE = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "hf", "memory", *_WEB)


@dataclass(frozen=True)
class Address:
    """An address that can be named, joined and compared as a path is."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def protocol(self) -> str:
        """What stands before ``://``, in lower case."""
        return self.url.partition("://")[0].lower()

    @property
    def is_web(self) -> bool:
        """Whether it is an address of the web, which has no folders and no patterns."""
        return self.protocol in _WEB

    @property
    def _path(self) -> str:
        return urlsplit(self.url).path if self.is_web else self.url.partition("://")[2]

    @property
    def name(self) -> str:
        """The last part of its path, without the query and the escapes of an address of the web."""
        last = posixpath.basename(self._path.rstrip("/"))
        return unquote(last).replace("/", "_").replace("\0", "_") if self.is_web else last

    @property
    def suffix(self) -> str:
        """The suffix of its name."""
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return PurePosixPath(self.name).stem

    @property
    def parent(self) -> Address:
        """The folder above."""
        head, _, rest = self.url.split("?")[0].partition("://") if self.is_web else self.url.partition("://")
        return Address(f"{head}://{posixpath.dirname(rest.rstrip('/'))}")

    def with_name(self, name: str) -> Address:
        """The address beside it of another name.

        Parameters
        ----------
        name : str
            Of the other file.

        Returns
        -------
        Address
            In the same folder.
        """
        return self.parent / name

    def __truediv__(self, part: str | PurePath) -> Address:
        head, _, rest = self.url.partition("://")
        return Address(f"{head}://{posixpath.join(rest, *PurePath(part).parts)}")

    def relative_to(self, root: Address) -> PurePosixPath:
        """The path from a folder to this address.

        Parameters
        ----------
        root : Address
            The folder, or one above it.

        Returns
        -------
        PurePosixPath
            Relative.
        """
        return PurePosixPath(self._path).relative_to(PurePosixPath(root._path))


def check_storage(address: Address) -> None:
    """Raise what every access to an address would raise.

    Parameters
    ----------
    address : Address
        Of a result.

    Raises
    ------
    OptionError
        If fsspec knows no such storage.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    ImageError
        If the storage cannot be reached.
    """
    opened(address)


def exists(address: Address) -> bool:
    """Whether there is a file at an address.

    Parameters
    ----------
    address : Address
        Where.

    Returns
    -------
    bool
        False also where the server does not say.

    Raises
    ------
    ImageError
        If the storage cannot be reached.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    """
    fs, path = opened(address)
    try:
        return bool(fs.exists(path))
    except Exception as error:  # libraries of storages raise almost anything
        raise ImageError(f"cannot reach {address}: {reason(error)}") from error


def download(address: Address, path: Path) -> None:
    """Copy a file to this machine.

    Parameters
    ----------
    address : Address
        Where it is.
    path : path
        What to write; it gets the modification time of the file, where the storage tells it.

    Raises
    ------
    ImageError
        If there is no such file, or the storage cannot be reached.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    """
    fs, there = opened(address)
    try:
        fs.get_file(there, str(path))
    except Exception as error:
        raise ImageError(f"cannot read {address}: {reason(error)}") from error
    if not path.is_file():  # what fsspec makes of a folder
        raise ImageError(f"cannot read {address}: it is a folder, not an image")
    # Some storages do not tell; then the time of the copy stays.
    with suppress(Exception):
        os.utime(path, (path.stat().st_atime, fs.modified(there).timestamp()))


def upload(path: Path, address: Address) -> None:
    """Copy a file from this machine; it appears as a whole or not at all.

    Parameters
    ----------
    path : path
        The file.
    address : Address
        Where it goes; an existing file is replaced. An address of the web gets a PUT request.

    Raises
    ------
    ImageError
        If the storage cannot be reached or refuses the file.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    """
    fs, there = opened(address)
    try:
        if address.is_web:
            fs.put_file(str(path), there, method="put")
        elif address.protocol in _WHOLE:
            fs.put_file(str(path), there)
        else:
            fs.makedirs(posixpath.dirname(there), exist_ok=True)
            # A name of its own: others may be uploading into this folder, and even to this name.
            part = posixpath.join(posixpath.dirname(there), f".srcnn-{uuid.uuid4().hex}.part")
            try:
                fs.put_file(str(path), part)
                fs.mv(part, there)
            except BaseException:
                with suppress(Exception):
                    fs.rm_file(part)
                raise
    except Exception as error:
        raise ImageError(f"cannot write {address}: {reason(error)}") from error


def opened(address: Address) -> tuple[Any, str]:
    """The storage of an address, and the path in it.

    Parameters
    ----------
    address : Address
        Where.

    Returns
    -------
    (file system of fsspec, str)
        Connected as far as the storage does that beforehand.

    Raises
    ------
    OptionError
        If fsspec knows no such storage.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    ImageError
        If the storage cannot be reached.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise missing_extra(f"reading and writing {address.protocol}://", "fsspec", "remote") from None
    try:
        fs, path = url_to_fs(address.url)
    except ImportError as error:  # fsspec says which library it looked for
        raise MissingExtraError(
            f"{address}: {' '.join(str(error).split())}; it is not part of srcnn, install it with pip"
        ) from error
    except ValueError as error:
        raise OptionError(
            f"{address}: fsspec knows no storage called {address.protocol}:// ({reason(error)})"
        ) from error
    except Exception as error:  # credentials, for one
        raise ImageError(f"cannot reach {address}: {reason(error)}") from error
    return fs, path
