"""``srcnn train``: a recipe or a folder of images becomes a model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.reporting import note, summary
from srcnn.console import say_stopped


def train(
    recipe: Annotated[
        Path | None,
        typer.Argument(help="A recipe (TOML). Without one, a network is trained on --data with the default settings."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of images, or of the datasets that a recipe names; default: $SRCNN_DATA."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder of the run; default: runs/RECIPE, or runs/NET_xSCALE without a recipe."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the output folder.")] = False,
    scale: Annotated[
        int | None, typer.Option("--scale", "-s", help="Upscaling factor; default: that of the recipe.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Training time, including resumed runs; default: that of the recipe.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Training steps; default: those of the recipe.")] = None,
    net: Annotated[
        str | None, typer.Option(help="Network, for example srcnn-9-1-5; default: that of the recipe.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed; default: that of the recipe.")] = None,
    devices: Annotated[int, typer.Option(help="Number of processes or accelerators on this machine.")] = 1,
    nodes: Annotated[
        int, typer.Option(help="Number of machines; start the same command on each, as with torchrun.")
    ] = 1,
    accelerator: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "auto",
    threads: Annotated[
        int | None,
        typer.Option("--threads", "-j", help="Threads per process; default: all cores, divided among the processes."),
    ] = None,
) -> None:
    """Train a model: from a recipe, or on any folder of images.

    The run folder receives checkpoints (last.ckpt after the first step and then every few minutes, best.ckpt), log.csv,
    TensorBoard events, learning_curve.png and model.onnx, which can be used with `srcnn upscale -m RUN/model.onnx`.
    An example-based method leaves only model.npz, which is used in the same way.
    The plan and the estimated time are printed first.
    """
    from srcnn.train import train as run

    try:
        with _bar() as on_progress:
            trained = run(
                recipe,
                data,
                output=output,
                resume=resume,
                scale=scale,
                minutes=minutes,
                steps=steps,
                net=net,
                seed=seed,
                devices=devices,
                nodes=nodes,
                accelerator=accelerator,
                threads=threads,
                on_progress=on_progress,
                on_outlook=note,
            )
    except KeyboardInterrupt as stop:
        if not hasattr(stop, "__notes__"):
            raise
        say_stopped(stop.__notes__[-1])
        raise typer.Exit(128 + getattr(stop, "number", 2)) from None
    if trained is not None:
        summary(str(trained))


@contextmanager
def _bar() -> Iterator[Callable[[str, float, str], None]]:
    """A bar on the error stream for each stage, with the time left and what is being done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    # Elsewhere than on a terminal there would be nothing of it but its last state, even above the line that says why a
    # run is refused.
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def on_progress(stage: str, done: float, words: str) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bar.update(earlier, visible=False)
                tasks[stage] = bar.add_task(words, total=1.0)
            bar.update(tasks[stage], completed=done, description=words)

        yield on_progress
