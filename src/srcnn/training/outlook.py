"""What a run is going to do and how long it takes, told before it starts."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from srcnn.training.config import Precision

SAMPLED = 5  # images that are prepared, and
SECONDS = 3.0  # time that is spent on them, and as much on steps, before an estimate is made
STEPS = 12
WARM = 2  # steps that a library spends on choosing its routes


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A run, before it starts.

    Times are estimates, measured on a few images and a few steps; NaN where nothing could be measured.
    """

    model: str
    scale: int
    folder: Path
    images: int  # to train on
    held_out: int
    device: str
    processes: int
    threads: int  # of each process
    precision: Precision
    wished: Precision  # by the recipe
    steps: int  # the recipe's limits, 0: none
    minutes: float
    steps_done: int = 0  # by the pieces of the run before this one
    minutes_done: float = 0.0
    preparation_seconds: float = math.nan
    step_seconds: float = math.nan

    @property
    def training_seconds(self) -> float:
        """Estimate of the time from the first step of this piece to its last; NaN where it is not known."""
        limits = [60 * max(0.0, self.minutes - self.minutes_done)] if self.minutes else []
        if self.steps and not math.isnan(self.step_seconds):
            limits.append(max(0, self.steps - self.steps_done) * self.step_seconds)
        return min(limits, default=math.nan)

    def lines(self) -> list[str]:
        """What to tell a user."""
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        where = f"{self.processes} processes of {threads}" if self.processes > 1 else threads
        where = f"{where} on {self.device}" if self.device == "cpu" else f"{self.processes} x {self.device}"
        lines = [
            f"{self.model} x{self.scale} into {self.folder}: {self.images:,} images to train on, "
            f"{self.held_out:,} held out; "
            f"{where}, {self.precision}"
        ]
        if self.precision != self.wished:
            device = "this processor" if self.device == "cpu" else self.device
            lines.append(
                f"the recipe asks for {self.wished}, but {device} has no instructions for it: {self.precision} is used"
            )
        lines.append(f"{self._preparation()}; {self._training()}")
        return lines

    def _preparation(self) -> str:
        if math.isnan(self.preparation_seconds):
            return "the time to prepare the images is not known"
        return f"preparing the images takes about {spoken(self.preparation_seconds)}"

    def _training(self) -> str:
        seconds, pace = self.training_seconds, self.step_seconds
        if self.steps and not (self.minutes and not seconds < 60 * (self.minutes - self.minutes_done)):
            steps = f"{self.steps - self.steps_done:,} steps"
            return (
                f"training {steps}, whose time is not known"
                if math.isnan(seconds)
                else f"training {steps} takes about {spoken(seconds)}"
            )
        steps = "" if math.isnan(pace) else f", about {_rounded(seconds / pace):,} steps"
        return f"training takes {spoken(seconds)}{steps}"


def spoken(seconds: float) -> str:
    """A length of time in words, to two digits: "40 seconds", "3.5 minutes", "2 hours".

    Parameters
    ----------
    seconds : float
        Not negative.

    Returns
    -------
    str
        At least "1 second".
    """
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * size:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}s"
    whole = max(1, _rounded(seconds))
    return f"{whole} second{'s' * (whole != 1)}"


def preparation_seconds(files: Sequence[Path], prepare: Callable[[Path], None]) -> float:
    """Estimate how long it takes to prepare files, from a few of them spread over the list, by their sizes in bytes.

    Parameters
    ----------
    files : sequence of path
        All that are going to be prepared.
    prepare : callable
        Prepares one.

    Returns
    -------
    float
        Seconds for all of them; NaN where there are none.
    """
    sizes = {path: path.stat().st_size for path in files}
    total = sum(sizes[path] for path in files)
    spent, seen = 0.0, 0
    for path in files[:: max(1, -(-len(files) // SAMPLED))]:
        started = time.perf_counter()
        prepare(path)
        spent += time.perf_counter() - started
        seen += sizes[path]
        if spent > SECONDS:
            break
    return spent * total / seen if seen else math.nan


def step_seconds(step: Callable[[int], object]) -> float:
    """Estimate how long a step takes; ``step`` is given a number and makes it.

    Parameters
    ----------
    step : callable
        Is given a number, from 0 on, and makes the step.

    Returns
    -------
    float
        Seconds, the mean without the first `WARM` steps.
    """
    times: list[float] = []
    while len(times) < STEPS and sum(times) < SECONDS:
        started = time.perf_counter()
        step(len(times))
        times.append(time.perf_counter() - started)
    kept = times[WARM:] or times[-1:]
    return sum(kept) / len(kept)


def _rounded(value: float) -> int:
    return int(float(f"{value:.2g}"))
