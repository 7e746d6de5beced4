"""What a batch would make, and about how long it would take: every image is read, a few are upscaled and thrown away.

Reading an image and choosing its model takes as long as it will, so that is timed for each.
The work is timed for some images of each kind (model, scale, format), the large ones only in part, and goes by pixels.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from srcnn.batch import done, is_earlier_result, or_failure, without_work
from srcnn.files.formats import default_suffix
from srcnn.files.places import Place, fetched, identity
from srcnn.planning import Job, Outcome, Plan
from srcnn.prepared import Upscaled
from srcnn.progress import OnProgress

ENOUGH = 1.5  # seconds of the work on one image, after which it is stopped
LONGEST = 6.0  # seconds of a kind, after which no other image is tried
SAMPLES = 5  # images of a kind that are tried at most

Clock = Callable[[], float]


class Prepared(Protocol):
    """An image that was read, with all that is decided before the work (`srcnn.upscale_file.Prepared`)."""

    @property
    def expected(self) -> Upscaled:
        """What it is to become."""
        ...

    @property
    def frames(self) -> int:
        """Of an animation; 1 of any other image."""
        ...

    def write(self, target: Path, on_progress: OnProgress | None = None) -> Upscaled:
        """Do the work.

        Parameters
        ----------
        target : path
            What to write.
        on_progress : callable, optional
            Told of every block.

        Returns
        -------
        Upscaled
            What it became.
        """
        ...


Prepare = Callable[[Job[Path]], Prepared]


@dataclass(frozen=True)
class _Looked:
    """An image that was read once."""

    outcome: Outcome
    job: Job[Place]
    kind: tuple[str, ...]  # images of one kind take as long for a pixel
    pixels: int  # of the result, in all frames
    seconds: float  # of reading it


@dataclass(frozen=True)
class _Trial:
    """How long an image took, or would have taken."""

    pixels: int
    seconds: float
    setup: float  # of it, before the first block: loading a model, for one


def rehearse(
    plan: Plan, prepare: Prepare, *, overwrite: bool = False, clock: Clock = time.perf_counter
) -> Iterator[Outcome]:
    """Tell what `srcnn.batch.run` would do, without writing anything.

    Parameters
    ----------
    plan : Plan
        From `srcnn.planning.plan`.
    prepare : callable
        Reads the source of a job of local files and decides what becomes of it
        (`srcnn.upscale_file.UpscaleFile.prepare`).
    overwrite : bool
        Whether existing targets would be replaced.
    clock : callable
        Seconds that pass.

    Yields
    ------
    Outcome
        "planned" instead of "done", with the seconds that the file will take; the first of a kind also with those that
        loading its model takes. Of uploads nothing is known.
    """
    yield from plan.failed
    yield from plan.left_out
    inputs = {identity(job.source) for job in plan.jobs}
    looked = []
    for job in plan.jobs:
        found = or_failure(job, partial(_look, job, prepare, clock, overwrite, inputs))
        if isinstance(found, _Looked):
            looked.append(found)
        else:
            yield found
    kinds: dict[tuple[str, ...], list[_Looked]] = defaultdict(list)
    for one in looked:
        kinds[one.kind].append(one)
    for members in kinds.values():
        tried = or_failure(members[0].job, partial(_tried, members, prepare, clock))
        for number, one in enumerate(members):
            if isinstance(tried, Outcome):
                yield one.outcome  # how long it takes, and whether it works, only the work itself will show
                continue
            loading, trials = tried
            seconds = one.seconds + _estimate(one.pixels, trials) + (loading if number == 0 else 0)
            yield replace(one.outcome, seconds=seconds)


def _look(
    job: Job[Place], prepare: Prepare, clock: Clock, overwrite: bool, inputs: Container[str]
) -> Outcome | _Looked:
    at_once = without_work(job, overwrite, inputs)
    if at_once is not None:
        return at_once
    start = clock()
    with fetched(job.source) as source:
        if is_earlier_result(job, source):
            return Outcome(job.source, None, "left out")
        suffix = job.target.suffix or default_suffix(source)
        prepared = prepare(Job(source, Path(f"result{suffix}")))
        seconds = clock() - start
    made = prepared.expected
    outcome = replace(done(job, made, 0), state="planned", seconds=None)
    kind = (made.model, f"{made.size[0] / made.input_size[0]:.2g}", suffix.lower())
    return _Looked(outcome, job, kind, made.size[0] * made.size[1] * prepared.frames, seconds)


def _tried(members: Sequence[_Looked], prepare: Prepare, clock: Clock) -> tuple[float, list[_Trial]]:
    """Seconds of what is done once for all, and trials of a few images of all sizes, the ends first."""
    by_size = sorted(members, key=lambda one: one.pixels)
    start = clock()
    first, *others = (_try(one, prepare, clock) for one in (by_size[0], *by_size[1:][-1:]))
    between = [by_size[n * (len(by_size) - 1) // (SAMPLES - 1)] for n in range(1, SAMPLES - 1)] if others else []
    others += [_try(one, prepare, clock) for one in between if clock() - start < LONGEST]
    if not others:
        return 0.0, [first]
    alike = [trial.seconds for trial in others if trial.pixels == first.pixels]
    if alike:  # what the first one of a size takes longer, such as compiling for it, the others do not
        return max(0.0, first.seconds - _mean(alike)), others
    loading = max(0.0, first.setup - others[0].setup)
    return loading, [replace(first, seconds=first.seconds - loading), *others]


class _Enough(Exception):  # noqa: N818 - no error
    """The work on an image was timed for long enough."""


def _try(one: _Looked, prepare: Prepare, clock: Clock) -> _Trial:
    """Time the work on an image, without the reading."""
    told: list[tuple[float, int, int]] = []

    def listen(done: int, total: int) -> None:
        told.append((clock(), done, total))
        # After the first and the last block there may be work of another kind.
        if told[-1][0] - told[0][0] > ENOUGH and 2 < done < total:
            raise _Enough

    with fetched(one.job.source) as source, tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        target = Path(folder) / f"result{one.job.target.suffix or default_suffix(source)}"
        prepared = prepare(Job(source, target))
        start = clock()
        with suppress(_Enough):
            prepared.write(target, listen)
            end = clock()
            return _Trial(one.pixels, end - start, told[0][0] - start if told else 0.0)
    (_, _, total), (end, done, _) = told[0], told[-1]
    # What the first blocks took holds loading and compiling, which the rest does not need.
    later = next(n for n, entry in enumerate(told) if entry[1] >= max(1, done // 3))
    rate = (end - told[later][0]) / (done - told[later][1])
    return _Trial(one.pixels, end - start + rate * (total - done), told[0][0] - start)


def _estimate(pixels: int, trials: Sequence[_Trial]) -> float:
    """Seconds for an image: what any image takes, and what its pixels take, by the trials beside its size."""
    known = sorted({trial.pixels for trial in trials})
    means = {size: _mean([trial.seconds for trial in trials if trial.pixels == size]) for size in known}
    above = next((size for size in known if size >= pixels), known[-1])
    below = next((size for size in reversed(known) if size <= pixels), known[0])
    if above == below:
        return means[above] * pixels / above if pixels > above else means[above]
    share = (pixels - below) / (above - below)
    return means[below] + share * (means[above] - means[below])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
