"""Many images: which files become which."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from srcnn.earlier import read_label
from srcnn.errors import OptionError
from srcnn.files import paths
from srcnn.files.address import Address, check_storage
from srcnn.files.formats import (
    FORMATS,
    WRITABLE_SUFFIXES,
    format_of,
)
from srcnn.files.places import Place, Stream, check_standard_output, identity, place_of
from srcnn.finding import Found, find
from srcnn.naming import File, Naming, naming_of
from srcnn.wear import NO_WEAR, Wear

State = Literal["done", "planned", "skipped", "left out", "failed"]

STANDARD = "-"  # standard input or output, as an argument

_WITHOUT_XMP = tuple(suffix for f in FORMATS.values() if "xmp" not in f.holds for suffix in f.suffixes)

P_co = TypeVar("P_co", bound=Place, covariant=True)


@dataclass(frozen=True)
class Job(Generic[P_co]):
    """One file and where its result goes; the work itself gets a job of local files."""

    source: P_co
    target: P_co
    listed: bool = False  # found in a folder or by a pattern, not named by the user
    note: str = ""  # what the user should know about its name


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the one row that messages, summary and JSON are made of; it can be pickled.

    Attributes
    ----------
    source, target : path, address or stream
        The input and its result; None where there is none to be.
    state : {"done", "planned", "skipped", "left out", "failed"}
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
    reduced : bool
        Whether the result is no larger than the image, so that no model was used.
    node : str, optional
        The machine of a cluster that did the work.
    tries : int
        How often it was begun: more than once where a process of a cluster was lost.
    """

    source: Place
    target: Place | None
    state: State
    message: str = ""
    input_size: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    model: str | None = None
    wear: Wear | None = None
    lost: tuple[str, ...] = ()
    seconds: float | None = None
    reduced: bool = False
    node: str | None = None
    tries: int = 1

    def record(self) -> dict[str, Any]:
        """The row as JSON takes it.

        Returns
        -------
        dict
            Texts, numbers and lists; None where nothing is known.
        """
        worn = self.wear is not None and self.wear != NO_WEAR
        return {
            "input": str(self.source),
            "output": None if self.target is None else str(self.target),
            "state": self.state,
            "input_size": None if self.input_size is None else list(self.input_size),
            "size": None if self.size is None else list(self.size),
            "model": self.model,
            "reduced": self.reduced,
            "wear": {"jpeg_quality": self.wear.quality, "noise": self.wear.noise} if self.wear and worn else None,
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "node": self.node,
            "tries": self.tries,
            "lost": list(self.lost),
            "message": self.message or None,
            "error": self.message if self.state == "failed" else None,
        }


@dataclass(frozen=True)
class Plan:
    """All jobs in order, the inputs that failed, and the files of the folders that were left out."""

    jobs: tuple[Job[Place], ...]
    failed: tuple[Outcome, ...]
    left_out: tuple[Outcome, ...] = ()


def plan(
    inputs: Sequence[str | Path],
    output: str | Path | None = None,
    *,
    suffix: str = "",
    format_name: str | None = None,
) -> Plan:
    """Decide which files to upscale, and where the results go.

    Parameters
    ----------
    inputs : sequence of path or str
        Files, folders (with their subfolders) and patterns such as ``"scans/**/*.png"``, also as addresses
        (``s3://…``), and ``"-"`` for standard input.
        A part of a pattern that exists as a file or folder of that name is not a pattern.
    output : path or str, optional
        A file name with an image suffix when there is one file to write; otherwise a folder, in which the trees of
        folders and patterns are kept.
        A name that ends in a slash is a folder.
        Next to the inputs when not given; ``"-"`` is standard output, where standard input goes by itself.
    suffix : str
        Put between the stem and the suffix of every name: ``"_x3"`` makes ``cat.png`` into ``cat_x3.png``.
    format_name : str, optional
        The format of every result, as in `srcnn.output.CHOICES`; that of its input where not given.

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
        If an argument is empty, one name is given for several results, or every result would replace its input.
    """
    if output == STANDARD or STANDARD in inputs:
        return _piped(inputs, output, format_name)
    naming = naming_of(suffix, format_name)
    target = None if output is None else place_of(output, "output")
    if isinstance(target, Address):
        check_storage(target)
    as_folder = output is not None and str(output).endswith(("/", os.sep))
    findings = find(inputs, target)
    found = findings.files
    failed = [Outcome(one.place, None, "failed", one.why) for one in findings.left_out if one.failed]
    left_out = [Outcome(one.place, None, "left out", one.why) for one in findings.left_out if not one.failed]
    single = None if target is None else _single_target(target, as_folder, inputs, found)
    if single is not None:
        format_of(Path(single.name), format_name)
        jobs = [Job(file.source, single, file.listed) for file in found]
    else:
        jobs = [Job(file.source, _target(file, target, naming), file.listed) for file in found]
        jobs = _without_results(jobs)
    jobs, clashes = without_clashes(jobs, naming)
    return Plan(tuple(jobs), (*failed, *clashes), tuple(left_out))


def _piped(inputs: Sequence[str | Path], output: str | Path | None, format_name: str | None) -> Plan:
    """The plan for one image from standard input or to standard output."""
    if len(inputs) != 1:
        raise OptionError(f"standard input and output take one image at a time, but there are {len(inputs)} inputs")
    source: Place = Stream() if inputs[0] == STANDARD else place_of(inputs[0], "an input")
    if isinstance(source, Path) and paths.is_folder(source):
        raise OptionError(f"standard output takes one image, but {source} is a folder; give --output a folder")
    target: Place = Stream("" if format_name is None else FORMATS[format_name.upper()].suffixes[0])
    if output is None or output == STANDARD:
        check_standard_output()
    else:
        target = place_of(output, "output")
        if target.suffix.lower() not in WRITABLE_SUFFIXES or str(output).endswith(("/", os.sep)):
            raise OptionError(
                f"{output}: an image from standard input has no name; give a file with one of the suffixes {_SUFFIXES}"
            )
        format_of(Path(target.name), format_name)
    return Plan((Job(source, target),), ())


def _single_target(path: File, as_folder: bool, inputs: Sequence[str | Path], found: list[Found]) -> File | None:
    """The one file to write, if the output names a file instead of a folder."""
    if isinstance(path, Path) and paths.is_file(path) and (as_folder or path.suffix.lower() not in WRITABLE_SUFFIXES):
        what = (
            "is a file, not a folder"
            if as_folder
            else f"is not in a format that can be written; use one of {_SUFFIXES}, or a folder"
        )
        raise OptionError(f"{path} {what}")
    as_folder = as_folder or (isinstance(path, Path) and paths.is_folder(path))
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


def _target(file: Found, output: File | None, naming: Naming) -> File:
    name = naming.name(file.source)
    if output is not None:
        return output / file.folder / name
    if isinstance(file.source, Address) and file.source.is_web:
        raise OptionError(f"the result of {file.source} cannot lie beside it; give --output")
    return file.source.with_name(name)


def _without_results(jobs: list[Job[File]]) -> list[Job[File]]:
    """The jobs without files that are results themselves, as far as their names tell.

    A second run over the same folder finds the results of the first.
    Results of another scale are recognised when their turn comes (`srcnn.earlier`).
    """
    made = {identity(job.target) for job in jobs if job.target != job.source}
    stems = {(job.source.parent, job.source.stem) for job in jobs}

    def is_result(source: File) -> bool:
        if identity(source) in made:
            return True
        if isinstance(source, Path):
            return False
        # What lies at an address is not fetched to see its size.
        label = read_label(source.stem) if source.suffix.lower() in _WITHOUT_XMP else None
        return label is not None and (source.parent, label[0]) in stems

    return [job for job in jobs if not (job.listed and is_result(job.source))]


def without_clashes(jobs: list[Job[File]], naming: Naming) -> tuple[list[Job[File]], list[Outcome]]:
    """Split the jobs into those with a free target, and those whose target is taken or is their own input.

    Parameters
    ----------
    jobs : list of Job
        Of all files whose results could get the same name.
    naming : Naming
        How results are called.

    Returns
    -------
    (list of Job, list of Outcome)
        In order; the failures.

    Raises
    ------
    OptionError
        If no job is left.
    """
    kept: dict[str, Job[File]] = {}
    clashes = []
    # Files that keep their format keep their name.
    for job in sorted(jobs, key=lambda job: job.source.suffix != job.target.suffix):
        place = identity(job.target)
        other = kept.get(place)
        if other is not None and job.source.suffix != job.target.suffix:
            longer = job.target.with_name(naming.name(job.source, whole=True))
            note = f"named so because {other.source} becomes {job.target}"
            if identity(longer) not in kept:
                job = replace(job, target=longer, note=note)  # noqa: PLW2901
                place, other = identity(longer), None
        if place == identity(job.source):
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
