"""List the images in a folder or that match a pattern, and report everything else that looks like an image.

Hidden files and folders, whose names start with a dot, are ignored.
"""

import fnmatch
import glob
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from srcnn.errors import DataError, reason
from srcnn.files.address import Address
from srcnn.files.formats import READABLE_SUFFIXES, UNREADABLE_SUFFIXES

EVERYTHING = ("**", "*")


@dataclass(frozen=True)
class LeftOut:
    """A path that was left out, and why; ``failed`` if it should have been listed."""

    path: Path
    why: str
    failed: bool = True


@dataclass(frozen=True)
class Listing:
    """Sorted images, the files of a folder before its subfolders, and what was left out."""

    images: list[Path] = field(default_factory=list)
    left_out: dict[Path, LeftOut] = field(default_factory=dict)

    def leave(self, path: Path, why: str, *, failed: bool = True) -> None:
        """Record once that a path was left out.

        Parameters
        ----------
        path : path
            What was left out.
        why : str
            The reason, as the end of a line.
        failed : bool
            Whether that is an error.
        """
        self.left_out.setdefault(path, LeftOut(path, why, failed))


def list_images(folder: Path, pattern: tuple[str, ...] = EVERYTHING, *, without: Path | None = None) -> Listing:
    """Find images.

    Parameters
    ----------
    folder : path
        Where to start.
    pattern : tuple of str
        The parts of a pattern below it, such as ``("**", "*.png")``: ``**`` stands for any number of folders, ``*``,
        ``?`` and ``[…]`` for what they mean in a shell; a part that exists under this very name is that.
    without : path, optional
        A folder that ``**`` does not enter.

    Returns
    -------
    Listing
        Images by name; no file is opened.
        ``**`` does not follow links to folders, because they may form cycles.
    """
    found = Listing()
    for one in stream_images(folder, pattern, without=without):
        if isinstance(one, LeftOut):
            found.left_out.setdefault(one.path, one)
        else:
            found.images.append(one)
    return found


def stream_images(
    folder: Path, pattern: tuple[str, ...] = EVERYTHING, *, without: Path | None = None
) -> Iterator[Path | LeftOut]:
    """Find images one by one: no more is held than the names in one folder and the folders above it.

    Parameters
    ----------
    folder, pattern, without
        As `list_images` takes them.

    Yields
    ------
    path or LeftOut
        In the order of `list_images`.
    """
    found = Listing()
    kept_out = None if without is None else os.path.realpath(without)
    todo, before = [(folder, pattern)], folder
    while todo:
        here, (part, *rest) = todo.pop()
        if here != before:  # a folder is opened for its folders, then for its files, and complained about once
            found.left_out.clear()
            before = here
        told = len(found.left_out)
        if part == "**":
            below = [
                path
                for path in _entries(here, "*", found)
                if _is_folder(path, found) and _may_enter(path, kept_out, found)
            ]
            todo += [(path, (part, *rest)) for path in reversed(below)]
            todo.append((here, tuple(rest) or ("*",)))
        elif not rest:
            for path in _entries(here, part, found):
                _take(path, found)
                yield from found.images
                found.images.clear()
        else:
            inside = [path for path in _entries(here, part, found) if _is_folder(path, found)]
            todo += [(path, tuple(rest)) for path in reversed(inside)]
        yield from islice(found.left_out.values(), told, None)


def images_in(
    folder: Path, *, what: str = "training", pattern: tuple[str, ...] = EVERYTHING, hint: str = ""
) -> tuple[Path, ...]:
    """The images of a folder and of those below it, for work that cannot do without.

    Parameters
    ----------
    folder : path
        Where to start.
    what : str
        What they are for, in an error's words.
    pattern : tuple of str
        As in `list_images`.
    hint : str
        What to do where there is no such folder.

    Returns
    -------
    tuple of path
        At least one; in the order of `list_images`.

    Raises
    ------
    DataError
        If there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise DataError(f"no folder of {what} images at {folder}{hint and f'; {hint}'}")
    found = list_images(folder, pattern)
    if not found.images:
        why = next((left.why for left in found.left_out.values()), f"looked for {', '.join(READABLE_SUFFIXES)}")
        raise DataError(f"no {what} images in {folder}; {why}")
    return tuple(found.images)


def unsupported(file: Path | Address) -> str:
    """Why an image that is known by its suffix cannot be read.

    Parameters
    ----------
    file : path or address
        The image.

    Returns
    -------
    str
        One line.
    """
    return f"cannot read {file}: {file.suffix.lower()} images are not supported; save it as PNG, TIFF or JPEG first"


def _entries(folder: Path, part: str, found: Listing) -> Iterator[Path]:
    """The sorted matches of a part of a pattern in a folder; a name becomes a path when it is asked for."""
    if os.path.lexists(folder / part):
        yield folder / part
        return
    if not glob.has_magic(part):
        return
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names
    except OSError as error:
        found.leave(folder, f"cannot open the folder {folder}: {reason(error)}")
        return
    names = sorted(name for name in fnmatch.filter(names, part) if part.startswith(".") or not name.startswith("."))
    yield from (folder / name for name in names)


def _is_folder(path: Path, found: Listing) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        # A removed file or a broken link is not a folder; an unreachable path may be one.
        if not isinstance(error, FileNotFoundError) and not path.is_symlink():
            found.leave(path, f"cannot reach {path}: {reason(error)}")
        return False


def _may_enter(path: Path, kept_out: str | None, found: Listing) -> bool:
    if path.is_symlink():
        found.leave(path, f"left out {path}: it is a link to a folder; name it to include its images", failed=False)
        return False
    if kept_out is not None and os.path.realpath(path) == kept_out:
        found.leave(path, f"left out {path}: the results are written there", failed=False)
        return False
    return True


def _take(path: Path, found: Listing) -> None:
    suffix = path.suffix.lower()
    if suffix not in READABLE_SUFFIXES and suffix not in UNREADABLE_SUFFIXES:
        return
    try:
        kind = path.stat().st_mode
    except OSError as error:
        if not path.is_symlink():
            found.leave(path, f"cannot read {path}: {reason(error)}")
        else:
            found.leave(path, f"cannot read {path}: it is a link to {os.readlink(path)}, which cannot be reached")  # noqa: PTH115
        return
    if stat.S_ISDIR(kind):
        return
    if suffix in UNREADABLE_SUFFIXES:
        found.leave(path, unsupported(path))
    elif not stat.S_ISREG(kind):
        found.leave(path, f"cannot read {path}: it is not a regular file")
    else:
        found.images.append(path)
