"""All that a run needs: network, images, patches, teacher, and how long it is going to take."""

import copy
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import nn

from srcnn.errors import DataError, OptionError
from srcnn.metrics.protocol import smallest_validated
from srcnn.nets import build, colour_of, input_size, shape_of
from srcnn.nets.collapsible import expand
from srcnn.nets.precision import bfloat16_is_quicker
from srcnn.nets.residual import is_worn
from srcnn.nets.srcnn import Srcnn
from srcnn.training.config import TrainConfig
from srcnn.training.data import ImageFiles, Pair, PatchSampler, check_patch, find_images, make_pairs
from srcnn.training.outlook import Outlook, preparation_seconds, step_seconds
from srcnn.training.patches import LivePatches, read_sources, worn_pairs
from srcnn.training.predict import load_start, load_teacher
from srcnn.training.resuming import check_held_out
from srcnn.training.revive import revive
from srcnn.training.run_folder import LAST
from srcnn.training.run_state import Run, Status
from srcnn.training.stages import log_before
from srcnn.training.step import Stepper
from srcnn.training.teaching import load_taught

Teacher = Callable[[Any], Any]
"""What an image becomes by a teacher; of live patches it takes 8 bits and gives half floats, else luma in [0, 1] both.
"""


def prepared(
    config: TrainConfig,
    data: Path,
    run: Path,
    checkpoint: dict[str, Any] | None,
    fabric: Fabric,
    report: Callable[[Status], None] | None,
    announce: Callable[[Outlook], None] | None,
) -> Run:
    """All that a run needs. What can be wrong is found before images are prepared, which may take minutes.

    Parameters
    ----------
    config : TrainConfig
        The recipe.
    data : path
        Holds the folders of images.
    run : path
        The run's folder.
    checkpoint : dict or None
        What the run goes on from.
    fabric : Fabric
        Launched.
    report, announce : callable or None
        As in `srcnn.training.loop.train`.

    Returns
    -------
    Run
        Ready to go.

    Raises
    ------
    OptionError, DataError, WeightsError
        As `srcnn.training.loop.train`.
    """
    leader, world = fabric.is_global_zero, fabric.world_size
    tell = report if report is not None and leader else lambda _: None
    net = build(config.net, config.scale, start=config.start, widths=config.widths or None, seed=config.seed)
    if config.init:
        load_start(net, config.init)
    if config.expand:
        expand(net, config.expand, seed=config.seed)
    check_patch(config.patch, *_halo_and_reduction(config, net), config.frame)
    teacher = _teacher(config, data, run)
    images = find_images(config, data)
    if checkpoint is not None:
        check_held_out(checkpoint, images, run / LAST)
    rounded = config.precision == "bfloat16" and _agreed_by_all(fabric, bfloat16_is_quicker(fabric.device.type))
    if announce is not None and leader:
        announce(_outlook(config, net, images, teacher, run, checkpoint, fabric, rounded))
    fabric.barrier()
    held_out = _held_out(config, net, images.validation)
    sampler = _sampler(config, net, images.train, teacher, world, lambda done: tell(Status("images", done)))
    if config.revive and checkpoint is None and isinstance(net, Srcnn):
        sources = np.concatenate([sampler.sample(2**40 + i)[0] for i in range(4)])
        revive(net, torch.from_numpy(sources), torch.Generator().manual_seed(config.seed))
    earlier = () if checkpoint else log_before(config)
    return Run(config, fabric, net, sampler, held_out, images, run, tell, checkpoint, rounded, earlier)


def _held_out(config: TrainConfig, net: nn.Module, files: tuple[Path, ...]) -> list[Pair]:
    """Without images of one colour, which every network learns to give without error."""
    pairs = worn_pairs(files, config.scale) if config.live and is_worn(net) else _clean_pairs(config, files)
    telling = [pair for pair in pairs if np.ptp(pair.hr, axis=(1, 2)).any()]
    if not telling:
        raise DataError("all held-out images are of one colour, which tells nothing of a network; hold out others")
    return telling


def _clean_pairs(config: TrainConfig, files: tuple[Path, ...]) -> list[Pair]:
    return make_pairs(
        files,
        replace(config, sizes=(1.0,)),
        colour=colour_of(config.net),
        input_size=input_size(config.net),
        smallest=smallest_validated(config.scale),
        what="held-out",
    )


def _agreed_by_all(fabric: Fabric, wish: bool) -> bool:
    if fabric.world_size == 1:
        return wish
    return bool(fabric.all_reduce(torch.tensor(float(wish)), reduce_op="mean") == 1)


def _halo_and_reduction(config: TrainConfig, net: nn.Module) -> tuple[int, int]:
    """HR pixels that the network takes from every side of a patch, and HR pixels to one of its source."""
    return (shape_of(net).halo, 1) if input_size(config.net) == "hr" else (0, config.scale)


def _teacher(config: TrainConfig, data: Path, run: Path) -> Teacher | None:
    if not config.teacher:
        return None
    if config.live:
        return load_taught(config.teacher, config.scale, data, run.parent / "taught")
    return load_teacher(config.teacher, config.scale, ensemble=config.teacher_ensemble)


def _sampler(
    config: TrainConfig,
    net: nn.Module,
    files: tuple[Path, ...],
    teacher: Teacher | None,
    world: int,
    tell: Callable[[float], None],
) -> PatchSampler | LivePatches:
    if config.live:
        return _live_patches(config, net, files, teacher, world, tell)
    halo, reduction = _halo_and_reduction(config, net)
    pairs = make_pairs(
        files,
        config,
        colour=colour_of(config.net),
        input_size=input_size(config.net),
        smallest=config.patch,
        teacher=teacher,
        progress=lambda done: tell(done / len(files)),
    )
    return PatchSampler(
        pairs=pairs,
        patch=config.patch,
        halo=halo,
        reduction=reduction,
        batch=config.batch // world,
        augment=config.augment,
        seed=config.seed,
        stride=config.stride if config.cut == "grid" else None,
    )


def _live_patches(
    config: TrainConfig,
    net: nn.Module,
    files: tuple[Path, ...],
    teacher: Teacher | None,
    world: int,
    tell: Callable[[float], None],
) -> LivePatches:
    if input_size(config.net) != "lr" or config.degradation != "bicubic":
        raise OptionError(
            f"live patches are for networks on lr and the bicubic degradation, not for {config.net}, "
            f"{config.degradation}"
        )
    worn = is_worn(net)
    sources = read_sources(
        files,
        scale=config.scale,
        sizes=config.sizes,
        smallest=config.patch + (16 * config.scale if worn else 0),
        colour=worn,
        teacher=teacher,
        progress=lambda done: tell(done / len(files)),
    )
    return LivePatches(
        sources=sources,
        scale=config.scale,
        patch=config.patch,
        batch=config.batch // world,
        seed=config.seed,
        worn=worn,
        outliers=config.outliers,
        detail=config.detail,
        teacher_weight=config.teacher_weight,
        mild=config.mild,
    )


def _outlook(
    config: TrainConfig,
    net: nn.Module,
    images: ImageFiles,
    teacher: Teacher | None,
    run: Path,
    checkpoint: dict[str, Any] | None,
    fabric: Fabric,
    rounded: bool,
) -> Outlook:
    """Measure a few images and a few steps of a copy of the network."""
    samplers: list[PatchSampler | LivePatches] = []

    def prepare(path: Path) -> None:
        with suppress(DataError):  # too small for a patch, which is no error as long as others are not
            samplers.append(_sampler(config, net, (path,), teacher, fabric.world_size, lambda _: None))

    preparation = preparation_seconds(images.train, prepare)
    pace = math.nan
    if samplers and fabric.world_size == 1:  # several processes would all have to take part
        stepper = Stepper(config, fabric, copy.deepcopy(net), samplers[-1].reduction)
        pace = step_seconds(
            lambda number: float(stepper(*samplers[number % len(samplers)].sample(2**41 + number), rounded=rounded))
        )
    return Outlook(
        model=config.model,
        scale=config.scale,
        folder=run,
        images=len(images.train),
        held_out=len(images.validation),
        device=fabric.device.type,
        processes=fabric.world_size,
        threads=torch.get_num_threads(),
        precision="bfloat16" if rounded else "float32",
        wished=config.precision,
        steps=config.steps,
        minutes=config.minutes,
        steps_done=checkpoint["step"] if checkpoint else 0,
        minutes_done=checkpoint["seconds"] / 60 if checkpoint else 0.0,
        preparation_seconds=preparation,
        step_seconds=pace,
    )
