"""A section of the page for every method: what it is, what it costs, and how far it is above bicubic."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from srcnn.report.html_table import Cell, Head, html_table
from srcnn.report.means import Table, format_value, title
from srcnn.report.named import Named
from srcnn.report.units import count_text, time_text
from srcnn.web import marked

_BASELINE = "bicubic"


def method_sections(methods: Mapping[str, Named], tables: Sequence[Table], run: Mapping[str, Any]) -> str:
    """The sections of all methods.

    Parameters
    ----------
    methods : mapping of str to Named
        Of the report.
    tables : sequence of Table
        Means of the run.
    run : mapping
        What it was measured with.

    Returns
    -------
    str
        HTML.
    """
    sections = "\n".join(_section(method, tables, run) for method in methods.values())
    return f'<div class="flow">{sections}</div>'


def _section(method: Named, tables: Sequence[Table], run: Mapping[str, Any]) -> str:
    scales = sorted({table.scale for table in tables if method.name in table.rows})
    heads = [Head("scale"), *(Head(f"×{scale}") for scale in scales)]
    own = {(table.dataset, table.scale): table for table in tables if method.name in table.rows}
    rows = []
    for dataset in dict.fromkeys(dataset for dataset, _ in own):
        found = [own.get((dataset, scale)) for scale in scales]
        rows.append((f"{dataset}: {title(tables[0].metrics[0])}", [_score(table, method.name) for table in found]))
        rows.append((f"{dataset}: time of an image", [_time(table, method.name) for table in found]))
    for what, group in (
        ("multiplications per pixel of the result", "multiplications"),
        ("inference engine", "engines"),
        ("SHA-256 of weights or results", "weights"),
    ):
        values = [run.get(group, {}).get(f"{method.name} x{scale}") for scale in scales]
        if any(values):
            rows.append((what, [_fact(value) for value in values]))
    names = "".join(f' <span class="alias">{escape(alias)}</span>' for alias in method.aliases)
    paper = f" ({method.paper})" if method.paper else ""
    table = html_table(
        f"{method.shown}: scores and cost",
        heads,
        [(escape(name), cells) for name, cells in rows],
        sortable=False,
        said=True,
    )
    return (
        f'<section class="method" id="{method.anchor}"><h3>{escape(method.name)}{names}</h3>'
        f"<p>{marked(method.title + paper)}.</p>{table}</section>"
    )


def _score(table: Table | None, method: str) -> Cell:
    mean = table and table.mean(method, table.metrics[0])
    if table is None or not mean:
        return Cell("-")
    baseline = table.mean(_BASELINE, mean.metric)
    if method == _BASELINE or not baseline or baseline.value is None or mean.value is None:
        return Cell(escape(mean.text))
    gain = mean.value - baseline.value
    sign = "+" if gain >= 0 else "−"
    return Cell(f"{escape(mean.text)}<small>{sign}{format_value(mean.metric, abs(gain))}</small>")


def _time(table: Table | None, method: str) -> Cell:
    seconds = table.seconds[method] if table else 0.0
    return Cell(time_text(seconds) if seconds > 0 else "-")


def _fact(value: object) -> Cell:
    if isinstance(value, float):
        return Cell(count_text(value))
    text = "-" if value is None else str(value)
    return Cell(f"<code>{escape(text[:8])}…</code>" if len(text) == 64 else escape(text))
