"""Scores as tables of the page: means beside the published figures, and the scores of every image."""

import math
from collections.abc import Mapping
from html import escape

from srcnn.metrics import METRICS
from srcnn.report.html_table import Better, Cell, Head, html_table
from srcnn.report.images import ImageTable
from srcnn.report.means import TIMES, Mean, Table, title
from srcnn.report.named import Named
from srcnn.report.tables import beside, best


def means_table(table: Table, methods: Mapping[str, Named]) -> str:
    """The means of one dataset at one scale.

    Parameters
    ----------
    table : Table
        The means.
    methods : mapping of str to Named
        Of the report.

    Returns
    -------
    str
        HTML.
    """
    bold = best(table)
    heads = [
        Head("method"),
        *(Head(title(metric), _better(metric)) for metric in table.metrics),
        *(Head(name, "low") for name in TIMES),
    ]
    rows = []
    for name, means in table.rows.items():
        cells = [_mean(mean, bold=(name, mean.metric) in bold) for mean in means]
        times = (table.seconds[name], table.cpu_seconds[name])
        cells += [
            Cell(text, None if math.isnan(seconds) else seconds)
            for text, seconds in zip(table.times(name), times, strict=True)
        ]
        rows.append((link(methods[name]), cells))
    caption = f"{table.title}, {table.scope}"
    remarks = "".join(f"<p>{escape(remark)}.</p>" for remark in table.remarks)
    return f"<div>{html_table(caption, heads, rows)}{remarks}</div>"


def images_table(table: ImageTable, methods: Mapping[str, Named]) -> str:
    """The scores of every image of a dataset in one metric.

    Parameters
    ----------
    table : ImageTable
        The scores.
    methods : mapping of str to Named
        Of the report.

    Returns
    -------
    str
        HTML.
    """
    heads = [Head("image"), *(Head(methods[name].name, _better(table.metric)) for name in table.methods)]
    rows = [(escape(image), [_image_cell(cell) for cell in cells]) for image, cells in table.rows]
    return html_table(table.title, heads, rows, said=True)


def link(method: Named) -> str:
    """The name of a method, which leads to its section.

    Parameters
    ----------
    method : Named
        The method.

    Returns
    -------
    str
        HTML.
    """
    aliases = "".join(f' <span class="alias">{escape(alias)}</span>' for alias in method.aliases)
    return f'<a href="#{method.anchor}">{escape(method.name)}</a>{aliases}'


def _better(metric: str) -> Better:
    return "high" if metric not in METRICS or METRICS[metric].higher_is_better else "low"


def _mean(mean: Mean, *, bold: bool) -> Cell:
    value = f"<b>{escape(mean.text)}</b>" if bold else escape(mean.text)
    published = f"<small>{escape(beside(mean))}</small>" if mean.published else ""
    return Cell(value + published, mean.value)


def _image_cell(text: str) -> Cell:
    """A cell such as "24.04 (24.04)": what is measured, then what is published."""
    try:
        return Cell(escape(text), float(text.partition(" ")[0]))
    except ValueError:
        return Cell(escape(text))
