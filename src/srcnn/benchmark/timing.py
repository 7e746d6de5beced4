"""How long a call takes, and how much memory."""

import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

from srcnn.benchmark.machine import peak_memory, reset_peak_memory

T = TypeVar("T")

REPEATS = 5  # timed calls of a fast method
ENOUGH = 1.0  # total seconds after which no further call is timed: a slow method is timed once


def timed(make: Callable[[], T]) -> tuple[T, float, float, int | None]:
    """Call a function several times: the first call is not timed, and the others count by their median.

    Parameters
    ----------
    make : callable
        Gives the same every time.

    Returns
    -------
    (object, float, float, int or None)
        What the first call gives, seconds by the clock and of processor time of those after it, and bytes at the peak
        of the first, where the system tells.
    """
    known = reset_peak_memory()
    made = make()
    peak = peak_memory() if known else None
    walls: list[float] = []
    processors: list[float] = []
    while not walls or (len(walls) < REPEATS and sum(walls) < ENOUGH):
        wall, processor = time.perf_counter(), time.process_time()
        make()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return made, median(walls), median(processors), peak
