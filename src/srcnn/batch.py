"""Many images: working through them so that no bad one stops the rest."""

import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from srcnn.automatic import Quality
from srcnn.errors import ImageError, SrcnnError, reason
from srcnn.files.atomic import claimed, remove_stale_parts
from srcnn.files.metadata.provenance import file_provenance
from srcnn.methods.base import Engine
from srcnn.planning import Job, Outcome, Plan


def run(plan: Plan, work: Callable[[Job], str], *, overwrite: bool = False) -> Iterator[Outcome]:
    """Work through a plan, yielding what became of every file as soon as it is known.

    Two processes may work through the same plan: each file is made by one of them.

    Parameters
    ----------
    plan : Plan
        From `srcnn.planning.plan`.
    work : callable
        Makes a job's target and gives back a note for the user, or an empty text.
        What it raises fails this job alone.
    overwrite : bool
        Whether targets that exist are made again; else they are skipped.

    Yields
    ------
    Outcome
        In the order in which files are finished.
    """
    yield from plan.failed
    yield from plan.left_out
    inputs = {os.path.realpath(job.source) for job in plan.jobs}
    cleaned: set[Path] = set()
    for job in plan.jobs:
        if job.target.parent not in cleaned:
            remove_stale_parts(job.target.parent)
            cleaned.add(job.target.parent)
        try:
            if overwrite and os.path.realpath(job.target) in inputs:
                raise ImageError(f"cannot write {job.target}: it is to be enlarged itself; give --output or --suffix")
            yield _outcome(job, work, overwrite)
        except SrcnnError as error:
            yield Outcome(job.source, job.target, "failed", str(error))
        except OSError as error:
            yield Outcome(job.source, job.target, "failed", f"cannot write {job.target}: {reason(error)}")
        except MemoryError:
            yield Outcome(job.source, job.target, "failed", f"{job.source}: there is not enough memory for the result")
        except Exception as error:  # a mistake of ours must not cost the user the rest of a night's work
            yield Outcome(job.source, job.target, "failed", f"{job.source}: {_mistake(error)}")


def _outcome(job: Job, work: Callable[[Job], str], overwrite: bool) -> Outcome:
    if not overwrite and _exists(job.target):
        return Outcome(job.source, job.target, "skipped")
    if job.listed and file_provenance(job.source) is not None:
        return Outcome(job.source, None, "left out")
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with claimed(job.target) as mine:
        if not mine:
            return Outcome(job.source, job.target, "skipped", "another process is making it")
        if not overwrite and _exists(job.target):  # made by another process meanwhile
            return Outcome(job.source, job.target, "skipped")
        note = work(job)
    return Outcome(job.source, job.target, "done", "; ".join(part for part in (job.note, note) if part))


def _exists(path: Path) -> bool:
    """Whether there is a file; an error that says more than that there is none comes out."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _mistake(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"a mistake in srcnn, please report it ({what}, at {Path(where.filename).name}:{where.lineno})"


@dataclass(frozen=True, kw_only=True)
class UpscaleFile:
    """The work of `srcnn upscale` on one file: read, enlarge, write.

    Its fields are `srcnn.upscale.upscale`'s settings.
    """

    scale: float | None = None
    model: str = "auto"
    width: int | None = None
    height: int | None = None
    threads: int | None = None
    engine: Engine = "auto"
    tile: int | None = None
    noise: float | None = None
    jpeg_quality: Quality | None = None
    limited: bool = True  # refuse images of absurd size
    provenance: bool = True  # say in the result's XMP which version and model made it, and the scale

    def __call__(self, job: Job) -> str:
        """Make ``job.target``; the note says what the reading or the format lost.

        Parameters
        ----------
        job : Job
            What is to be made.

        Returns
        -------
        str
            Empty where nothing was lost.
        """
        from srcnn.upscale import upscale_file

        notes = upscale_file(
            job.source,
            job.target,
            self.scale,
            self.model,
            width=self.width,
            height=self.height,
            threads=self.threads,
            engine=self.engine,
            tile=self.tile,
            noise=self.noise,
            jpeg_quality=self.jpeg_quality,
            limited=self.limited,
            provenance=self.provenance,
        )
        return "; ".join(notes)
