"""List the files at an address, page by page where the storage can."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from srcnn.errors import ImageError, reason
from srcnn.files.address import Address, opened


@dataclass(frozen=True)
class Stored:
    """A file at an address, and its bytes (0: the storage does not say)."""

    address: Address
    size: int


def stream_files(address: Address) -> tuple[Address, Iterator[Stored]] | None:
    """The files of a folder or of a pattern one by one, sorted within each folder, hidden ones left out.

    Of S3 no more than a page of the listing is held, of other storages the files of one folder.

    Parameters
    ----------
    address : Address
        Of a file, of a folder with all below it, or a pattern such as ``s3://bucket/**/*.png``.

    Returns
    -------
    (Address, iterator of Stored) or None
        The folder whose tree they are in, and the files; None for an address of one file.
        The iterator raises `ImageError` where the storage fails.

    Raises
    ------
    ImageError
        If the storage cannot be reached.
    MissingExtraError
        If fsspec or the storage's library is not installed.
    """
    fs, path = opened(address)
    if address.is_web:
        return None
    try:
        if fs.isdir(path):
            root, matches = path.rstrip("/"), None
        elif glob.has_magic(path) and not fs.exists(path):
            from fsspec.utils import glob_translate

            root, matches = _fixed(path), re.compile(glob_translate(path))
        else:
            return None
        top = Address(str(fs.unstrip_protocol(root)))
    except Exception as error:  # libraries of storages raise almost anything
        raise ImageError(f"cannot reach {address}: {reason(error)}") from error
    return top, _visible(address, fs, root, matches)


def _visible(address: Address, fs: Any, root: str, matches: re.Pattern[str] | None) -> Iterator[Stored]:
    """The files below a folder that are not hidden, and match."""
    try:
        for name, size in _pages(fs, root) if hasattr(fs, "call_s3") else _folders(fs, root):
            hidden = any(part.startswith(".") for part in PurePosixPath(name).relative_to(root).parts)
            if not hidden and (matches is None or matches.match(name)):
                yield Stored(Address(str(fs.unstrip_protocol(name))), size)
    except Exception as error:
        raise ImageError(f"cannot reach {address}: {reason(error)}") from error


def _pages(fs: Any, root: str) -> Iterator[tuple[str, int]]:
    """All files below a folder of S3, sorted by their whole name, a thousand a page.

    s3fs itself gives the names of a folder at once, 1.5 kB each.
    """
    bucket, _, folder = root.partition("/")
    more: dict[str, str] = {}
    while True:
        page = fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=f"{folder}/" if folder else "", **more)
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):
                yield f"{bucket}/{item['Key']}", int(item["Size"])
        if not page.get("IsTruncated"):
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _folders(fs: Any, root: str) -> Iterator[tuple[str, int]]:
    """All files below a folder, sorted within each folder, a folder at a time."""
    for _, _, files in fs.walk(root, detail=True, on_error="raise"):
        for info in sorted(files.values(), key=lambda info: str(info["name"])):
            yield str(info["name"]), int(info.get("size") or 0)


def _fixed(pattern: str) -> str:
    """The folder in which a pattern starts."""
    parts = pattern.split("/")
    first = next(n for n, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:first])
