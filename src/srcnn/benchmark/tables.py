"""Tables of means beside the published figures, made from saved scores."""

from collections.abc import Iterable, Sequence

from srcnn.benchmark.published import published
from srcnn.benchmark.records import Score, mean
from srcnn.metrics import METRICS

NOT_TAKEN = "-"
UNCONFIRMED = "?"


def mean_tables(scores: Iterable[Score], metrics: Sequence[str]) -> str:
    """One table for every dataset and scale: a row a method, a column a metric, and the mean seconds a picture.

    Parameters
    ----------
    scores : iterable of Score
        Rows of one or more runs; methods, datasets and scales appear in their order.
    metrics : sequence of str
        Columns; a metric that is not in `srcnn.metrics.METRICS` is shown with four decimals.

    Returns
    -------
    str
        Plain text. A published figure stands in brackets after the measured one, with a question mark where nobody has compared it
        with the paper yet; a metric that was not taken of every picture is named below its table.
    """
    scores = tuple(scores)
    groups = dict.fromkeys((score.key.dataset, score.key.scale) for score in scores)
    tables = [
        _table(dataset, scale, [s for s in scores if (s.key.dataset, s.key.scale) == (dataset, scale)], metrics)
        for dataset, scale in groups
    ]
    return "\n\n".join(tables)


def legend(text: str) -> str:
    """What the marks in ``text`` mean; empty where there are none."""
    lines = []
    if "(" in text:
        lines.append("In brackets: published figures.")
    if f"{UNCONFIRMED})" in text:
        lines.append(f"{UNCONFIRMED}: written down from memory of the paper, not yet confirmed.")
    return " ".join(lines)


def _table(dataset: str, scale: int, scores: list[Score], metrics: Sequence[str]) -> str:
    methods = list(dict.fromkeys(score.key.method for score in scores))
    n_pictures = len({score.key.image for score in scores})
    header = ["method", *(METRICS[m].title if m in METRICS else m for m in metrics), "seconds"]
    rows, remarks = [header], []
    for method in methods:
        own = [score for score in scores if score.key.method == method]
        row = [method]
        for metric in metrics:
            values = [score.values[metric] for score in own if metric in score.values]
            row.append(_cell(values, method, dataset, scale, metric))
            if len(values) < len(own):
                remarks.append(f"{metric} of {method}: taken of {len(values)} of {len(own)} pictures, the others are too small for it")
        row.append(f"{mean([score.seconds for score in own]):.3f}")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    title = f"{dataset} x{scale}, mean of {n_pictures} picture{'s' if n_pictures != 1 else ''}"
    return "\n".join([title, *lines, *remarks])


def _cell(values: list[float], method: str, dataset: str, scale: int, metric: str) -> str:
    figure = published(method, dataset, scale, metric)
    measured = _format(metric, mean(values)) if values else NOT_TAKEN
    if figure is None:
        return measured
    return f"{measured} ({figure.text}{'' if figure.confirmed else UNCONFIRMED})"


def _format(metric: str, value: float) -> str:
    return METRICS[metric].format(value) if metric in METRICS else f"{value:.4f}"
