"""Many pictures: which files become which, and working through them so that a bad one does not stop the rest."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from srcnn.errors import ImageError, OptionError, SrcnnError
from srcnn.image.formats import WRITABLE_SUFFIXES, format_of, is_picture
from srcnn.image.metadata.provenance import Provenance
from srcnn.methods import TTA, Engine, is_file, resolve

LARGEST_RESULT = 1_000_000_000  # pixels; about 7 GB while it is made
State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class Job:
    """One file and where its result goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job: ``message`` says why it failed, or what the result could not hold."""

    source: Path
    target: Path | None
    state: State
    message: str = ""


@dataclass(frozen=True)
class Plan:
    """All jobs, in order, and the inputs that cannot become one."""

    jobs: tuple[Job, ...]
    failed: tuple[Outcome, ...]


@dataclass(frozen=True)
class _Found:
    source: Path
    root: Path  # the folder whose tree is kept below the output
    listed: bool  # whether a folder or a pattern gave it, not the user by name


def plan(inputs: Sequence[str | Path], output: str | Path | None = None, *, suffix: str = "") -> Plan:
    """Decide which files become which.

    Parameters
    ----------
    inputs : sequence of path or str
        Files, folders (taken with all below them) and patterns such as ``"scans/**/*.png"``.
    output : path, optional
        A file name with a suffix of a picture when there is one file to make; else a folder, in which the trees of folders and
        patterns are kept. Beside the inputs when not given.
    suffix : str
        Put between the stem and the suffix of every name: ``"_x3"`` makes ``cat.png`` into ``cat_x3.png``.

    Returns
    -------
    Plan
        Files found in folders come sorted. A result of this very plan that lies in an input folder is no input.

    Raises
    ------
    OptionError
        If a result would replace its own input, two inputs would become one file, or one name is given for several.
    """
    if set(suffix) & {"/", "\\", "\0"}:
        raise OptionError(f"the suffix is put into file names, so it cannot hold a slash: {suffix!r}")
    found, failed = _find(inputs)
    single = _single_target(output, inputs, found)
    if single is not None:
        jobs = [Job(file.source, single) for file in found]
    else:
        jobs = [Job(file.source, _target(file, None if output is None else Path(output), suffix)) for file in found]
        made = {job.target.resolve() for job in jobs if job.target != job.source}
        # A second run over the same folder finds the results of the first.
        jobs = [job for file, job in zip(found, jobs, strict=True) if not (file.listed and job.source.resolve() in made)]
    _check_targets(jobs)
    return Plan(tuple(jobs), tuple(failed))


def run(plan: Plan, work: Callable[[Job], str], *, overwrite: bool = False) -> Iterator[Outcome]:
    """Work through a plan, yielding what became of every job as soon as it is known.

    Parameters
    ----------
    plan : Plan
        From `plan`.
    work : callable
        Makes a job's target and gives back a note for the user, or an empty text. Its `SrcnnError` fails this job alone.
    overwrite : bool
        Whether targets that exist are made again; else they are skipped.
    """
    yield from plan.failed
    for job in plan.jobs:
        if not overwrite and job.target.exists():
            yield Outcome(job.source, job.target, "skipped")
            continue
        try:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            yield Outcome(job.source, job.target, "done", work(job))
        except SrcnnError as error:
            yield Outcome(job.source, job.target, "failed", str(error))
        except OSError as error:
            yield Outcome(job.source, job.target, "failed", f"cannot write {job.target}: {error.strerror or error}")
        except MemoryError:
            yield Outcome(job.source, job.target, "failed", f"{job.source}: there is not enough memory for the result")


def _find(inputs: Sequence[str | Path]) -> tuple[list[_Found], list[Outcome]]:
    found: dict[Path, _Found] = {}
    failed: list[Outcome] = []
    folders = sum(Path(given).is_dir() for given in inputs)
    for given in inputs:
        path = Path(given)
        if path.is_dir():
            # Several folders stay apart below the output, as with cp.
            base, root = (path, path) if folders == 1 else (path.resolve(), path.resolve().parent)
            files = [_Found(file, root, True) for file in _below(base)]
            problem = f"no pictures in the folder {path}"
        elif path.exists() or not glob.has_magic(str(given)):
            files = [_Found(path, path.parent, False)] if path.exists() else []
            problem = f"no such file: {path}"
        else:
            matches = (Path(match) for match in sorted(glob.glob(str(given), recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
            files = [_Found(match, _fixed_part(path), True) for match in matches if is_picture(match)]
            problem = f"no picture matches {given}"
        if not files:
            failed.append(Outcome(path, None, "failed", problem))
        for file in files:
            found.setdefault(file.source.resolve(), file)
    return list(found.values()), failed


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for path in (Path(parent, name) for name in sorted(names)) if is_picture(path))


def _fixed_part(pattern: Path) -> Path:
    """The folders of a pattern before its first wildcard."""
    parts: Iterable[str] = pattern.parent.parts
    fixed = []
    for part in parts:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _single_target(output: str | Path | None, inputs: Sequence[str | Path], found: list[_Found]) -> Path | None:
    """The one file to make, when ``output`` names a file and not a folder."""
    if output is None:
        return None
    path = Path(output)
    named = path.suffix.lower() in WRITABLE_SUFFIXES and not path.is_dir() and not str(output).endswith(("/", os.sep))
    several = len(found) > 1 or any(file.listed for file in found) or len(inputs) > 1
    if named and several:
        raise OptionError(f"{output} names one file, but there are several inputs; name a folder")
    if path.is_file() and not named:
        raise OptionError(f"{output} is a file of no format that can be written; use one of {', '.join(WRITABLE_SUFFIXES)}, or a folder")
    if not named and not several and path.suffix and not path.is_dir() and not str(output).endswith(("/", os.sep)):
        raise OptionError(
            f"{output}: {path.suffix} is no format that can be written; use one of {', '.join(WRITABLE_SUFFIXES)}, "
            "or end the name of a folder with a slash"
        )
    return path if named else None


def _target(file: _Found, output: Path | None, suffix: str) -> Path:
    ending = file.source.suffix if file.source.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    name = f"{file.source.stem}{suffix}{ending}"
    if output is None:
        return file.source.with_name(name)
    return output / file.source.parent.relative_to(file.root) / name


def _check_targets(jobs: list[Job]) -> None:
    sources: dict[Path, Path] = {}
    for job in jobs:
        if job.target.resolve() == job.source.resolve():
            raise OptionError(f"the result would replace its own input {job.source}; give --output or --suffix")
        other = sources.setdefault(job.target.resolve(), job.source)
        if other != job.source:
            raise OptionError(f"{other} and {job.source} would both become {job.target}; enlarge them into different folders")


@dataclass(frozen=True, kw_only=True)
class UpscaleFile:
    """The work of `srcnn upscale` on one file: read, enlarge, write. Its fields are `srcnn.upscale.upscale`'s settings."""

    scale: float | None = None
    model: str = "best"
    width: int | None = None
    height: int | None = None
    threads: int | None = None
    engine: Engine = "auto"
    tile: int | None = None
    limited: bool = True  # refuse pictures of absurd size
    provenance: bool = True  # say in the result's XMP which version and model made it, and the scale

    def __call__(self, job: Job) -> str:
        """Make ``job.target``; the note says what the reading or the format lost."""
        from srcnn.image.io import read_image, write_image
        from srcnn.image.limits import MAX_PIXELS
        from srcnn.image.metadata.provenance import with_provenance
        from srcnn.upscale import target_size, upscale

        picture = read_image(job.source, max_pixels=MAX_PIXELS if self.limited else None)
        rows, columns = target_size(picture.pixels.shape[0], picture.pixels.shape[1], self.scale, self.width, self.height)
        if self.limited and rows * columns > LARGEST_RESULT:
            raise ImageError(
                f"{job.source}: the result would have {rows * columns / 1e6:.0f} million pixels, more than "
                f"{LARGEST_RESULT / 1e6:.0f}; --no-limit lifts this limit"
            )
        sr = upscale(
            picture,
            self.scale,
            self.model,
            width=self.width,
            height=self.height,
            threads=self.threads,
            engine=self.engine,
            tile=self.tile,
        )
        if self.provenance and "xmp" in format_of(job.target).holds:
            sr = replace(sr, metadata=with_provenance(sr.metadata, self._provenance(columns / picture.pixels.shape[1])))
        notes = (*picture.metadata.notes, *write_image(job.target, sr))
        return "; ".join(notes)

    def _provenance(self, across: float) -> Provenance:
        from srcnn.upscale import SCALE

        scale = across if self.width or self.height else self.scale or SCALE
        # Of a file its name alone: where it lies is nobody else's business.
        name = resolve(self.model)
        return Provenance(version=version("srcnn"), model=Path(name).name if is_file(name.removesuffix(TTA)) else name, scale=f"{scale:g}")
