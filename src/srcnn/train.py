"""A recipe or a folder of images becomes a model.

This is the one door to ``training`` (networks, by PyTorch) and ``fitting`` (example-based methods); both are imported
when the function is called.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srcnn import options
from srcnn.cores import usable_cores
from srcnn.errors import DataError, OptionError, missing_extra
from srcnn.methods.base import MOST_THREADS
from srcnn.recipes import RUNS, read_recipe, run_folder
from srcnn.weights.card import Card

if TYPE_CHECKING:
    from srcnn.training.run_state import Status

AnyPath = str | os.PathLike[str]
OnProgress = Callable[[str, float, str], None]

_MOST_MINUTES = 10_000_000  # nineteen years


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What training came to; ``print`` says it in words.

    Attributes
    ----------
    path : path
        The model's file, which is taken wherever the name of a model is.
        Of a teacher, the checkpoint that other recipes name.
    card : Card or None
        The model's card; None of a teacher.
    name : str
        The model's name.
    scale : int
        Upscaling factor.
    steps : int
        Training steps; 0 of an example-based method.
    psnr : float
        Of the held-out images, in dB; NaN where none are held out.
    bicubic_psnr : float
        Of the same images upscaled by bicubic interpolation.
    held_out : int
        How many images were held out.
    """

    path: Path
    card: Card | None
    name: str
    scale: int
    steps: int = 0
    psnr: float = math.nan
    bicubic_psnr: float = math.nan
    held_out: int = 0

    def __str__(self) -> str:
        if self.steps:
            words = f"{self.steps} steps, {self.psnr:.2f} dB on {self.held_out} held-out images, "
            words += against_bicubic(self.psnr, self.bicubic_psnr)
        else:
            words = self.card.architecture if self.card else ""
        use = f"use it:  srcnn upscale -s {self.scale} -m {self.path} IMAGE" if self.card else f"teacher:  {self.path}"
        return f"{self.name} x{self.scale}: {words}\n{use}"


def against_bicubic(psnr: float, bicubic: float) -> str:
    """How a network's PSNR on held-out images compares with that of bicubic interpolation, in words.

    Parameters
    ----------
    psnr, bicubic : float
        In dB.

    Returns
    -------
    str
        The end of a line.
    """
    gain = round(psnr, 2) - round(bicubic, 2)  # of what is printed
    if gain > 0:
        return f"{gain:.2f} dB above bicubic ({bicubic:.2f} dB)"
    if gain == 0:
        return f"no better than bicubic ({bicubic:.2f} dB): train longer, or on more images"
    return (
        f"BELOW bicubic ({bicubic:.2f} dB): do not use it, bicubic is better; train longer, or at another learning_rate"
    )


def train(
    recipe: AnyPath | None = None,
    data: AnyPath | None = None,
    *,
    output: AnyPath | None = None,
    resume: bool = False,
    scale: int | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    net: str | None = None,
    seed: int | None = None,
    devices: int = 1,
    nodes: int = 1,
    accelerator: str = "auto",
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    on_outlook: Callable[[str], None] | None = None,
) -> Trained | None:
    """Train a model: from a recipe, or on any folder of images.

    Parameters
    ----------
    recipe : path, optional
        A TOML file, such as ``recipes/srcnn-9-5-5_x3.toml``; default settings without one.
    data : path, optional
        Folder of images, or of the folders that the recipe names; ``$SRCNN_DATA`` when not given.
    output : path, optional
        Folder of the run: checkpoints, logs, a learning curve and the model.
        When not given, ``runs/RECIPE``, or ``runs/NET_xSCALE`` without a recipe.
    resume : bool
        Go on with the run in that folder.
    scale : int, optional
        Upscaling factor; the recipe's when not given.
    minutes : float, optional
        Time to train, over all resumed pieces; the recipe's when not given.
    steps : int, optional
        Steps to train; the recipe's when not given.
    net : str, optional
        The network, such as "srcnn-9-1-5"; the recipe's when not given.
    seed : int, optional
        The recipe's when not given.
    devices, nodes : int
        Processes on this machine, and machines.
    accelerator : str
        "cpu", "cuda", "mps" or "auto".
    threads : int, optional
        Of each process; all cores are shared out when not given.
    on_progress : callable, optional
        Called with the stage, the part of it that is done (0 to 1), and what is being done, in words.
    on_outlook : callable, optional
        Called once, before the work begins, with what is going to be done and how long it takes.

    Returns
    -------
    Trained or None
        None in a process that does not write the files because another one does.

    Raises
    ------
    OptionError
        If there is no such recipe or setting, or a setting does not apply to the recipe.
    DataError
        If there are no images.
    WeightsError
        If what the recipe begins from or is taught by is missing, or does not fit.
    MissingExtraError
        If PyTorch is needed and not installed.
    RangeError
        If training diverges: the network gives values that are not finite.
    ClusterError
        If another process of a run of several is lost.
    KeyboardInterrupt
        If it is stopped; what was trained is saved, and a note on the exception says where.

    Examples
    --------
    >>> import tempfile
    >>> import srcnn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trained = srcnn.train("recipes/anr_x2.toml", "nowhere", output=folder)
    Traceback (most recent call last):
        ...
    srcnn.errors.DataError: no folder of images at nowhere
    """
    path = None if recipe is None else Path(options.text("recipe", recipe, "the path of a recipe"))
    run = None if output is None else Path(options.text("output", output, "the path of a folder"))
    changes = _changes(scale=scale, minutes=minutes, steps=steps, net=net, seed=seed)
    threads = None if threads is None else options.whole("threads", threads, at_most=MOST_THREADS)
    resume, devices = options.flag("resume", resume), options.whole("devices", devices)
    nodes = options.whole("nodes", nodes)
    if path is not None and "method" in read_recipe(path):
        inapplicable = {
            **{name: name in changes for name in ("minutes", "steps", "net")},
            "resume": resume,
            "devices": devices != 1,
            "nodes": nodes != 1,
            "accelerator": accelerator != "auto",
            "threads": threads is not None,
        }
        refused = [name for name, is_given in inapplicable.items() if is_given]
        if refused:
            raise OptionError(
                f"{path} fits an example-based method, which runs in one piece on all cores: {', '.join(refused)} "
                "cannot be given"
            )
        return _fit(path, _root(data), run, changes, on_progress, on_outlook)
    return _train(
        path,
        data,
        run,
        changes,
        {"resume": resume, "devices": devices, "nodes": nodes, "accelerator": accelerator},
        threads,
        on_progress,
        on_outlook,
    )


def _changes(*, scale: object, minutes: object, steps: object, net: object, seed: object) -> dict[str, Any]:
    """What is said in place of the recipe; what a network or a method makes of it, its recipe checks."""
    given = {
        "scale": None if scale is None else options.whole("scale", scale, at_least=2),
        "minutes": None if minutes is None else float(options.positive("minutes", minutes, at_most=_MOST_MINUTES)),
        "steps": None if steps is None else options.whole("steps", steps),
        "net": None if net is None else options.text("net", net, "the name of a network such as srcnn-9-5-5"),
        "seed": None if seed is None else options.whole("seed", seed, at_least=0),
    }
    return {name: value for name, value in given.items() if value is not None}


def _train(
    recipe: Path | None,
    data: AnyPath | None,
    output: Path | None,
    changes: dict[str, Any],
    launch: dict[str, Any],
    threads: int | None,
    on_progress: OnProgress | None,
    on_outlook: Callable[[str], None] | None,
) -> Trained | None:
    """Train a network."""
    try:
        import torch

        from srcnn.files.atomic import write_bytes
        from srcnn.training.config import DEFAULT, as_values, config_from, load_recipe
        from srcnn.training.export import check_exportable, export, exportable
        from srcnn.training.loop import train as run_training
        from srcnn.training.run_folder import LAST, LOG
        from srcnn.training.stages import check_stages
        from srcnn.visualise.curve import draw_learning_curve
        from srcnn.weights.log import read_log
    except ModuleNotFoundError as error:
        raise missing_extra("training", error.name or "PyTorch", "train") from error

    if "minutes" in changes:
        changes = {"steps": 0, **changes}
    elif "steps" in changes:
        changes = {"minutes": 0.0, **changes}
    if recipe is None:
        if data is None:
            raise OptionError("give a recipe, or a folder of images with --data")
        config = config_from(as_values(DEFAULT) | changes)
    else:
        config = load_recipe(recipe, **changes)
        check_stages(recipe, config)
    check_exportable(config)
    run = output or (run_folder(recipe) if recipe is not None else RUNS / f"{config.model}_x{config.scale}")
    root = _root(data)
    # More threads than the cores it may run on wait for each other in turns: forty times slower on one core of two.
    torch.set_num_threads(threads or max(1, usable_cores() // launch["devices"]))
    try:
        result = run_training(
            config,
            root,
            run,
            **launch,
            report=None if on_progress is None else lambda status: on_progress(*_told(status)),
            announce=None if on_outlook is None else lambda outlook: on_outlook("\n".join(outlook.lines())),
        )
    except KeyboardInterrupt as stop:
        stop.add_note(
            f"stopped; the trained state is in {run}: run the same command with --resume to continue"
            if (run / LAST).exists()
            else "stopped before the first step; there is nothing to resume"
        )
        raise
    if not result.leader:
        return None
    baselines = {"bicubic": result.bicubic_psnr}
    curve = draw_learning_curve(read_log(run / LOG), f"{config.model} x{config.scale}", baselines=baselines)
    write_bytes(run / "learning_curve.png", curve)
    trained = Trained(
        path=result.best,  # of a teacher: other recipes name its checkpoint
        card=None,
        name=config.model,
        scale=config.scale,
        steps=result.step,
        psnr=result.val_psnr,
        bicubic_psnr=result.bicubic_psnr,
        held_out=result.held_out,
    )
    if not exportable(config):
        return trained
    model, card = export(result.best, recipe=recipe, images=result.images, baselines=baselines)
    write_bytes(run / "model.onnx", model)
    return replace(trained, path=run / "model.onnx", card=card, name=card.name, scale=card.scale)


def _told(status: "Status") -> tuple[str, float, str]:
    """A stage, the part of it that is done, and words for a bar: step, loss and the last validation."""
    if status.stage == "images":
        return "images", status.fraction, "degrading images"
    words = f"step {status.step}"
    if not math.isnan(status.train_loss):
        words += f"  loss {status.train_loss:.2e}"
    if not math.isnan(status.val_psnr):
        words += f"  validation {status.val_psnr:.2f} dB"
    return "training", status.fraction, words


def _fit(
    recipe: Path,
    root: Path,
    output: Path | None,
    changes: dict[str, Any],
    on_progress: OnProgress | None,
    on_outlook: Callable[[str], None] | None,
) -> Trained:
    """Fit an example-based method; it needs no torch, and of the run folder only a place for the model."""
    from srcnn.fitting.fit import fit, load_recipe
    from srcnn.fitting.images import training_images

    settings = load_recipe(recipe, **changes)
    out = output or run_folder(recipe)
    if on_outlook is not None:
        images = len(training_images(root, settings.data))
        on_outlook(f"{settings.method} x{settings.scale} into {out}: {images} images, {usable_cores()} cores")

    tell: OnProgress = on_progress or (lambda *_: None)
    entry = fit(recipe, root, out, lambda done, what: tell("fitting", done, what), **changes)
    return Trained(path=entry.path, card=entry.card, name=entry.card.name, scale=entry.card.scale)


def _root(data: AnyPath | None) -> Path:
    if data is None:
        data = os.environ.get("SRCNN_DATA")
        if not data:
            raise OptionError("no images to train on: give their folder with --data or SRCNN_DATA")
    root = Path(options.text("data", data, "the path of a folder of images"))
    if not root.is_dir():
        raise DataError(f"no folder of images at {root}")
    return root
