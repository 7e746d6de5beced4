"""Means of saved scores beside the published figures: the data of all tables and figures."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from srcnn.benchmark.records import Score, mean
from srcnn.metrics import METRICS
from srcnn.report.published import Published, published

TIMES = ("seconds", "CPU seconds")
"""Column headings of `Table.times`."""


@dataclass(frozen=True)
class Mean:
    """One metric of one method on one dataset at one scale."""

    metric: str
    value: float | None  # None: could not be computed for any image, or is infinite in both directions
    images: int  # that it was computed on
    published: Published | None = None

    @property
    def text(self) -> str:
        """The value with as many decimals as papers print; a dash if there is none."""
        return "-" if self.value is None else format_value(self.metric, self.value)

    @property
    def difference(self) -> float | None:
        """Measured minus published."""
        return None if self.value is None or self.published is None else self.value - self.published.value

    @property
    def difference_text(self) -> str:
        """The signed difference; empty without a published figure, and ±0 if it rounds to zero."""
        if self.difference is None:
            return ""
        text = format_value(self.metric, abs(self.difference))
        return ("±" if float(text) == 0 else "+" if self.difference > 0 else "−") + text


@dataclass(frozen=True)
class Table:
    """All means of one dataset at one scale: one row per method, one column per metric."""

    dataset: str
    scale: int
    images: int
    metrics: tuple[str, ...]
    rows: Mapping[str, tuple[Mean, ...]]  # method → its means, in the order of ``metrics``
    seconds: Mapping[str, float]  # method → mean over images; NaN if a method was not timed
    cpu_seconds: Mapping[str, float]  # the same in seconds of processor time, all threads together
    counts: Mapping[str, int]  # method → images it was measured on
    shared: tuple[str, ...] = ()  # methods that were timed beside other work, so that their seconds mean nothing

    @property
    def title(self) -> str:
        """Dataset and scale, as in "Set5 x3"."""
        return f"{self.dataset} x{self.scale}"

    @property
    def scope(self) -> str:
        """What its figures are: "mean of 5 images"."""
        return f"mean of {self.images} image{'s' if self.images != 1 else ''}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Notes on methods and single means for the reader of the table."""
        incomplete = tuple(
            f"{method}: measured on {self.counts[method]} of {self.images} images, so its means are those of other "
            "images than the other methods'"
            for method in self.rows
            if not self.is_complete(method)
        )
        incomplete += tuple(
            f"{cell.metric} of {method}: computed on {cell.images} of {self.counts[method]} images; the others are "
            "too small"
            for method, cells in self.rows.items()
            for cell in cells
            if cell.images < self.counts[method]
        )
        incomplete += tuple(
            f"{cell.metric} of {method}: infinite for some images and minus infinite for others, so it has no mean"
            for method, cells in self.rows.items()
            for cell in cells
            if cell.images and cell.value is None
        )
        if not self.shared:
            return incomplete
        return (
            *incomplete,
            f"seconds of {', '.join(self.shared)}: measured on a cluster beside other work, so they are not comparable "
            "and left out; scores.csv has them",
        )

    def is_complete(self, method: str) -> bool:
        """Whether a method was measured on all images of the table, and its means can be compared with others'.

        Parameters
        ----------
        method : str
            A row.

        Returns
        -------
        bool
            False after a run that was interrupted.
        """
        return self.counts[method] == self.images

    def times(self, method: str) -> tuple[str, ...]:
        """Seconds and processor seconds of a method, for the columns of `TIMES`.

        Parameters
        ----------
        method : str
            A row.

        Returns
        -------
        tuple of str
            As `seconds_text` writes them.
        """
        return tuple(seconds_text(of[method]) for of in (self.seconds, self.cpu_seconds))

    def mean(self, method: str, metric: str) -> Mean | None:
        """The mean of a method in a metric; None if the table has no such cell.

        Parameters
        ----------
        method : str
            A row.
        metric : str
            A column.

        Returns
        -------
        Mean or None
            The cell.
        """
        if method not in self.rows or metric not in self.metrics:
            return None
        return self.rows[method][self.metrics.index(metric)]


def tables(scores: Iterable[Score], metrics: Sequence[str]) -> tuple[Table, ...]:
    """The tables of all datasets and scales; methods, datasets and scales in the order in which they appear.

    Parameters
    ----------
    scores : iterable of Score
        Rows of one or more runs.
    metrics : sequence of str
        The columns.

    Returns
    -------
    tuple of Table
        One for each dataset and scale.
    """
    scores = tuple(scores)
    groups = dict.fromkeys((score.key.dataset, score.key.scale) for score in scores)
    return tuple(
        _table(dataset, scale, [s for s in scores if (s.key.dataset, s.key.scale) == (dataset, scale)], tuple(metrics))
        for dataset, scale in groups
    )


def format_value(metric: str, value: float) -> str:
    """A value as papers print it; four decimals for a metric that is not in `srcnn.metrics.METRICS`.

    Parameters
    ----------
    metric : str
        Its name.
    value : float
        What was measured.

    Returns
    -------
    str
        "inf" for infinity.
    """
    return METRICS[metric].format(value) if metric in METRICS else f"{value:.4f}"


def title(metric: str) -> str:
    """A metric's name as papers print it.

    Parameters
    ----------
    metric : str
        Its name.

    Returns
    -------
    str
        The name itself for a metric that is not in the table.
    """
    return METRICS[metric].title if metric in METRICS else metric


def seconds_text(seconds: float) -> str:
    """Seconds with three decimals; a dash if nothing was timed.

    Parameters
    ----------
    seconds : float
        NaN where nothing was timed.

    Returns
    -------
    str
        As a table shows it.
    """
    return "-" if math.isnan(seconds) else f"{seconds:.3f}"


def _table(dataset: str, scale: int, scores: list[Score], metrics: tuple[str, ...]) -> Table:
    own = {
        method: [s for s in scores if s.key.method == method] for method in dict.fromkeys(s.key.method for s in scores)
    }
    images = len({score.key.image for score in scores})
    return Table(
        dataset,
        scale,
        images,
        metrics,
        {method: tuple(_mean(found, images, metric) for metric in metrics) for method, found in own.items()},
        {
            method: mean([score.seconds if score.alone else math.nan for score in found])
            for method, found in own.items()
        },
        {
            method: mean([score.cpu_seconds if score.alone else math.nan for score in found])
            for method, found in own.items()
        },
        {method: len(found) for method, found in own.items()},
        tuple(method for method, found in own.items() if not all(score.alone for score in found)),
    )


def _mean(scores: list[Score], images: int, metric: str) -> Mean:
    values = [score.values[metric] for score in scores if metric in score.values]
    value = mean(values) if values else math.nan
    key = scores[0].key
    figure = published(key.method, key.dataset, key.scale, metric) if len(scores) == images else None
    return Mean(metric, None if math.isnan(value) else value, len(values), figure)
