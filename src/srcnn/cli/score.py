"""``srcnn score``: measure images against their ground truth."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def score(
    hr: Annotated[Path, typer.Argument(help="Ground truth: an image, or a folder of images.")],
    sr: Annotated[
        Path, typer.Argument(help="What to measure: an image of the same size, or a folder with the same names.")
    ],
    metrics: Annotated[
        str, typer.Option(help="Metrics, separated by commas, or all: psnr, ssim, ifc, nqm, wpsnr, ms-ssim.")
    ] = "psnr,ssim",
    scale: Annotated[
        int | None,
        typer.Option(help="Upscaling factor: HR is cropped to a multiple of it, and it is the default border.", min=1),
    ] = None,
    border: Annotated[
        int | None,
        typer.Option(help="Pixels to ignore on every side; default: the scale if given, otherwise 0.", min=0),
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", "-f", help="How to print the figures.")
    ] = OutputFormat.TABLE,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Measure by other conventions in use as well, to see why a figure differs from a paper's."
        ),
    ] = False,
) -> None:
    """Measure SR against HR, as in the papers' tables.

    Colour is converted to 8-bit luma (BT.601, 16 to 235), and grey is used as it is.
    With --scale 3 the figures are those of a paper's x3 column: HR is cropped to a multiple of 3, and 3 pixels are
    ignored on every side.
    In JSON an infinite value (equal images) is the string "inf".
    """
    from srcnn.cli.reporting import result
    from srcnn.metrics.compare import compare
    from srcnn.metrics.report import as_csv, as_json, as_table

    report = compare(hr, sr, metrics=metrics, scale=scale, border=border, with_conventions=explain)
    write = {OutputFormat.TABLE: as_table, OutputFormat.JSON: as_json, OutputFormat.CSV: as_csv}[output_format]
    result(write(report))
