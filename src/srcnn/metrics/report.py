"""A `Report` as text: a table for people, JSON and CSV for programs."""

import csv
import io
import json
import math

from srcnn.metrics import METRICS
from srcnn.metrics.compare import Comparison, Report
from srcnn.metrics.explain import Convention
from srcnn.text_table import aligned


def as_table(report: Report) -> str:
    """Aligned columns, the mean below them when there are several pairs, the protocol and notes last.

    Parameters
    ----------
    report : Report
        What `srcnn.metrics.compare.compare` found.

    Returns
    -------
    str
        Lines of text.
    """
    header = ["image", *(_title(name) for name in report.metrics)]
    rows = [[pair.sr, *_cells(report, pair.values)] for pair in report.pairs]
    if len(rows) > 1:
        rows.append([f"mean of {len(rows)}", *_cells(report, report.mean)])
    parts = [aligned([header, *rows]), _statement(report)]
    parts += [f"{pair.sr}: {note}" for pair in report.pairs for note in pair.notes]
    parts += [_explanation(report, pair) for pair in report.pairs if pair.conventions]
    return "\n".join(parts)


def as_json(report: Report) -> str:
    """Valid JSON: infinite values, which JSON has no numbers for, are the strings ``"inf"`` and ``"-inf"``.

    Parameters
    ----------
    report : Report
        What `srcnn.metrics.compare.compare` found.

    Returns
    -------
    str
        Indented lines.
    """
    return json.dumps(
        {
            "protocol": report.protocol,
            "units": {name: METRICS[name].unit for name in report.metrics},
            "images": [_pair_record(pair) for pair in report.pairs],
            "mean": _jsonable(report.mean),
        },
        indent=2,
        allow_nan=False,
    )


def as_csv(report: Report) -> str:
    """One row a pair with the protocol in columns; with conventions one row each, the protocol's own first.

    Parameters
    ----------
    report : Report
        What `srcnn.metrics.compare.compare` found.

    Returns
    -------
    str
        Lines of text, a header first.
    """
    explained = any(pair.conventions for pair in report.pairs)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    extra = ["group", "convention", "changed"] if explained else []
    writer.writerow(["hr", "sr", "height", "width", "luma", "bits", "border", "scale", *extra, *report.metrics])
    for pair in report.pairs:
        fixed = [
            pair.hr,
            pair.sr,
            pair.height,
            pair.width,
            pair.luma,
            8,
            report.border,
            "" if report.scale is None else report.scale,
        ]
        if explained:
            for row in pair.conventions:
                values = [repr(row.values[name]) for name in report.metrics]
                writer.writerow([*fixed, row.group, row.name, row.changed, *values])
        else:
            writer.writerow([*fixed, *(repr(pair.values[name]) for name in report.metrics)])
    return stream.getvalue().rstrip("\n")


def _statement(report: Report) -> str:
    protocol = report.protocol
    border = (
        f"{report.border} pixels cropped from every side"
        if report.border
        else "no border cropped (papers crop scale pixels: --scale N)"
    )
    return f"measured on luma ({protocol['luma']}), {protocol['rounding']}, {border}"


def _explanation(report: Report, pair: Comparison) -> str:
    lines = []
    titles = {
        "pair": f"{pair.sr} by other conventions:",
        "bicubic": f"bicubic x{report.scale} of {pair.hr}, computed in other ways:",
    }
    for group in dict.fromkeys(row.group for row in pair.conventions):
        members = [row for row in pair.conventions if row.group == group]
        header = ["", *(_title(name) for name in report.metrics), "what is different"]
        body = [[row.name, *_differences(report, row, members[0]), row.changed] for row in members]
        lines += ["", titles[group], aligned([header, *body], left=(0, len(header) - 1))]
    return "\n".join(lines)


def _differences(report: Report, row: Convention, first: Convention) -> list[str]:
    """Values, each with its distance from the protocol's."""
    cells = []
    for name, plain in zip(report.metrics, _cells(report, row.values), strict=True):
        difference = row.values[name] - first.values[name]
        shown = row is not first and math.isfinite(difference)
        cells.append(f"{plain} ({difference:+.{METRICS[name].digits}f})" if shown else plain)
    return cells


def _cells(report: Report, values: dict[str, float]) -> list[str]:
    return [METRICS[name].format(values[name]) for name in report.metrics]


def _title(name: str) -> str:
    metric = METRICS[name]
    return f"{metric.title} {metric.unit}".strip()


def _pair_record(pair: Comparison) -> dict[str, object]:
    record: dict[str, object] = {
        "hr": pair.hr,
        "sr": pair.sr,
        "height": pair.height,
        "width": pair.width,
        "luma": pair.luma,
        "values": _jsonable(pair.values),
        "notes": list(pair.notes),
    }
    if pair.conventions:
        record["conventions"] = [
            {"group": row.group, "name": row.name, "changed": row.changed, "values": _jsonable(row.values)}
            for row in pair.conventions
        ]
    return record


def _jsonable(values: dict[str, float]) -> dict[str, float | str]:
    return {name: value if math.isfinite(value) else repr(value) for name, value in values.items()}
