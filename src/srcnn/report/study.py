"""The report of a study: its table, its curves with level lines, and a page with both; nothing is trained here."""

import csv
import io
from html import escape
from pathlib import Path

from srcnn.benchmark.study_records import BICUBIC, StudyRecords, is_baseline, read_study_records
from srcnn.errors import DataError, reason
from srcnn.files.atomic import write_bytes
from srcnn.report.html_table import Better, Cell, Head, html_table
from srcnn.report.page import page_of, plot
from srcnn.report.tables import MARKDOWN_BAR
from srcnn.visualise.curves import draw_curves

TABLE = "table.md"
PAGE = "index.html"
_PLANES = ("Y", "Cb", "Cr", "YCbCr", "RGB")


def write_study(folder: Path, output: Path | None = None) -> tuple[Path, ...]:
    """Write the report of a study.

    Parameters
    ----------
    folder : path
        Holds its results, as ``srcnn study`` saves them.
    output : path, optional
        Folder for the files; that of the results when not given.

    Returns
    -------
    tuple of path
        The files: the page first, then the table, and where weights were kept on the way the curves as CSV, PNG and
        SVG.

    Raises
    ------
    DataError
        If there are no results, or the folder cannot be made.
    MissingExtraError
        If Matplotlib is not installed.
    """
    records = read_study_records(folder)
    files = {TABLE: study_table(records).encode()}
    svg = None
    if records.curves:
        title = records.title[0].upper() + records.title[1:]
        drawn = {kind: draw_curves(records.curves, title, levels=records.levels, kind=kind) for kind in ("png", "svg")}
        svg = drawn["svg"]
        files |= {"curves.csv": curves_csv(records).encode()} | {f"curves.{kind}": data for kind, data in drawn.items()}
    files = {PAGE: study_page(records, svg).encode(), **files}
    target = folder if output is None else output
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {target}: {reason(error)}") from error
    for name, data in files.items():
        write_bytes(target / name, data)
    return tuple(target / name for name in files)


def study_table(records: StudyRecords) -> str:
    """The results as a Markdown table.

    Parameters
    ----------
    records : StudyRecords
        A study's.

    Returns
    -------
    str
        With a line break at its end.
    """
    heads, rows = _cells(records)
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(cell.replace('|', MARKDOWN_BAR) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def curves_csv(records: StudyRecords) -> str:
    """Level lines and curves as a table: a row for each level and each point; a level has no backpropagations.

    Parameters
    ----------
    records : StudyRecords
        A study's.

    Returns
    -------
    str
        Lines of text, a header first.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "backpropagations", "psnr"))
    writer.writerows((name, "", f"{value:.3f}") for name, value in records.levels.items())
    writer.writerows((name, n, f"{value:.3f}") for name, points in records.curves.items() for n, value in points)
    return text.getvalue()


def study_page(records: StudyRecords, svg: bytes | None) -> str:
    """A self-contained page, in the form of a benchmark's.

    Parameters
    ----------
    records : StudyRecords
        A study's.
    svg : bytes or None
        Its curves.

    Returns
    -------
    str
        HTML.
    """
    heads, rows = _cells(records)
    numbers = [Head(heads[0]), *(Head(head, _better(head)) for head in heads[1:])]
    cells = [(escape(row[0]), [Cell(escape(cell), _number(cell)) for cell in row[1:]]) for row in rows]
    sections = {"table": ("Table", html_table(records.title, numbers, cells, said=True))}
    if svg is not None:
        text = f"PSNR against backpropagations: {', '.join(records.curves)}; level lines of {', '.join(records.levels)}"
        sections["curves"] = ("Curves", f'<div class="plots">{plot(text, svg)}</div>')
    return page_of(f"Study: {records.title}", [_summary(records)], sections)


def _summary(records: StudyRecords) -> str:
    baselines = [name for name in records.rows if is_baseline(name)]
    what = f"{len(records.rows) - len(baselines)} networks on {records.dataset} at ×{records.scale}."
    if len(baselines) > 1:  # the best of all would be that of the easiest images
        return f"{what} Each is to be compared with bicubic on images that were degraded alike."
    best = max(records.rows, key=lambda name: records.rows[name]["Y"])
    gain = records.rows[best]["Y"] - records.rows[BICUBIC]["Y"]
    return (
        f"{what} {best} has the best mean PSNR of luma, {records.rows[best]['Y']:.2f} dB, {gain:.2f} dB above bicubic."
    )


def _cells(records: StudyRecords) -> tuple[list[str], list[list[str]]]:
    shown = [plane for plane in _PLANES if plane in records.rows[BICUBIC]]
    heads = ["variant", "parameters", *shown, "CPU seconds", "minutes trained", "the paper"]
    rows = []
    for name, row in records.rows.items():
        times = [f"{row['seconds']:.3f}", f"{row['minutes']:.1f}"] if "seconds" in row else ["", ""]
        planes = [f"{row[plane]:.2f}" for plane in shown]
        rows.append([name, f"{row.get('parameters', 0):,.0f}", *planes, *times, records.paper.get(name, "")])
    return heads, rows


def _better(head: str) -> Better:
    return "high" if head in _PLANES else "low" if head in ("parameters", "CPU seconds", "minutes trained") else ""


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None
