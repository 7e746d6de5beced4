"""``srcnn train``: a recipe or a folder of images becomes a model."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.reporting import note, progress_bar, summary
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
        with progress_bar() as bar:
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
                on_progress=lambda stage, done, words: bar.show(stage, done, 1.0, words),
                on_outlook=note,
            )
    except KeyboardInterrupt as stop:
        if not hasattr(stop, "__notes__"):
            raise
        say_stopped(stop.__notes__[-1])
        raise typer.Exit(128 + getattr(stop, "number", 2)) from None
    if trained is not None:
        summary(str(trained))
