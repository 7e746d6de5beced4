"""The page: every table and figure of a run in one self-contained HTML file."""

import base64
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from srcnn.benchmark.records import Records
from srcnn.report.images import ImageTable, image_tables
from srcnn.report.means import TIMES, Table, title
from srcnn.report.tables import LEGEND, beside, best

_PAGE = Path(__file__).with_name("page.html")


def make_page(records: Records, tables: Sequence[Table], figures: Mapping[str, tuple[str, bytes]]) -> str:
    """The page as text.

    Parameters
    ----------
    records : Records
        The run.
    tables : sequence of Table
        Its means.
    figures : mapping of str to (caption, SVG)
        By file name.

    Returns
    -------
    str
        HTML.
    """
    datasets = ", ".join(dict.fromkeys(table.title for table in tables))
    parts = {
        "summary": escape(f"{len({m for t in tables for m in t.rows})} methods on {datasets}"),
        "protocol": escape(str(records.run.get("protocol", ""))),
        "timing": escape(str(records.run.get("timing", ""))),
        "legend": escape(LEGEND),
        "tables": "\n".join(map(_means, tables)),
        "figures": "\n".join(_figure(caption, svg) for caption, svg in figures.values()),
        "images": "\n".join(map(_images, image_tables(records))),
        "run": _run(records.run),
    }
    return re.sub(r"{{(\w+)}}", lambda found: parts[found[1]], _PAGE.read_text(encoding="utf-8"))


def _means(table: Table) -> str:
    bold = best(table)
    head = "".join(f"<th>{escape(name)}</th>" for name in ("method", *map(title, table.metrics), *TIMES))
    rows = []
    for method, means in table.rows.items():
        cells = []
        for mean in means:
            value = f"<b>{escape(mean.text)}</b>" if (method, mean.metric) in bold else escape(mean.text)
            cells.append(f"<td>{value}<small>{escape(beside(mean)) or '&nbsp;'}</small></td>")
        cells += [f"<td>{seconds}<small>&nbsp;</small></td>" for seconds in table.times(method)]
        rows.append(f"<tr><th>{escape(method)}</th>{''.join(cells)}</tr>")
    caption = f"{table.title}, mean of {table.images} image{'s' if table.images != 1 else ''}"
    remarks = "".join(f"<p>{escape(remark)}.</p>" for remark in table.remarks)
    return (
        f"<figure><table><caption>{escape(caption)}</caption><tr>{head}</tr>\n"
        + "\n".join(rows)
        + f"</table>{remarks}</figure>"
    )


def _figure(caption: str, svg: bytes) -> str:
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
    return f'<figure><img src="{source}" alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'


def _images(table: ImageTable) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("image", *table.methods))
    rows = "\n".join(
        f"<tr><th>{escape(image)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for image, cells in table.rows
    )
    figure = f"<figure><table><tr>{head}</tr>\n{rows}</table></figure>"
    return f"<details><summary>{escape(table.title)}</summary>{figure}</details>"


def _run(run: Mapping[str, Any]) -> str:
    """Everything else in ``run.json``, group by group."""
    parts = []
    for group, values in run.items():
        if group in ("protocol", "timing") or not values:
            continue
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
        rows = "".join(
            f"<tr><th>{escape(str(name))}</th><td>{escape(_plain(value))}</td></tr>" for name, value in items
        )
        state = " open" if group in ("machine", "settings", "versions") else ""
        parts.append(f"<details{state}><summary>{escape(group)}</summary><table>{rows}</table></details>")
    return "\n".join(parts)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.1f}"
    return "all" if value is None else str(value)
