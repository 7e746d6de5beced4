"""Many images: which files the user's arguments stand for."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from srcnn.errors import SrcnnError, reason
from srcnn.files import paths
from srcnn.files.address import Address, list_files
from srcnn.files.formats import READABLE_SUFFIXES, UNREADABLE_SUFFIXES
from srcnn.files.listing import Listing, list_images, unsupported
from srcnn.files.places import identity, place_of


@dataclass(frozen=True)
class Found:
    """An image file."""

    source: Path | Address
    folder: PurePath  # where in the tree below the given folder it is
    listed: bool  # found in a folder or by a pattern, not named by the user


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

    def add(self, source: Path | Address, folder: PurePath, *, listed: bool) -> None:
        """Add an image, unless it is there.

        Parameters
        ----------
        source : path or address
            The file.
        folder : path
            Where in the tree below the given folder it is.
        listed : bool
            Whether the user did not name it.
        """
        key = _identity(source) if isinstance(source, Path) else identity(source)
        self.found.setdefault(key, Found(source, folder, listed))

    def leave(self, place: Path | Address, why: str, *, failed: bool = True) -> None:
        """Record that something was left out.

        Parameters
        ----------
        place : path or address
            What.
        why : str
            The reason, as a line.
        failed : bool
            Whether that is an error.
        """
        self.left_out.append(Left(place, why, failed))


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
    folders = sum(paths.is_folder(given) for given in inputs)
    for given in inputs:
        place = place_of(given, "an input")
        if isinstance(place, Address):
            _find_there(place, findings)
        else:
            _find_here(place, findings, output if isinstance(output, Path) else None, alone=folders == 1)
    return findings


def _find_here(path: Path, findings: Findings, output: Path | None, *, alone: bool) -> None:
    if paths.is_folder(path):
        # Several folders stay separate in the output, as with cp.
        base, root = (path, path) if alone else (path.resolve(), path.resolve().parent)
        listing = list_images(base, without=output)
        if not listing.images and not listing.left_out:
            findings.leave(path, f"no images in the folder {path}", failed=False)
    elif os.path.lexists(path) or not glob.has_magic(str(path)):
        problem = _problem(path)
        if problem:
            findings.leave(path, problem)
        else:
            findings.add(path, PurePath(), listed=False)
        return
    else:
        root, pattern = _split(path)
        listing = list_images(root, pattern, without=output)
        if not listing.images and not any(entry.failed for entry in listing.left_out.values()):
            findings.leave(path, f"no image matches {path}")
    _add_listing(listing, root, findings)


def _add_listing(listing: Listing, root: Path, findings: Findings) -> None:
    for image in listing.images:
        findings.add(image, image.parent.relative_to(root), listed=True)
    for entry in listing.left_out.values():
        findings.leave(entry.path, entry.why, failed=entry.failed)


def _find_there(address: Address, findings: Findings) -> None:
    try:
        listed = list_files(address)
    except SrcnnError as error:
        findings.leave(address, str(error))
        return
    if listed is None:
        findings.add(address, PurePath(), listed=False)
        return
    root, files = listed
    images = [file for file in files if file.suffix.lower() in READABLE_SUFFIXES]
    for file in files:
        if file.suffix.lower() in UNREADABLE_SUFFIXES:
            findings.leave(file, unsupported(file))
    for image in images:
        findings.add(image, image.parent.relative_to(root), listed=True)
    if not images:
        findings.leave(address, f"no images at {address}", failed=glob.has_magic(address.url))


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
