"""``srcnn train``: a recipe or a folder of images becomes a model."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from srcnn.cli.reporting import note, summary
from srcnn.console import say_stopped
from srcnn.engine.session import usable_cores
from srcnn.errors import DataError, OptionError, missing_extra
from srcnn.recipes import RUNS, read_recipe, run_folder

if TYPE_CHECKING:
    from srcnn.training.loop import Status


def train(
    recipe: Annotated[
        Path | None,
        typer.Argument(help="A recipe (TOML). Without one, --data is trained on with the default settings."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of images, or of the folders a recipe names; else $SRCNN_DATA.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder of the run; runs/RECIPE when not given, runs/NET_xSCALE without a recipe."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the output folder.")] = False,
    scale: Annotated[
        int | None, typer.Option("--scale", "-s", help="Upscaling factor; the recipe's when not given.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time to train, over all resumed pieces; the recipe's when not given.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps to train; the recipe's when not given.")] = None,
    net: Annotated[str | None, typer.Option(help="Network, e.g. srcnn-9-1-5; the recipe's when not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the recipe's when not given.")] = None,
    devices: Annotated[int, typer.Option(help="Processes, or accelerators, on this machine.")] = 1,
    nodes: Annotated[int, typer.Option(help="Machines; start the same command on each, as torchrun would.")] = 1,
    accelerator: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "auto",
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", help="Threads a process; all cores shared out when not given.")
    ] = None,
) -> None:
    """Train a model: from a recipe, or on any folder of images.

    The run folder receives checkpoints (last.ckpt after the first step and then every few minutes, best.ckpt), log.csv,
    TensorBoard events, learning_curve.png and model.onnx, which `srcnn upscale -m RUN/model.onnx` takes.
    An example-based method leaves model.npz alone, which is taken in the same way.
    What is going to be done, and how long it takes, is told first.
    """
    if recipe is not None and "method" in read_recipe(recipe):
        _refuse_given(
            f"{recipe} fits an example-based method, which is done in one piece on all cores",
            resume=resume, minutes=minutes, steps=steps, net=net, devices=devices != 1, nodes=nodes != 1,
            accelerator=accelerator != "auto", threads=threads,
        )  # fmt: skip
        changed = {key: value for key, value in (("scale", scale), ("seed", seed)) if value is not None}
        _fit(recipe, _root(data), output, **changed)
        return
    for name, count in (("--threads", threads), ("--devices", devices), ("--nodes", nodes)):
        if count is not None and count < 1:
            raise OptionError(f"{name} must be at least 1, got {count}")
    try:
        import torch

        from srcnn.files.atomic import write_bytes
        from srcnn.training.config import DEFAULT, load_recipe
        from srcnn.training.export import export, exportable
        from srcnn.training.loop import train as run_training
        from srcnn.training.run_folder import LAST, LOG
        from srcnn.training.stages import check_stages
        from srcnn.visualise.curve import draw_learning_curve
        from srcnn.weights.log import read_log
    except ModuleNotFoundError as error:
        raise missing_extra("training", error.name or "PyTorch", "train") from error

    given = {"scale": scale, "minutes": minutes, "steps": steps, "net": net, "seed": seed}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if minutes is not None and steps is None:
        changes["steps"] = 0
    if steps is not None and minutes is None:
        changes["minutes"] = 0.0
    if recipe is None:
        if data is None:
            raise OptionError("give a recipe, or a folder of images with --data")
        config = replace(DEFAULT, **changes)
    else:
        config = load_recipe(recipe, **changes)
        check_stages(recipe, config)
    run = output or (run_folder(recipe) if recipe is not None else RUNS / f"{config.model}_x{config.scale}")
    root = _root(data)
    # More threads than the cores it may run on wait for each other in turns: forty times slower on one core of two.
    torch.set_num_threads(threads or max(1, usable_cores() // devices))
    try:
        with _bar() as report:
            result = run_training(
                config,
                root,
                run,
                resume=resume,
                devices=devices,
                nodes=nodes,
                accelerator=accelerator,
                report=report,
                announce=lambda outlook: note("\n".join(outlook.lines())),
            )
    except KeyboardInterrupt as stop:
        if (run / LAST).exists():
            say_stopped(f"stopped; what was trained is in {run}: the same command with --resume goes on")
        else:
            say_stopped("stopped before the first step; there is nothing to go on with")
        raise typer.Exit(128 + getattr(stop, "number", 2)) from None
    if not result.leader:
        return
    baselines = {"bicubic": result.bicubic_psnr}
    curve = draw_learning_curve(read_log(run / LOG), f"{config.model} x{config.scale}", baselines=baselines)
    (run / "learning_curve.png").write_bytes(curve)
    words = f"{result.step} steps, {result.val_psnr:.2f} dB on {len(result.images.validation)} held-out images, "
    words += against_bicubic(result.val_psnr, result.bicubic_psnr)
    if not exportable(config):  # a teacher: other recipes name its checkpoint
        summary(f"{config.model} x{config.scale}: {words}\nteacher:  {result.best}")
        return
    model, card = export(result.best, recipe=recipe, images=result.images, baselines=baselines)
    write_bytes(run / "model.onnx", model)
    summary(f"{card.name} x{card.scale}: {words}")
    summary(f"use it:  srcnn upscale -s {card.scale} -m {run / 'model.onnx'} IMAGE")


def against_bicubic(psnr: float, bicubic: float) -> str:
    """How a network's PSNR on held-out images compares with that of bicubic enlargement, in words."""
    gain = round(psnr, 2) - round(bicubic, 2)  # of what is printed
    if gain > 0:
        return f"{gain:.2f} dB above bicubic ({bicubic:.2f} dB)"
    if gain == 0:
        return f"no better than bicubic ({bicubic:.2f} dB): train longer, or on more images"
    return (
        f"BELOW bicubic ({bicubic:.2f} dB): do not use it, bicubic is better; train longer, or at another learning_rate"
    )


def _refuse_given(reason: str, **options: object) -> None:
    """Refuse options that do not apply, of those that were given."""
    given = [f"--{name}" for name, value in options.items() if value is not None and value is not False]
    if given:
        raise OptionError(f"{reason}: {', '.join(given)} cannot be given")


def _root(data: Path | None) -> Path:
    if data is None:
        named = os.environ.get("SRCNN_DATA")
        if not named:
            raise OptionError("no images to train on: name their folder with --data or SRCNN_DATA")
        data = Path(named)
    if not data.is_dir():
        raise DataError(f"no folder of images at {data}")
    return data


def _fit(recipe: Path, root: Path, output: Path | None, **changed: int) -> None:
    """Fit an example-based method; it needs no torch, and of the run folder only a place for the model."""
    from rich.console import Console
    from rich.progress import Progress

    from srcnn.fitting.fit import fit, load_recipe
    from srcnn.fitting.images import training_images

    settings = load_recipe(recipe, **changed)
    out = output or run_folder(recipe)
    images = len(training_images(root, settings.data))
    note(f"{settings.method} x{settings.scale} into {out}: {images} images, {usable_cores()} cores")
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("fitting", total=1.0)

        def report(done: float, what: str) -> None:
            bar.update(task, completed=done, description=what)

        entry = fit(recipe, root, out, report, **changed)
    summary(f"{entry.card.name} x{entry.card.scale}: {entry.card.architecture}")
    summary(f"use it:  srcnn upscale -s {entry.card.scale} -m {entry.path} IMAGE")


@contextmanager
def _bar() -> Iterator["Callable[[Status], None]"]:
    """A bar on the error stream with the time left, the loss and the last validation."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

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
        tasks = {"images": bar.add_task("degrading images", total=1.0)}

        def report(status: "Status") -> None:
            if status.stage == "images":
                bar.update(tasks["images"], completed=status.fraction)
                return
            if "training" not in tasks:
                bar.update(tasks["images"], visible=False)
                tasks["training"] = bar.add_task("training", total=1.0)
            words = f"step {status.step}"
            if status.train_loss == status.train_loss:  # not NaN
                words += f"  loss {status.train_loss:.2e}"
            if status.val_psnr == status.val_psnr:
                words += f"  validation {status.val_psnr:.2f} dB"
            bar.update(tasks["training"], completed=status.fraction, description=words)

        yield report
