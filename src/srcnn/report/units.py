"""Numbers of logarithmic axes in plain units: 20 ms and 1.5 s, 2,000 and 5 million."""

import math
from collections.abc import Sequence
from itertools import pairwise

_NEAREST = 0.16  # of the axis between two ticks, so that their labels do not touch


def time_text(seconds: float) -> str:
    """A time in the unit in which it is a short number.

    Parameters
    ----------
    seconds : float
        Above 0.

    Returns
    -------
    str
        In microseconds, milliseconds, seconds or minutes.

    Examples
    --------
    >>> [time_text(seconds) for seconds in (0.00005, 0.02, 1.5, 600)]
    ['50 µs', '20 ms', '1.5 s', '10 min']
    """
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def count_text(count: float) -> str:
    """A count as it is said.

    Parameters
    ----------
    count : float
        Above 0.

    Returns
    -------
    str
        In thousands with commas, from a million on in words.

    Examples
    --------
    >>> [count_text(count) for count in (6, 2000, 50000, 2e6)]
    ['6', '2,000', '50,000', '2 million']
    """
    return f"{count / 1e6:.3g} million" if count >= 1e6 else f"{count:,.3g}" if count < 1000 else f"{count:,.0f}"


def log_ticks(values: Sequence[float]) -> list[float]:
    """Round numbers for a logarithmic axis: those between the values, or around them where fewer than two lie between.

    Parameters
    ----------
    values : sequence of float
        Above 0.

    Returns
    -------
    list of float
        1, 2 and 5 times powers of ten while they have room, else 1 and 3 times, else powers of ten.

    Examples
    --------
    >>> log_ticks([0.02, 0.31])
    [0.02, 0.05, 0.1, 0.2]
    >>> log_ticks([0.3, 0.4])
    [0.2, 0.5]
    """
    low, high = min(values), max(values)
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)  # logarithms are rounded
    every = [float(f"{step}e{decade}") for decade in decades for step in (1, 2, 5)]
    between = [tick for tick in every if low <= tick <= high]
    if len(between) < 2:
        return sorted({max(t for t in every if t <= low), min(t for t in every if t >= high)})
    length = math.log10(high / low)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        gap = min(math.log10(b / a) for a, b in pairwise((*steps, 10)))
        ticks = [tick for d in decades for step in steps if low <= (tick := float(f"{step}e{d}")) <= high]
        if gap >= _NEAREST * length and len(ticks) > 1:
            return ticks
    return between if len(ticks) < 2 else ticks[:: math.ceil(_NEAREST * length)]
