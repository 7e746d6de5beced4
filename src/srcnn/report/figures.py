"""The paper's plots, from saved means: quality against time and against multiplications, and quality against scale.

They are drawn small, so that their texts can be read where two stand side by side on paper, and one on a telephone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcnn.metrics import METRICS
from srcnn.report.labels import Box, place
from srcnn.report.means import Table, title
from srcnn.report.theme import SERIES
from srcnn.report.units import count_text, log_ticks, time_text
from srcnn.visualise.figures import INK, encode, new_figure, printable, style
from srcnn.visualise.levels import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = "osD^vP*X<>ph"
_TEXT = 9  # points
_WIDTH, _HEIGHT = 540, 420  # pixels
_LEFT = 0.14  # of the width, for the values of the axis


@dataclass(frozen=True)
class Look:
    """The colour and marker of a method in every figure; both differ, in case one is lost in print."""

    colour: str
    mark: str


def looks(methods: Sequence[str]) -> dict[str, Look]:
    """A style for each method, the same for equal lists.

    Parameters
    ----------
    methods : sequence of str
        Their names.

    Returns
    -------
    dict of str to Look
        By name.
    """
    return {method: Look(SERIES[i % len(SERIES)], _MARKS[i % len(_MARKS)]) for i, method in enumerate(methods)}


def draw_speed(table: Table, look: Mapping[str, Look], kind: str = "png", *, per: str = "image") -> bytes | None:
    """PSNR against time, with fast methods to the right; None if fewer than two methods were timed.

    Parameters
    ----------
    table : Table
        Means of one dataset and scale.
    look : mapping of str to Look
        Of every method.
    kind : str
        "png" or "svg".
    per : str
        What the table's seconds are for one of.

    Returns
    -------
    bytes or None
        The file.
    """
    points = {m: (table.seconds[m], value) for m, value in _values(table, "psnr").items() if table.seconds[m] > 0}
    if len(points) < 2:
        return None
    return _scatter(
        points,
        look,
        f"{table.title}: quality and time",
        f"slower  ←  time per {per}  →  faster",
        time_text,
        kind,
    )


def draw_cost(
    table: Table, multiplications: Mapping[str, float], look: Mapping[str, Look], kind: str = "png"
) -> bytes | None:
    """PSNR against multiplications per pixel of the result; None if fewer than two methods have counts.

    Parameters
    ----------
    table : Table
        Means of one dataset and scale.
    multiplications : mapping of str to float
        By method.
    look : mapping of str to Look
        Of every method.
    kind : str
        "png" or "svg".

    Returns
    -------
    bytes or None
        The file.
    """
    points = {m: (multiplications[m], value) for m, value in _values(table, "psnr").items() if m in multiplications}
    if len(points) < 2:
        return None
    return _scatter(
        points,
        look,
        f"{table.title}: quality and arithmetic",
        "costlier  ←  multiplications per pixel of the result  →  cheaper",
        count_text,
        kind,
    )


def draw_scales(tables: Sequence[Table], metric: str, look: Mapping[str, Look], kind: str = "png") -> bytes | None:
    """Quality on a dataset against scale, as gain over bicubic if that was measured; None for a single scale.

    Parameters
    ----------
    tables : sequence of Table
        Of one dataset.
    metric : str
        What is drawn.
    look : mapping of str to Look
        Of every method.
    kind : str
        "png" or "svg".

    Returns
    -------
    bytes or None
        The file.
    """
    tables = sorted(tables, key=lambda table: table.scale)
    lines = {
        method: [(t.scale, v) for t in tables if (v := _values(t, metric).get(method)) is not None]
        for t in tables
        for method in t.rows
    }
    baselines = dict(lines.get("bicubic", ()))
    if set(baselines) == {table.scale for table in tables} and len(lines) > 1:
        lines = {m: [(s, v - baselines[s]) for s, v in line] for m, line in lines.items() if m != "bicubic"}
        what = f"{title(metric)} gain over bicubic"
    else:
        what = title(metric)
    lines = {method: line for method, line in lines.items() if line}
    if len({scale for line in lines.values() for scale, _ in line}) < 2:
        return None
    unit = METRICS[metric].unit if metric in METRICS else ""
    with style():
        figure = new_figure(_WIDTH, _HEIGHT)
        room = 32 + max(_size(figure, method)[0] for method in lines)  # at the right, for the names
        axes = figure.add_axes((_LEFT, 0.135, 0.98 - _LEFT - room / _WIDTH, 0.785))
        for method, line in lines.items():
            axes.plot(
                *zip(*line, strict=True),
                color=look[method].colour,
                marker=look[method].mark,
                linewidth=1.2,
                markersize=6,
            )
        _finish(axes, f"{tables[0].dataset}: quality and scale", "scale", f"{what} ({unit})" if unit else what)
        axes.set_xticks([table.scale for table in tables], [f"×{table.scale}" for table in tables])
        _name_ends(figure, axes, {m: line[-1] for m, line in lines.items()})
        return encode(figure, kind)


def _values(table: Table, metric: str) -> dict[str, float]:
    cells = {method: table.mean(method, metric) for method in table.rows if table.is_complete(method)}
    return {
        method: cell.value
        for method, cell in cells.items()
        if cell and cell.value is not None and math.isfinite(cell.value)
    }


def _scatter(
    points: Mapping[str, tuple[float, float]],
    look: Mapping[str, Look],
    heading: str,
    x: str,
    unit: Callable[[float], str],
    kind: str,
) -> bytes:
    with style():
        figure = new_figure(_WIDTH, _HEIGHT)
        axes = figure.add_axes((_LEFT, 0.135, 0.98 - _LEFT, 0.785))
        axes.set_xscale("log")
        for method, (across, up) in points.items():
            axes.plot([across], [up], color=look[method].colour, marker=look[method].mark, linestyle="", markersize=8)
        axes.margins(x=0.12, y=0.08)
        axes.invert_xaxis()
        ticks = log_ticks([across for across, _ in points.values()])
        axes.set_xticks(ticks, [unit(tick) for tick in ticks])
        axes.minorticks_off()
        _finish(axes, heading, x, "PSNR (dB)")
        _name_points(figure, axes, points)
        return encode(figure, kind)


def _finish(axes: "Axes", heading: str, x: str, y: str) -> None:
    axes.grid(color=INK, alpha=0.15)
    axes.tick_params(colors=INK)
    for spine in axes.spines.values():
        spine.set_edgecolor(INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(printable(heading), parse_math=False, color=INK, fontsize=11)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)


def _name_points(figure: "Figure", axes: "Axes", points: Mapping[str, tuple[float, float]]) -> None:
    figure.draw_without_rendering()
    middles = [tuple(map(float, axes.transData.transform(point))) for point in points.values()]
    whole = axes.get_window_extent()
    boxes = place(
        [(x, y) for x, y in middles],
        [_size(figure, name) for name in points],
        Box(whole.x0, whole.y0, whole.width, whole.height),
    )
    for name, (x, y), box in zip(points, middles, boxes, strict=True):
        near_x, near_y = min(max(x, box.left), box.left + box.width), min(max(y, box.bottom), box.bottom + box.height)
        if math.hypot(near_x - x, near_y - y) > 14:  # a distant name is connected to its point by a line
            (x0, y0), (x1, y1) = (axes.transData.inverted().transform(p) for p in ((x, y), (near_x, near_y)))
            axes.plot([x0, x1], [y0, y1], color=INK, linewidth=0.6, linestyle=":", scalex=False, scaley=False)
        left, bottom = axes.transAxes.inverted().transform((box.left, box.bottom))
        _write(axes, left, bottom, name, "bottom")


def _name_ends(figure: "Figure", axes: "Axes", ends: Mapping[str, tuple[float, float]]) -> None:
    """Names to the right of the lines, spread out, each connected to the end of its line."""
    figure.draw_without_rendering()
    height = 1.15 * max(_size(figure, name)[1] for name in ends)
    whole = axes.get_window_extent()
    order = sorted(ends, key=lambda name: ends[name][1])
    wished = [float(axes.transData.transform(ends[name])[1]) for name in order]
    places = spread(wished, height, whole.y0, whole.y1)
    left = whole.x1 + 22
    for name, y in zip(order, places, strict=True):
        (x0, y0), (x1, y1) = (
            axes.transAxes.inverted().transform(p) for p in (axes.transData.transform(ends[name]), (left - 3, y))
        )
        axes.plot([x0, x1], [y0, y1], color=INK, linewidth=0.6, linestyle=":", transform=axes.transAxes, clip_on=False)
        x1, y1 = axes.transAxes.inverted().transform((left, y))
        _write(axes, x1, y1, name, "center")


def _write(axes: "Axes", x: float, y: float, name: str, va: str) -> None:
    """A name that begins at a place of the axes, from 0 to 1."""
    axes.text(
        x,
        y,
        printable(name),
        transform=axes.transAxes,
        fontsize=_TEXT,
        color=INK,
        ha="left",
        va=va,
        parse_math=False,
    )


def _size(figure: "Figure", text: str) -> tuple[float, float]:
    """Width and height of a name in pixels."""
    probe = figure.text(0, 0, printable(text), fontsize=_TEXT, parse_math=False)
    extent = probe.get_window_extent()
    probe.remove()
    return float(extent.width), float(extent.height)
