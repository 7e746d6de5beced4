"""The learning curve of a run, from the ``log.csv`` that `srcnn train` writes and stores in the network's file."""

import json
import math
from collections.abc import Mapping, Sequence

from srcnn.engine.onnx_file import BASELINES_KEY, LOG_KEY, read_metadata
from srcnn.errors import DataError
from srcnn.visualise.figures import BLUE, encode, new_figure, printable, style
from srcnn.visualise.levels import MARGIN, draw_levels
from srcnn.weights.log import LogRow, end_to_end, parse_log


def log_inside(data: bytes) -> tuple[tuple[LogRow, ...], dict[str, float]]:
    """The log in a network's file, and its baselines; both are empty if there is no log.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    (tuple of LogRow, dict of str to float)
        Rows, and baselines by name.

    Raises
    ------
    DataError
        If the stored log is invalid.
    """
    metadata = read_metadata(data)
    if LOG_KEY not in metadata:
        return (), {}
    try:
        baselines = {str(name): float(value) for name, value in json.loads(metadata.get(BASELINES_KEY, "{}")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"the baselines in the network's file cannot be read: {error}") from error
    return parse_log(metadata[LOG_KEY], "the log in the network's file"), baselines


def draw_learning_curve(
    log: Sequence[LogRow], title: str = "", *, baselines: Mapping[str, float] | None = None, kind: str = "png"
) -> bytes:
    """Draw validation PSNR, and below it training loss, against steps; a dotted line stands where a stage begins.

    Parameters
    ----------
    log : sequence of LogRow
        What `read_log` gives.
    title : str
        The line at the top.
    baselines : mapping of str to float, optional
        PSNR of other methods on the same images, drawn as baselines: ``{"bicubic": 28.09}``.
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
    starts = [number for number in range(1, len(log)) if log[number].stage != log[number - 1].stage]
    log = end_to_end(log)
    with style():
        from matplotlib.ticker import LogLocator

        figure = new_figure(900, 620)
        upper, lower = figure.subplots(
            2,
            1,
            sharex=True,
            height_ratios=(3, 1),
            gridspec_kw={"left": 0.11, "right": 0.985 - (MARGIN if baselines else 0.0), "bottom": 0.09, "top": 0.94},
        )
        steps = [row.step for row in log]
        mark = "." if len(log) < 60 else None
        for axes, values in ((upper, [row.val_psnr for row in log]), (lower, [row.train_loss for row in log])):
            axes.plot(steps, values, color=BLUE, marker=mark)
            for number in starts:
                axes.axvline(steps[number - 1], color="#888888", linestyle=":", linewidth=1.0)
            axes.grid(alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
        best = max(log, key=lambda row: row.val_psnr)
        upper.plot([best.step], [best.val_psnr], color=BLUE, marker="o", linestyle="")
        upper.annotate(
            f"best: {best.val_psnr:.2f} dB",
            (best.step, best.val_psnr),
            (0, -8),
            textcoords="offset points",
            color=BLUE,
            ha="right",
            va="top",
        )
        upper.margins(y=0.08)
        upper.set_ylabel("PSNR of the validation images (dB)")
        lower.set_ylabel("training loss")
        losses = [row.train_loss for row in log if not math.isnan(row.train_loss)]
        if losses and 0 < 3 * min(losses) < max(losses):
            lower.set_yscale("log", subs=())
            lower.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # at least one lies in the range
            lower.yaxis.set_major_formatter("{x:g}")
        lower.set_xlabel(f"steps ({log[-1].minutes:,.0f} minutes in all)")
        upper.set_title(printable(title), parse_math=False)
        draw_levels(figure, upper, baselines or {})
        return encode(figure, kind)
