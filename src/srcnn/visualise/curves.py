"""Test curves: PSNR on a test set against backpropagations, with level lines of other methods.

Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, figures 1, 4 and 7 to 10.
"""

from collections.abc import Mapping, Sequence

from srcnn.visualise.figures import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    encode,
    new_figure,
    printable,
    style,
)
from srcnn.visualise.levels import MARGIN, draw_levels

Curve = Sequence[tuple[float, float]]
"""Points of a curve: backpropagations, and PSNR in dB."""

_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
_MARKS = "os^Dv*P"
_BELOW = 0.5  # dB below the lowest level that are shown: a network begins far below, and soon leaves there


def draw_curves(
    curves: Mapping[str, Curve], title: str = "", *, levels: Mapping[str, float] | None = None, kind: str = "png"
) -> bytes:
    """Draw curves of test PSNR in one figure.

    Parameters
    ----------
    curves : mapping of str to sequence of (float, float)
        Points of every network, by its name in the legend.
    title : str
        The line at the top.
    levels : mapping of str to float, optional
        PSNR of other methods on the same images: ``{"bicubic": 30.39}``.
    kind : str
        One of `figures.FORMATS`.

    Returns
    -------
    bytes
        Of the file.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    """
    levels = levels or {}
    with style():
        figure = new_figure(900, 560)
        axes = figure.add_axes((0.085, 0.11, 0.9 - (MARGIN if levels else 0.0), 0.81))
        for number, (name, points) in enumerate(curves.items()):
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=_COLOURS[number % len(_COLOURS)],
                marker=_MARKS[number % len(_MARKS)],
                markersize=4,
                linewidth=1.3,
                label=_in_legend(name),
                zorder=2,
            )
        if levels:
            seen = [y for points in curves.values() for _, y in points] + list(levels.values())
            axes.set_ylim(max(min(seen), min(levels.values()) - _BELOW) - 0.05, max(seen) + 0.15)
        axes.grid(color=INK, alpha=0.15)
        axes.tick_params(colors=INK)
        axes.spines[:].set_edgecolor(INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(printable(title), parse_math=False, color=INK, fontsize=11)
        axes.set_xlabel("backpropagations (patches learned from)", color=INK)
        axes.set_ylabel("mean PSNR of the test images (dB)", color=INK)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        for text in axes.legend(
            loc="lower right", frameon=True, edgecolor="none", framealpha=0.9, labelcolor=INK
        ).get_texts():
            text.set_parse_math(False)
        draw_levels(figure, axes, levels)
        return encode(figure, kind)


def _in_legend(name: str) -> str:
    """A name as a legend shows it; Matplotlib leaves out those that begin with an underscore."""
    return f" {printable(name)}" if name.startswith("_") else printable(name)
