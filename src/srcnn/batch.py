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
    """Carry out a plan, yielding the outcome of every file as soon as it is known.

    Two processes may carry out the same plan: each file is written by one of them.

    Parameters
    ----------
    plan : Plan
        From `srcnn.planning.plan`.
    work : callable
        Writes the target of a job, and returns a note for the user or an empty text.
        If it raises, only this job fails.
    overwrite : bool
        Whether existing targets are replaced; otherwise they are skipped.

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
                raise ImageError(f"cannot write {job.target}: it is itself an input; give --output or --suffix")
            yield _outcome(job, work, overwrite)
        except SrcnnError as error:
            yield Outcome(job.source, job.target, "failed", str(error))
        except OSError as error:
            yield Outcome(job.source, job.target, "failed", f"cannot write {job.target}: {reason(error)}")
        except MemoryError:
            yield Outcome(job.source, job.target, "failed", f"{job.source}: there is not enough memory for the result")
        except Exception as error:  # a bug must not cost the user the rest of a night's work
            yield Outcome(job.source, job.target, "failed", f"{job.source}: {_mistake(error)}")


def _outcome(job: Job, work: Callable[[Job], str], overwrite: bool) -> Outcome:
    if not overwrite and _exists(job.target):
        return Outcome(job.source, job.target, "skipped")
    if job.listed and file_provenance(job.source) is not None:
        return Outcome(job.source, None, "left out")
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with claimed(job.target) as mine:
        if not mine:
            return Outcome(job.source, job.target, "skipped", "another process is writing it")
        if not overwrite and _exists(job.target):  # written by another process in the meantime
            return Outcome(job.source, job.target, "skipped")
        note = work(job)
    return Outcome(job.source, job.target, "done", "; ".join(part for part in (job.note, note) if part))


def _exists(path: Path) -> bool:
    """Whether a file exists; errors other than its absence are raised."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _mistake(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"a bug in srcnn, please report it ({what}, at {Path(where.filename).name}:{where.lineno})"


@dataclass(frozen=True, kw_only=True)
class UpscaleFile:
    """The work of `srcnn upscale` on one file: read, upscale, write.

    Its fields are the settings of `srcnn.upscale.upscale`.
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
    limited: bool = True  # refuse images of excessive size
    provenance: bool = True  # record version, model and scale in the XMP of the result

    def __call__(self, job: Job) -> str:
        """Write ``job.target``; the returned note says what reading or the format lost.

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
