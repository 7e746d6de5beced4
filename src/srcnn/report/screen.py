"""Tables of means beside the published figures as plain text, for the screen."""

from collections.abc import Iterable, Sequence

from srcnn.benchmark.records import Score
from srcnn.report.means import TIMES, Mean, Table, tables, title
from srcnn.text_table import aligned


def mean_tables(scores: Iterable[Score], metrics: Sequence[str]) -> str:
    """One table per dataset and scale, with one row per method, one column per metric, and mean seconds per image.

    Parameters
    ----------
    scores : iterable of Score
        Rows of one or more runs; methods, datasets and scales appear in their order.
    metrics : sequence of str
        Columns; a metric that is not in `srcnn.metrics.METRICS` is shown with four decimals.

    Returns
    -------
    str
        Plain text. Published figures are in brackets after the measured ones; metrics that were not computed on every
        image are named below the table.
    """
    return "\n\n".join(map(_text, tables(scores, metrics)))


def legend(text: str) -> str:
    """The legend for brackets in ``text``; empty if there are none.

    Parameters
    ----------
    text : str
        What `mean_tables` gave.

    Returns
    -------
    str
        One line.
    """
    return "In brackets: published figures." if "(" in text else ""


def _text(table: Table) -> str:
    rows = [["method", *map(title, table.metrics), *TIMES]]
    rows += [[method, *map(_cell, means), *table.times(method)] for method, means in table.rows.items()]
    heading = f"{table.title}, {table.scope}"
    return "\n".join([heading, aligned(rows, left=range(len(rows[0]))), *table.remarks])


def _cell(mean: Mean) -> str:
    return mean.text if mean.published is None else f"{mean.text} ({mean.published.text})"
