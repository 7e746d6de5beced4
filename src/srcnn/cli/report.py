"""``srcnn report``: tables and figures of what ``srcnn benchmark`` or ``srcnn study`` saved."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a benchmark (scores.csv, run.json) or of a study (results.json).")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the report; default: FOLDER/report, or that of the study."),
    ] = None,
    images: Annotated[
        int, typer.Option(min=0, help="Images shown for each dataset and scale, if the benchmark saved them.")
    ] = 1,
) -> None:
    """Make one HTML page of a benchmark or of a study, and its tables and figures as separate files.

    The page is self-contained: a summary, means beside the published figures, plots of PSNR against time, against
    multiplications and against scale, a section for each method, scores of every image, and the settings.
    After `srcnn benchmark --save-images` it also shows results side by side, with a window that can be moved.
    Of a study it shows the table and the curves of test PSNR, with horizontal lines at the PSNR of other methods.
    It follows the browser into light and dark, fits a phone, and prints on A4.
    Tables are also written as Markdown, LaTeX (booktabs) and CSV, figures as PNG and SVG.
    """
    from srcnn import experiments
    from srcnn.cli.reporting import summary

    files = experiments.report(folder, output, images=images)
    summary(f"{files[0]}: the page, with {len(files) - 1} files of its tables and figures next to it")
