"""Many images: working through them so that no bad one stops the rest."""

import os
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from srcnn.errors import ImageError, SrcnnError, reason
from srcnn.files.atomic import claimed, remove_stale_parts
from srcnn.files.metadata.provenance import file_provenance
from srcnn.planning import Job, Outcome, Plan
from srcnn.upscale_file import Upscaled

Work = Callable[[Job], Upscaled | None]
"""Writes the target of a job and says what it became."""


def run(plan: Plan, work: Work, *, overwrite: bool = False) -> Iterator[Outcome]:
    """Carry out a plan, yielding the outcome of every file as soon as it is known.

    Two processes may carry out the same plan: each file is written by one of them.

    Parameters
    ----------
    plan : Plan
        From `srcnn.planning.plan`.
    work : callable
        Writes the target of a job, and says what it became (`srcnn.upscale_file.UpscaleFile`).
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


def _outcome(job: Job, work: Work, overwrite: bool) -> Outcome:
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
        start = time.perf_counter()
        made = work(job)
        seconds = time.perf_counter() - start
    return _done(job, made, seconds)


def _done(job: Job, made: Upscaled | None, seconds: float) -> Outcome:
    outcome = Outcome(job.source, job.target, "done", job.note, seconds=seconds)
    if made is None:
        return outcome
    return replace(
        outcome,
        message="; ".join(part for part in (job.note, *made.notes) if part),
        input_size=made.input_size,
        size=made.size,
        model=made.model,
        wear=made.wear,
        lost=made.lost,
    )


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
