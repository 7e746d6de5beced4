"""Many images: which files become which."""

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from srcnn.errors import OptionError, reason
from srcnn.files import paths
from srcnn.files.formats import FORMATS, READABLE_SUFFIXES, UNREADABLE_SUFFIXES, WRITABLE_SUFFIXES
from srcnn.files.listing import Listing, list_images
from srcnn.wear import Wear

State = Literal["done", "skipped", "left out", "failed"]

_WITHOUT_XMP = tuple(suffix for f in FORMATS.values() if "xmp" not in f.holds for suffix in f.suffixes)
_OF_A_RESULT = re.compile(r"_(x\d+(\.\d+)?|w\d+(xh\d+)?|h\d+)$")  # the default suffixes of `srcnn upscale`


@dataclass(frozen=True)
class Job:
    """One file and where its result goes."""

    source: Path
    target: Path
    listed: bool = False  # found in a folder or by a pattern, not named by the user
    note: str = ""  # what the user should know about its name


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the one row that messages, summary and JSON are made of; it can be pickled.

    Attributes
    ----------
    source, target : path
        The input and its result; None where there is none to be.
    state : {"done", "skipped", "left out", "failed"}
        What was done with it.
    message : str
        Why it failed, was skipped or left out; what its name or its result is not.
    input_size, size : (int, int), optional
        Width and height of the image and of the result.
    model : str, optional
        The model that made the result.
    wear : Wear, optional
        What the model was told of the image.
    lost : tuple of str
        What the reading or the format lost.
    seconds : float, optional
        How long it took.
    """

    source: Path
    target: Path | None
    state: State
    message: str = ""
    input_size: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    model: str | None = None
    wear: Wear | None = None
    lost: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Plan:
    """All jobs in order, the inputs that failed, and the files of the folders that were left out."""

    jobs: tuple[Job, ...]
    failed: tuple[Outcome, ...]
    left_out: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class _Found:
    source: Path
    root: Path  # the folder whose tree is kept in the output
    listed: bool


def plan(inputs: Sequence[str | Path], output: str | Path | None = None, *, suffix: str = "") -> Plan:
    """Decide which files to upscale, and where the results go.

    Parameters
    ----------
    inputs : sequence of path or str
        Files, folders (with their subfolders) and patterns such as ``"scans/**/*.png"``.
        A part of a pattern that exists as a file or folder of that name is not a pattern.
    output : path or str, optional
        A file name with an image suffix when there is one file to write; otherwise a folder, in which the trees of
        folders and patterns are kept.
        A name that ends in a slash is a folder.
        Next to the inputs when not given.
    suffix : str
        Put between the stem and the suffix of every name: ``"_x3"`` makes ``cat.png`` into ``cat_x3.png``.

    Returns
    -------
    Plan
        Files found in folders are sorted.
        A result of this plan that is in an input folder is not an input.
        Where two files of a folder would get the same name, such as ``cat.gif`` and ``cat.png``, the one that changes
        its format keeps its whole name: ``cat.gif.png``.
        A job that would still replace another result, or its own input, fails alone.

    Raises
    ------
    OptionError
        If an argument is empty, one name is given for several results, the output is a URL, or every result would
        replace its input.
    """
    if set(suffix) & {"/", "\\", "\0"}:
        raise OptionError(f"the suffix becomes part of file names, so it must not contain a slash, got {suffix!r}")
    target = None if output is None else paths.local_path(output, "output")
    as_folder = output is not None and str(output).endswith(("/", os.sep))
    found, failed, left_out = _find(inputs, target)
    single = None if target is None else _single_target(target, as_folder, inputs, found)
    if single is not None:
        jobs = [Job(file.source, single, file.listed) for file in found]
    else:
        jobs = [Job(file.source, _target(file, target, suffix), file.listed) for file in found]
        jobs = _without_results(jobs)
    jobs, clashes = _without_clashes(jobs, suffix)
    return Plan(tuple(jobs), (*failed, *clashes), tuple(left_out))


def _find(inputs: Sequence[str | Path], output: Path | None) -> tuple[list[_Found], list[Outcome], list[Outcome]]:
    found: dict[str, _Found] = {}
    failed: list[Outcome] = []
    left_out: list[Outcome] = []
    folders = sum(paths.is_folder(given) for given in inputs)
    for given in inputs:
        if isinstance(given, str) and paths.is_address(given):
            failed.append(
                Outcome(
                    Path(given),
                    None,
                    "failed",
                    f"{given} is a URL, and only local files can be read; download it first",
                )
            )
            continue
        path = paths.local_path(given, "an input")
        if paths.is_folder(path):
            # Several folders stay separate in the output, as with cp.
            base, root = (path, path) if folders == 1 else (path.resolve(), path.resolve().parent)
            listing, nothing = list_images(base, without=output), f"no images in the folder {path}"
        elif os.path.lexists(path) or not glob.has_magic(str(given)):
            problem = _problem(path)
            if problem:
                failed.append(Outcome(path, None, "failed", problem))
            else:
                found.setdefault(_identity(path), _Found(path, path.parent, False))
            continue
        else:
            root, pattern = _split(path)
            listing, nothing = list_images(root, pattern, without=output), f"no image matches {given}"
        if not listing.images and not any(entry.failed for entry in listing.left_out.values()):
            failed.append(Outcome(path, None, "failed", nothing))
        for image in listing.images:
            found.setdefault(_identity(image), _Found(image, root, True))
        _report(listing, failed, left_out)
    return list(found.values()), failed, left_out


def _report(listing: Listing, failed: list[Outcome], left_out: list[Outcome]) -> None:
    for entry in listing.left_out.values():
        if entry.failed:
            failed.append(Outcome(entry.path, None, "failed", entry.why))
        else:
            left_out.append(Outcome(entry.path, None, "left out", entry.why))


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


def _single_target(path: Path, as_folder: bool, inputs: Sequence[str | Path], found: list[_Found]) -> Path | None:
    """The one file to write, if the output names a file instead of a folder."""
    if paths.is_file(path) and (as_folder or path.suffix.lower() not in WRITABLE_SUFFIXES):
        what = (
            "is a file, not a folder"
            if as_folder
            else f"is not in a format that can be written; use one of {_SUFFIXES}, or a folder"
        )
        raise OptionError(f"{path} {what}")
    as_folder = as_folder or paths.is_folder(path)
    named = path.suffix.lower() in WRITABLE_SUFFIXES and not as_folder
    several = len(found) > 1 or any(file.listed for file in found) or len(inputs) > 1
    if named and several:
        raise OptionError(f"{path} names one file, but there are several inputs; give a folder")
    if not named and not several and path.suffix and not as_folder:
        raise OptionError(
            f"{path}: {path.suffix} is not a format that can be written; use one of {_SUFFIXES}, or end the name of "
            "a folder with a slash"
        )
    return path if named else None


_SUFFIXES = ", ".join(WRITABLE_SUFFIXES)


def _target(file: _Found, output: Path | None, suffix: str) -> Path:
    name = _name(file.source, suffix)
    return file.source.with_name(name) if output is None else output / file.source.parent.relative_to(file.root) / name


def _name(source: Path, suffix: str, *, whole: bool = False) -> str:
    """The name of a result; only known image suffixes are removed from the source's name."""
    known = source.suffix.lower()
    stem = source.stem if not whole and (known in READABLE_SUFFIXES or known in UNREADABLE_SUFFIXES) else source.name
    return f"{stem}{suffix}{source.suffix if known in WRITABLE_SUFFIXES else '.png'}"


def _without_results(jobs: list[Job]) -> list[Job]:
    """The jobs without files that are results themselves, as far as their names tell.

    A second run over the same folder finds the results of the first.
    Results of another scale are recognised by their metadata, or by their name if the format holds no metadata.
    """
    made = {os.path.realpath(job.target) for job in jobs if job.target != job.source}
    stems = {(job.source.parent, job.source.stem) for job in jobs}

    def is_result(source: Path) -> bool:
        if os.path.realpath(source) in made:
            return True
        plain = _OF_A_RESULT.sub("", source.stem)
        return source.suffix.lower() in _WITHOUT_XMP and plain != source.stem and (source.parent, plain) in stems

    return [job for job in jobs if not (job.listed and is_result(job.source))]


def _without_clashes(jobs: list[Job], suffix: str) -> tuple[list[Job], list[Outcome]]:
    """Split the jobs into those with a free target, and those whose target is taken or is their own input."""
    kept: dict[str, Job] = {}
    clashes = []
    # Files that keep their format keep their name.
    for job in sorted(jobs, key=lambda job: job.source.suffix != job.target.suffix):
        place = os.path.realpath(job.target)
        other = kept.get(place)
        if other is not None and job.source.suffix != job.target.suffix:
            longer = job.target.with_name(_name(job.source, suffix, whole=True))
            note = f"named so because {other.source} becomes {job.target}"
            if os.path.realpath(longer) not in kept:
                job = replace(job, target=longer, note=note)  # noqa: PLW2901
                place, other = os.path.realpath(longer), None
        if place == os.path.realpath(job.source):
            problem = f"the result would replace its own input {job.source}; give --output or --suffix"
        elif other is not None:
            problem = (
                f"{other.source} and {job.source} would both become {job.target}; upscale them into different folders"
            )
        else:
            kept[place] = job
            continue
        clashes.append((job, problem))
    if clashes and not kept:
        raise OptionError(clashes[0][1])
    order = {job.source: number for number, job in enumerate(jobs)}
    good = sorted(kept.values(), key=lambda job: order[job.source])
    return good, [Outcome(job.source, job.target, "failed", problem) for job, problem in clashes]
