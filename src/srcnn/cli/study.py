"""``srcnn study``: variants of a network with equal budgets, side by side in a table."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.errors import missing_extra


def study(
    study: Annotated[Path, typer.Argument(help="A study (TOML), such as recipes/studies/width.toml.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the training sets and the test set; default: $SRCNN_DATA.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the table and the runs, which studies share.")
    ] = Path("runs/studies"),
    dataset: Annotated[str, typer.Option(help="Test set to measure.")] = "Set5",
    accelerator: Annotated[str, typer.Option(help="What to train on: cpu, cuda, mps or auto.")] = "auto",
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads; default: all cores.")
    ] = None,
) -> None:
    """Run a study: train variants of a network with equal budgets, measure them, print a table.

    OUTPUT/STUDY_DATASET receives the table as table.md, the curves of test PSNR against backpropagations with level
    lines of other methods as curves.png, curves.svg and curves.csv, a page with both, and the values behind them in
    results.json, from which `srcnn report OUTPUT/STUDY_DATASET` makes them again.
    Trained variants are not trained again, and an interrupted study continues where it stopped.
    """
    try:
        import torch

        from srcnn.training.study import run_study
    except ModuleNotFoundError as error:
        raise missing_extra("a study", error.name or "PyTorch", "train") from error

    from srcnn.benchmark.datasets import data_folder
    from srcnn.cli.reporting import note, result
    from srcnn.cores import usable_cores
    from srcnn.methods.base import MOST_THREADS
    from srcnn.options import whole
    from srcnn.report.study import TABLE, write_study

    threads = None if threads is None else whole("--threads", threads, at_most=MOST_THREADS)
    torch.set_num_threads(threads or usable_cores())
    folder = run_study(study, data_folder(data), output, dataset, note, accelerator)
    written = write_study(folder)
    result((folder / TABLE).read_text(encoding="utf-8").rstrip("\n"))
    note(f"{written[0]}: the page, with {len(written) - 1} files of its table and curves next to it")
