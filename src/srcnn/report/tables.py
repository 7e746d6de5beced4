"""Means beside the published figures as Markdown, LaTeX and CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from srcnn.metrics import METRICS
from srcnn.report.means import TIMES, Mean, Table, title

LEGEND = (
    "Measured (published, difference). Seconds per image: wall-clock and processor time, after loading and one "
    "untimed run."
)

MARKDOWN_BAR = "\\|"  # in a cell of a table, where a bar alone would begin another


def best(table: Table) -> frozenset[tuple[str, str]]:
    """The cells (method, metric) with the best printed value of their column, if it has several.

    Parameters
    ----------
    table : Table
        Means of one dataset and scale.

    Returns
    -------
    frozenset of (str, str)
        All that print the best value.
    """
    found = set()
    for metric in table.metrics:
        cells = {
            method: cell
            for method in table.rows
            if table.is_complete(method) and (cell := table.mean(method, metric)) and cell.value is not None
        }
        if len(cells) < 2:
            continue
        sign = 1 if metric not in METRICS or METRICS[metric].higher_is_better else -1
        top = max(cells.values(), key=lambda cell: sign * (cell.value or 0.0))
        found |= {(method, metric) for method, cell in cells.items() if cell.text == top.text}
    return frozenset(found)


def markdown(tables: Iterable[Table]) -> str:
    """One table per dataset and scale, with the best value of a column in bold.

    Parameters
    ----------
    tables : iterable of Table
        What is shown.

    Returns
    -------
    str
        Lines of text.
    """
    return "\n\n".join(_markdown(table) for table in tables) + f"\n\n{LEGEND}\n"


def latex(tables: Iterable[Table]) -> str:
    """The same as LaTeX tables, for the package booktabs.

    Parameters
    ----------
    tables : iterable of Table
        What is shown.

    Returns
    -------
    str
        Lines of text.
    """
    return "% \\usepackage{booktabs}\n" + "\n".join(_latex(table) for table in tables)


def means_csv(tables: Iterable[Table]) -> str:
    """One row per mean: what it belongs to, its value, and the published figure, if there is one.

    Parameters
    ----------
    tables : iterable of Table
        What is shown.

    Returns
    -------
    str
        Lines of text, a header first.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = (
        "dataset",
        "scale",
        "method",
        "metric",
        "images",
        "mean",
        "published",
        "source",
        "difference",
        "seconds",
        "cpu_seconds",
    )
    writer.writerow(head)
    for table in tables:
        for method, means in table.rows.items():
            for mean in means:
                printed = (mean.published.text, mean.published.source) if mean.published else ("", "")
                value = "" if mean.value is None else repr(mean.value)
                difference = "" if mean.difference is None else f"{mean.difference:.6g}"
                measured = (table.dataset, table.scale, method, mean.metric, mean.images, value)
                writer.writerow((*measured, *printed, difference, *table.times(method)))
    return text.getvalue()


def beside(mean: Mean) -> str:
    """The published figure and the difference, "36.54, −0.01"; empty without a published figure.

    Parameters
    ----------
    mean : Mean
        A cell.

    Returns
    -------
    str
        What stands in brackets.
    """
    if mean.published is None:
        return ""
    return f"{mean.published.text}, {mean.difference_text}" if mean.difference_text else mean.published.text


def _markdown(table: Table) -> str:
    bold = best(table)
    lines = [f"**{table.title}**, {table.scope}", ""]
    lines += [
        _row(["method", *map(title, table.metrics), *TIMES]),
        _row(["---"] * (len(table.metrics) + 1 + len(TIMES))),
    ]
    for method, means in table.rows.items():
        cells = []
        for mean in means:
            value = f"**{mean.text}**" if (method, mean.metric) in bold else mean.text
            cells.append(f"{value} ({beside(mean)})" if mean.published else value)
        lines.append(_row([f"`{method}`", *cells, *table.times(method)]))
    return "\n".join([*lines, *(f"\n{remark}." for remark in table.remarks)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', MARKDOWN_BAR) for cell in cells)} |"


_SPECIAL = {
    "_": r"\_",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "\\": r"\textbackslash{}",
    "^": r"\^{}",
    "~": r"\~{}",
}


def escaped(text: str) -> str:
    """Escape the special characters of LaTeX.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        For LaTeX.
    """
    return "".join(_SPECIAL.get(c, c) for c in text).replace("−", "$-$").replace("±", r"$\pm$")


def _latex(table: Table) -> str:
    bold = best(table)
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'l' * len(table.metrics)}{'r' * len(TIMES)}}}",
        r"\toprule",
    ]
    heads = ["Method", *map(escaped, map(title, table.metrics)), *(name[0].upper() + name[1:] for name in TIMES)]
    lines += [" & ".join(heads) + r" \\", r"\midrule"]
    for method, means in table.rows.items():
        cells = []
        for mean in means:
            value = rf"\textbf{{{escaped(mean.text)}}}" if (method, mean.metric) in bold else escaped(mean.text)
            cells.append(rf"{value} {{\scriptsize ({escaped(beside(mean))})}}" if mean.published else value)
        lines.append(" & ".join([escaped(method), *cells, *table.times(method)]) + r" \\")
    caption = f"{table.dataset}, scale {table.scale}, {table.scope}. {LEGEND}"
    lines += [r"\bottomrule", r"\end{tabular}", rf"\caption{{{escaped(caption)}}}", r"\end{table}", ""]
    return "\n".join(lines)
