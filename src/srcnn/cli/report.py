"""``srcnn report``: tables and figures of what ``srcnn benchmark`` saved."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(help="Output folder of a benchmark: it holds scores.csv and run.json.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the report; FOLDER/report when not given.")
    ] = None,
) -> None:
    """Make one HTML page of a benchmark, and its tables and figures as single files.

    The page holds everything and fetches nothing: means beside the published figures, every image's figures, PSNR
    against time and against multiplications, quality against scale, and what it all was measured with.
    Tables are also written as Markdown, LaTeX (booktabs) and CSV, figures as PNG and SVG.
    """
    from srcnn import experiments
    from srcnn.cli.reporting import summary

    files = experiments.report(folder, output)
    summary(f"{files[0]}: the page; beside it {len(files) - 1} files with its tables and figures")
