"""Many images: which files the user's arguments stand for."""

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from srcnn.errors import SrcnnError, reason
from srcnn.files import paths
from srcnn.files.address import Address
from srcnn.files.address_listing import stream_files
from srcnn.files.formats import READABLE_SUFFIXES, UNREADABLE_SUFFIXES
from srcnn.files.listing import LeftOut, stream_images, unsupported
from srcnn.files.places import identity, place_of


@dataclass(frozen=True)
class Found:
    """An image file."""

    source: Path | Address
    folder: PurePath  # where in the tree below the given folder it is
    listed: bool  # found in a folder or by a pattern, not named by the user
    size: int = 0  # bytes; 0 where nothing has said it yet


@dataclass(frozen=True)
class Left:
    """What was left out, and why; ``failed`` if it should have been found."""

    place: Path | Address
    why: str
    failed: bool


@dataclass(frozen=True)
class Findings:
    """Images in order, each once, and what was left out."""

    found: dict[str, Found] = field(default_factory=dict)
    left_out: list[Left] = field(default_factory=list)

    @property
    def files(self) -> list[Found]:
        """The images."""
        return list(self.found.values())

    def add(self, found: Found) -> None:
        """Add an image, unless it is there.

        Parameters
        ----------
        found : Found
            The file.
        """
        source = found.source
        self.found.setdefault(_identity(source) if isinstance(source, Path) else identity(source), found)


def find(inputs: Sequence[str | Path], output: Path | Address | None) -> Findings:
    """Find the images that files, folders, patterns and addresses stand for.

    Parameters
    ----------
    inputs : sequence of path or str
        As `srcnn.planning.plan` takes them.
    output : path, address or None
        A folder of results, which is not searched.

    Returns
    -------
    Findings
        An empty folder is left out and no failure; a pattern without a match is one.

    Raises
    ------
    OptionError
        If an argument is empty.
    """
    findings = Findings()
    for one in stream(inputs, output):
        if isinstance(one, Left):
            findings.left_out.append(one)
        else:
            findings.add(one)
    return findings


def stream(inputs: Sequence[str | Path], output: Path | Address | None) -> Iterator[Found | Left]:
    """Find the same images one by one, without holding them; one that is named twice comes twice.

    Parameters
    ----------
    inputs, output
        As `find` takes them.

    Yields
    ------
    Found or Left
        In order.
    """
    folders = sum(paths.is_folder(given) for given in inputs)
    for given in inputs:
        place = place_of(given, "an input")
        if isinstance(place, Address):
            yield from _find_there(place, output)
        else:
            yield from _find_here(place, output if isinstance(output, Path) else None, alone=folders == 1)


def _find_here(path: Path, output: Path | None, *, alone: bool) -> Iterator[Found | Left]:
    if paths.is_folder(path):
        # Several folders stay separate in the output, as with cp.
        base, root = (path, path) if alone else (path.resolve(), path.resolve().parent)
        empty = Left(path, f"no images in the folder {path}", failed=False)
        yield from _placed(stream_images(base, without=output), root, empty, excused=lambda left: True)
    elif os.path.lexists(path) or not glob.has_magic(str(path)):
        problem = _problem(path)
        yield Left(path, problem, failed=True) if problem else Found(path, PurePath(), listed=False)
    else:
        root, pattern = _split(path)
        empty = Left(path, f"no image matches {path}", failed=True)
        yield from _placed(stream_images(root, pattern, without=output), root, empty, excused=lambda left: left.failed)


def _placed(
    listing: Iterator[Path | LeftOut], root: Path, empty: Left, excused: Callable[[LeftOut], bool]
) -> Iterator[Found | Left]:
    """What a folder or a pattern stands for; ``empty`` where there is no image and nothing that excuses it."""
    nothing = True
    for one in listing:
        if isinstance(one, LeftOut):
            nothing = nothing and not excused(one)
            yield Left(one.path, one.why, one.failed)
        else:
            nothing = False
            yield Found(one, one.parent.relative_to(root), listed=True)
    if nothing:
        yield empty


def _find_there(address: Address, output: Path | Address | None) -> Iterator[Found | Left]:
    nothing = True
    try:
        listed = stream_files(address)
        if listed is None:
            yield Found(address, PurePath(), listed=False)
            return
        root, files = listed
        for file in files:
            suffix = file.address.suffix.lower()
            if suffix in UNREADABLE_SUFFIXES:
                yield Left(file.address, unsupported(file.address), failed=True)
            elif suffix in READABLE_SUFFIXES:
                nothing = False
                yield Found(file.address, file.address.parent.relative_to(root), listed=True, size=file.size)
    except SrcnnError as error:
        yield Left(address, str(error), failed=True)
        return
    if nothing:
        yield Left(address, f"no images at {address}", failed=glob.has_magic(address.url))


def _problem(path: Path) -> str:
    """Why a named file cannot be used; empty if there is no known reason."""
    try:
        path.stat()
    except FileNotFoundError:
        linked = path.is_symlink()
        return (
            f"cannot read {path}: it is a link to {path.readlink()}, which does not exist"
            if linked
            else f"no such file: {path}"
        )
    except (OSError, ValueError) as error:
        return f"cannot read {path}: {reason(error)}"
    return ""


def _identity(path: Path) -> str:
    """The same for all ways to name a file; a link counts as a separate file."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118


def _split(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder in which a pattern starts, and its remaining parts."""
    parts = pattern.parts
    for count in range(len(parts)):
        folder = Path(*parts[:count])
        if glob.has_magic(parts[count]) and not os.path.lexists(folder / parts[count]):
            return folder, parts[count:]
    return pattern.parent, (pattern.name,)
