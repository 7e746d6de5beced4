"""Level lines: what other methods reach, drawn across a curve and named at its right end."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from srcnn.visualise.figures import GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARGIN = 0.17
"""Share of a figure's width that the names of level lines need."""

_COLOURS = (VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
_DASHES = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_SIZE = 9  # points


def draw_levels(figure: "Figure", axes: "Axes", levels: Mapping[str, float]) -> None:
    """Draw a horizontal line for each level, and its name and value beside it, outside of the axes.

    Lines that are close have their names apart, each joined to its line. Call it last: it fixes the axes' limits.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What the axes are of.
    axes : matplotlib.axes.Axes
        With the curves in it; at its right, `MARGIN` of the figure must be free.
    levels : mapping of str to float
        PSNR in dB, by name.
    """
    if not levels:
        return
    for number, value in enumerate(levels.values()):
        colour, dashes = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        axes.axhline(value, color=colour, linestyle=dashes, linewidth=1.0, zorder=1)
    figure.draw_without_rendering()  # the limits are known then
    axes.set_ylim(axes.get_ylim())
    whole = axes.get_window_extent()
    order = sorted(levels, key=levels.__getitem__)
    wished = [float(axes.transData.transform((0, levels[name]))[1]) for name in order]
    text_height = 1.35 * _SIZE * figure.get_dpi() / 72
    for name, y in zip(order, spread(wished, text_height, whole.y0, whole.y1), strict=True):
        level = float(axes.transAxes.inverted().transform(axes.transData.transform((0, levels[name])))[1])
        place = float(axes.transAxes.inverted().transform((0, y))[1])
        axes.plot(
            [1, 1.025], [level, place], color=INK, linewidth=0.6, transform=axes.transAxes, clip_on=False, zorder=1
        )
        axes.text(
            1.03,
            place,
            f"{printable(name)} {levels[name]:.2f} dB",
            transform=axes.transAxes,
            fontsize=_SIZE,
            color=INK,
            va="center",
            parse_math=False,
        )


def spread(wished: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions close to ``wished`` (ascending), at least ``gap`` apart and below ``high``.

    Parameters
    ----------
    wished : sequence of float
        In ascending order.
    gap : float
        The least distance between two of them.
    low, high : float
        Where the first may begin and the last end; more than fit go beyond ``high``.

    Returns
    -------
    list of float
        In the same order.
    """
    places: list[float] = []
    for wish in wished:
        places.append(max(wish, low if not places else places[-1] + gap))
    ceiling = max(high, low + gap * (len(places) - 1))
    for i in reversed(range(len(places))):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - gap
    return places
