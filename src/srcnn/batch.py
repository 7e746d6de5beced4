"""Many images: working through them so that no bad one stops the rest."""

import time
import traceback
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from srcnn.earlier import is_result
from srcnn.errors import ImageError, SrcnnError, interrupted, reason
from srcnn.files.atomic import claimed, remove_stale_parts
from srcnn.files.formats import default_suffix
from srcnn.files.paths import is_folder
from srcnn.files.places import Place, Stream, delivered, exists, fetched, identity
from srcnn.planning import Job, Outcome, Plan
from srcnn.prepared import Upscaled

ELSEWHERE = "another process is writing it"

Work = Callable[[Job[Path]], Upscaled | None]
"""Writes the target of a job of local files and says what it became."""


def run(plan: Plan, work: Work, *, overwrite: bool = False) -> Iterator[Outcome]:
    """Carry out a plan, yielding the outcome of every file as soon as it is known.

    Several processes may carry out the same plan: each file is written by one of them, and one that another process
    holds is tried again at the end.

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
    inputs = {identity(job.source) for job in plan.jobs}
    cleaned: set[Path] = set()
    elsewhere = []
    for job in plan.jobs:
        if isinstance(job.target, Path) and job.target.parent not in cleaned:
            remove_stale_parts(job.target.parent)
            cleaned.add(job.target.parent)
        outcome = carry_out(job, work, overwrite=overwrite, inputs=inputs)
        if outcome.message == ELSEWHERE:
            elsewhere.append(job)
        else:
            yield outcome
    # By now most of these are done; where the other process has died, its image is done here.
    for job in elsewhere:
        yield carry_out(job, work, overwrite=overwrite, inputs=inputs)


def carry_out(job: Job[Place], work: Work, *, overwrite: bool = False, inputs: Container[str] = frozenset()) -> Outcome:
    """Carry out one job of a plan; all that it takes and gives can be sent to another machine.

    Parameters
    ----------
    job : Job
        One file.
    work : callable
        As `run` takes it.
    overwrite : bool
        Whether an existing target is replaced.
    inputs : container of str
        The `srcnn.files.places.identity` of every input of the plan; none of them is replaced.

    Returns
    -------
    Outcome
        "failed" where anything was raised.
    """
    return or_failure(job, partial(_outcome, job, work, overwrite, inputs))


T = TypeVar("T")


def or_failure(job: Job[Place], make: Callable[[], T]) -> T | Outcome:
    """What is made of a job, or the failure that it comes to: nothing stops the rest of a batch.

    Parameters
    ----------
    job : Job
        One file.
    make : callable
        What is to be done with it.

    Returns
    -------
    T or Outcome
        "failed" where ``make`` raised.

    Raises
    ------
    KeyboardInterrupt
        If ``make`` raised an error that Ctrl-C is behind.
    """
    try:
        return make()
    except Exception as error:
        if interrupted(error):
            raise KeyboardInterrupt from error
        why = _why(job, error)
    return Outcome(job.source, job.target, "failed", why)


def _why(job: Job[Place], error: Exception) -> str:
    if isinstance(error, SrcnnError):
        text, places = str(error), (job.source, job.target)
        named = any(isinstance(place, Stream) or str(place) in text for place in places)
        return text if named else f"{job.source}: {text}"
    if isinstance(error, OSError):
        return f"cannot write {job.target}: {reason(error)}"
    if isinstance(error, MemoryError):
        return f"{job.source}: there is not enough memory for the result"
    return f"{job.source}: {mistake(error)}"  # a bug must not cost the user the rest of a night's work


def without_work(job: Job[Place], overwrite: bool, inputs: Container[str]) -> Outcome | None:
    """The outcome of a job that needs no work; None of any other.

    Parameters
    ----------
    job : Job
        One file.
    overwrite : bool
        Whether an existing target is replaced.
    inputs : container of str
        The `identity` of every input of the plan.

    Returns
    -------
    Outcome or None
        Skipped or left out.

    Raises
    ------
    ImageError
        If the target is an input or a folder.
    """
    if isinstance(job.target, Path) and is_folder(job.target):
        raise ImageError(f"cannot write {job.target}: there is a folder of that name; give --output or --suffix")
    if overwrite and identity(job.target) in inputs:
        raise ImageError(f"cannot write {job.target}: it is itself an input; give --output or --suffix")
    if not overwrite and exists(job.target):
        return Outcome(job.source, job.target, "skipped")
    if isinstance(job.source, Path) and is_earlier_result(job, job.source):
        return Outcome(job.source, None, "left out")
    return None


def _outcome(job: Job[Place], work: Work, overwrite: bool, inputs: Container[str]) -> Outcome:
    at_once = without_work(job, overwrite, inputs)
    if at_once is not None:
        return at_once
    with _claimed(job.target) as mine:
        if not mine:
            return Outcome(job.source, job.target, "skipped", ELSEWHERE)
        if not overwrite and exists(job.target):  # written by another process in the meantime
            return Outcome(job.source, job.target, "skipped")
        start = time.perf_counter()
        with fetched(job.source) as source:
            if is_earlier_result(job, source):
                return Outcome(job.source, None, "left out")
            made = _work_on(job, source, work)
        return done(job, made, time.perf_counter() - start)


def is_earlier_result(job: Job[Place], source: Path) -> bool:
    """Whether a file that the user did not name is a result itself.

    Parameters
    ----------
    job : Job
        One file.
    source : path
        Its source, or a copy of it.

    Returns
    -------
    bool
        By its metadata, or by its name and size.
    """
    return job.listed and is_result(source)


@contextmanager
def _claimed(place: Place) -> Iterator[bool]:
    """Claim a result against other processes; elsewhere than in the file system there is no means for that."""
    if not isinstance(place, Path):
        yield True
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with claimed(place) as mine:
        yield mine


def _work_on(job: Job[Place], source: Path, work: Work) -> Upscaled | None:
    with delivered(job.target, default_suffix(source)) as target:
        try:
            return work(Job(source, target, job.listed, job.note))
        except SrcnnError as error:
            # The user knows the places that were given, not the copies.
            text = str(error).replace(str(source), str(job.source)).replace(str(target), str(job.target))
            if text == str(error):
                raise
            raise type(error)(text) from error


def done(job: Job[Place], made: Upscaled | None, seconds: float) -> Outcome:
    """The row of a file that was upscaled.

    Parameters
    ----------
    job : Job
        The file.
    made : Upscaled, optional
        What it became.
    seconds : float
        How long it took.

    Returns
    -------
    Outcome
        "done".
    """
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
        reduced=bool(made.reduction),
    )


def mistake(error: Exception) -> str:
    """What to say of an error that srcnn did not foresee.

    Parameters
    ----------
    error : Exception
        As it was caught.

    Returns
    -------
    str
        One line with the place in the code.
    """
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"a bug in srcnn, please report it ({what}, at {Path(where.filename).name}:{where.lineno})"
