"""What a run came to, in a few sentences: which method is best, which is fast, and how published figures are met."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from srcnn.metrics import METRICS
from srcnn.report.means import Mean, Table, format_value, title
from srcnn.report.named import Named
from srcnn.report.units import time_text

_BASELINE = "bicubic"


def sentences(tables: Sequence[Table], methods: Mapping[str, Named]) -> tuple[str, ...]:
    """The summary at the top of a report; all of it is taken from its tables.

    Parameters
    ----------
    tables : sequence of Table
        Means of a run.
    methods : mapping of str to Named
        Its methods.

    Returns
    -------
    tuple of str
        What was measured; then the best and the fastest method, and the published figures, as far as there are any.
    """
    metric = "psnr" if "psnr" in tables[0].metrics else tables[0].metrics[0]
    said = [_measured(tables, methods), *_best(tables, metric, methods), *_published(tables, metric, methods)]
    return tuple(said)


def listed(words: Collection[str]) -> str:
    """Words as a list in a sentence.

    Parameters
    ----------
    words : collection of str
        At least one.

    Returns
    -------
    str
        "a", "a and b", "a, b and c".
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _measured(tables: Sequence[Table], methods: Mapping[str, Named]) -> str:
    datasets = list(dict.fromkeys(table.dataset for table in tables))
    scales = sorted({table.scale for table in tables})
    count = len(methods)
    return f"{count} method{'s' if count > 1 else ''} on {listed(datasets)} at {listed([f'×{s}' for s in scales])}."


def _best(tables: Sequence[Table], metric: str, methods: Mapping[str, Named]) -> Iterator[str]:
    """The method that leads most tables, by how much, and what it costs beside the others."""
    values = [_values(table, metric) for table in tables]
    if len({name for found in values for name in found}) < 2 or not all(values):
        return
    better = max if metric not in METRICS or METRICS[metric].higher_is_better else min
    leaders = [better(found, key=found.__getitem__) for found in values]
    best = max(methods, key=leaders.count)
    won = leaders.count(best)
    if won == len(tables):
        where = "everywhere" if won > 1 else f"on {tables[0].title}"
    else:
        where = f"in {won} of {len(tables)} tables"
    text = f"{methods[best].shown} has the best mean {title(metric)} {where}"
    both = [found for found in values if best in found and _BASELINE in found]
    gains = [gain for found in both if math.isfinite(gain := found[best] - found[_BASELINE])]
    if gains and best != _BASELINE:
        unit = METRICS[metric].unit if metric in METRICS else ""
        gain = sum(gains) / len(gains)
        far = f"{format_value(metric, abs(gain))} {unit}".rstrip()
        text += f", {far} {'above' if gain > 0 else 'below'} {_BASELINE}" + (" on average" if len(gains) > 1 else "")
    # Only of methods that were timed on everything, or means would be of different images.
    times = {name: sum(table.seconds.get(name, math.nan) for table in tables) / len(tables) for name in methods}
    timed = {name: seconds for name, seconds in times.items() if seconds > 0 and name != _BASELINE}
    if best in timed and len(timed) > 1:
        fastest = min(timed, key=timed.__getitem__)
        text += f", in {time_text(timed[best])} an image"
        text += (
            "; no other is faster"
            if fastest == best
            else f"; {methods[fastest].shown} takes {time_text(timed[fastest])}"
        )
    yield f"{text}."


def _published(tables: Sequence[Table], metric: str, methods: Mapping[str, Named]) -> Iterator[str]:
    """How many published figures are reached, as both are printed, and which is missed by most."""
    sign = 1 if metric not in METRICS or METRICS[metric].higher_is_better else -1
    found = [
        (sign * (float(mean.text) - mean.published.value), name, mean.published.text, table)
        for table in tables
        for name in table.rows
        if (mean := _mean(table, name, metric)) and mean.published
    ]
    if not found:
        return
    reached = sum(difference >= 0 for difference, *_ in found)
    text = f"Of {len(found)} published {title(metric)} figures {reached} are reached or exceeded"
    least, name, printed, table = min(found, key=lambda row: row[0])
    if reached < len(found):
        missed = format_value(metric, -least)
        text += f"; farthest from its own is {methods[name].shown} on {table.title}, {missed} short of {printed}"
    yield f"{text}."


def _mean(table: Table, method: str, metric: str) -> Mean | None:
    mean = table.mean(method, metric)
    return mean if mean and mean.value is not None else None


def _values(table: Table, metric: str) -> dict[str, float]:
    return {
        name: mean.value
        for name in table.rows
        if table.is_complete(name) and (mean := _mean(table, name, metric)) and mean.value is not None
    }
