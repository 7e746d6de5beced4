"""``srcnn report``: tables and figures of what ``srcnn benchmark`` saved."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(help="Output folder of a benchmark, with scores.csv and run.json.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the report; default: FOLDER/report.")
    ] = None,
) -> None:
    """Make one HTML page of a benchmark, and its tables and figures as separate files.

    The page is self-contained: means beside the published figures, scores of every image, PSNR against time and against
    multiplications, quality against scale, and the settings of the benchmark.
    Tables are also written as Markdown, LaTeX (booktabs) and CSV, figures as PNG and SVG.
    """
    from srcnn import experiments
    from srcnn.cli.reporting import summary

    files = experiments.report(folder, output)
    summary(f"{files[0]}: the page, with {len(files) - 1} files of its tables and figures next to it")
