"""The training loop.

Lightning Fabric brings devices, nodes and loggers; what is trained, and when it is measured, stands here.
"""

import copy
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from srcnn.errors import DataError, OptionError
from srcnn.files.atomic import replacing, write_bytes
from srcnn.image.arrays import Floats
from srcnn.image.resize import imresize
from srcnn.nets import build, colour_of, input_size, shape_of
from srcnn.nets.collapsible import expand
from srcnn.nets.precision import bfloat16_is_quicker
from srcnn.nets.srcnn import Srcnn
from srcnn.training.config import TrainConfig, as_values, config_from
from srcnn.training.data import ImageFiles, Pair, PatchSampler, check_patch, find_images, make_pairs
from srcnn.training.losses import LOSSES
from srcnn.training.mean import ema
from srcnn.training.optimisers import make_optimiser
from srcnn.training.outlook import Outlook, preparation_seconds, step_seconds
from srcnn.training.patches import LivePatches, read_sources, worn_pairs
from srcnn.training.predict import in_channels_last, load_start, load_teacher, predict, protocol_psnr, read_checkpoint
from srcnn.training.revive import revive
from srcnn.training.run_folder import BEST, LAST, LOG, working_in
from srcnn.training.stopping import Stopped, noted_signals
from srcnn.training.teaching import load_taught
from srcnn.weights.log import LogRow, log_text

Teacher = Callable[[Any], Any]
"""What an image becomes by a teacher; of live patches it takes 8 bits and gives half floats, else luma in [0, 1] both.
"""


@dataclass(frozen=True)
class Status:
    """Where a run is, for a progress bar."""

    stage: str  # "images", "training", "done"
    fraction: float
    step: int = 0
    train_loss: float = math.nan
    val_psnr: float = math.nan


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    best: Path  # the checkpoint of the highest validation PSNR
    val_psnr: float
    bicubic_psnr: float  # of the same images
    step: int
    images: ImageFiles
    log: tuple[LogRow, ...]
    leader: bool  # whether this is the process that writes files


def train(
    config: TrainConfig,
    data: Path,
    run: Path,
    *,
    resume: bool = False,
    devices: int = 1,
    nodes: int = 1,
    accelerator: str = "cpu",
    report: Callable[[Status], None] | None = None,
    announce: Callable[[Outlook], None] | None = None,
) -> Result:
    """Train a network.

    Parameters
    ----------
    config : TrainConfig
        The recipe.
    data : Path
        The folder that holds the folders named in the recipe.
    run : Path
        Where checkpoints and logs go. One process at a time may work there.
        A checkpoint is written after the first step, every ``checkpoint_minutes``, and at every end.
    resume : bool
        Go on from ``run/last.ckpt``; with a limit in steps the result is the one that an uninterrupted run gives.
    devices, nodes : int
        Processes on this machine, and machines; the batch is shared among them. Every node runs the same command with
        ``MASTER_ADDR``, ``MASTER_PORT`` and ``NODE_RANK`` set, as ``torchrun`` does.
    accelerator : str
        As Lightning names them: "cpu", "cuda", "mps", "auto".
    report : callable, optional
        Told where the run is, on the first process only.
    announce : callable, optional
        Told what is going to be done and how long it takes, before any image is prepared, on the first process only.
        The estimate takes a few seconds.

    Raises
    ------
    OptionError
        If the recipe does not fit the devices or the checkpoint to resume from, or the folder is another process's or
        another run's.
    DataError
        If images are missing.
    WeightsError
        If what the recipe begins from or is taught by is missing, or does not fit.
    Stopped
        If SIGINT, SIGTERM or SIGHUP asked to stop; what was trained is saved.
        A ``KeyboardInterrupt`` is raised as it is before the first step.
    """
    world = devices * nodes
    if config.batch % world:
        raise OptionError(f"batch {config.batch} cannot be shared equally by {world} processes")
    with working_in(run, resume=resume) if _leads() else nullcontext():
        checkpoint = _earlier(run / LAST, config) if resume else None
        fabric = _launched(accelerator, devices, nodes)
        with _left_together(fabric):
            return _prepared(config, data, run, checkpoint, fabric, report, announce).go()


def _leads() -> bool:
    """Whether this is the process that writes files; others are started by it, or by a launcher that numbers them."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK"))


def _launched(accelerator: str, devices: int, nodes: int) -> Fabric:
    strategy = "ddp" if devices * nodes > 1 else "auto"
    try:
        fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy=strategy)
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        reason = str(error).strip().splitlines()[0]
        raise OptionError(
            f"accelerator {accelerator!r} with {devices} device(s) cannot be used here: {reason}"
        ) from error
    fabric.launch()
    return fabric


@contextmanager
def _left_together(fabric: Fabric) -> Iterator[None]:
    """Take the process group down once all its processes are at their end.

    Left to the end of the interpreter, the threads of Gloo now and then outlive what they work on, and the process
    aborts ("terminate called without an active exception"), after which Lightning kills the others.
    After an error that only one process met, there is nobody to wait for, and nothing is taken down.
    """
    stop = None
    try:
        yield
    except Stopped as stopped:  # by all processes, which have agreed on it
        stop = stopped
    if torch.distributed.is_initialized():
        fabric.barrier()
        torch.distributed.destroy_process_group()
    if stop is not None:
        raise stop


def _prepared(
    config: TrainConfig,
    data: Path,
    run: Path,
    checkpoint: dict[str, Any] | None,
    fabric: Fabric,
    report: Callable[[Status], None] | None,
    announce: Callable[[Outlook], None] | None,
) -> "_Run":
    """All that a run needs. What can be wrong is found before images are prepared, which may take minutes."""
    leader, world = fabric.is_global_zero, fabric.world_size
    tell = report if report is not None and leader else lambda _: None
    net = build(config.net, config.scale, start=config.start, widths=config.widths or None, seed=config.seed)
    if config.init:
        load_start(net, config.init)
    if config.expand:
        expand(net, config.expand, seed=config.seed)
    check_patch(config.patch, *_halo_and_reduction(config, net))
    teacher = _teacher(config, data, run)
    images = find_images(config, data)
    rounded = config.precision == "bfloat16" and _agreed_by_all(fabric, bfloat16_is_quicker(fabric.device.type))
    if announce is not None and leader:
        announce(_outlook(config, net, images, teacher, run, checkpoint, fabric, rounded))
    fabric.barrier()
    sampler = _sampler(config, net, images.train, teacher, world, lambda done: tell(Status("images", done)))
    if config.revive and checkpoint is None and isinstance(net, Srcnn):
        sources = np.concatenate([sampler.sample(2**40 + i)[0] for i in range(4)])
        revive(net, torch.from_numpy(sources), torch.Generator().manual_seed(config.seed))
    if config.live and _told_of_wear(net):
        held_out = worn_pairs(images.validation, config.scale)
    else:
        held_out = make_pairs(
            images.validation,
            replace(config, sizes=(1.0,)),
            colour=colour_of(config.net),
            input_size=input_size(config.net),
            smallest=16,
        )
    return _Run(config, fabric, net, sampler, held_out, images, run, tell, checkpoint, rounded)


def _agreed_by_all(fabric: Fabric, wish: bool) -> bool:
    if fabric.world_size == 1:
        return wish
    return bool(fabric.all_reduce(torch.tensor(float(wish)), reduce_op="mean") == 1)


def _halo_and_reduction(config: TrainConfig, net: nn.Module) -> tuple[int, int]:
    """HR pixels that the network takes from every side of a patch, and HR pixels to one of its source."""
    return (shape_of(net).halo, 1) if input_size(config.net) == "hr" else (0, config.scale)


def _told_of_wear(net: nn.Module) -> bool:
    return bool(getattr(shape_of(net), "worn", False))


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
    worn = _told_of_wear(net)
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


class Stepper:
    """One step of training: forward, backward, optimiser, running mean."""

    def __init__(self, config: TrainConfig, fabric: Fabric, net: nn.Module, reduction: int) -> None:
        self.config, self.fabric, self.frame = config, fabric, config.frame * reduction
        self.net = in_channels_last(net)
        self.optimiser = make_optimiser(self.net, config)
        self.mean = AveragedModel(self.net, multi_avg_fn=ema(config.ema)) if config.ema else None
        self.model, self.fabric_optimiser = fabric.setup(self.net, self.optimiser)
        self.model.train()

    def __call__(self, source: Floats, hr: Floats, *, rounded: bool) -> float:
        """Learn from one batch, the products in bfloat16 if ``rounded``; the loss."""
        source_, hr_ = (self.fabric.to_device(torch.from_numpy(a)) for a in (source, hr))
        # Not left to Fabric, whose precision is that of a whole run.
        with torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=rounded):
            sr = self.model(source_.contiguous(memory_format=torch.channels_last)).float()
        loss: Tensor = LOSSES[self.config.loss](framed(sr, self.frame), framed(hr_, self.frame))
        self.fabric.backward(loss)
        if self.config.clip:
            self.fabric.clip_gradients(self.model, self.fabric_optimiser, max_norm=self.config.clip)
        self.fabric_optimiser.step()
        self.fabric_optimiser.zero_grad()
        if self.mean is not None:
            self.mean.update_parameters(self.net)
        return float(loss.detach())


class _Run:
    """The state of one run: network, optimiser, running mean, clock, log."""

    def __init__(
        self,
        config: TrainConfig,
        fabric: Fabric,
        net: nn.Module,
        sampler: PatchSampler | LivePatches,
        held_out: list[Pair],
        images: ImageFiles,
        folder: Path,
        tell: Callable[[Status], None],
        checkpoint: dict[str, Any] | None,
        rounded: bool,
    ) -> None:
        self.config, self.fabric, self.sampler, self.held_out = config, fabric, sampler, held_out
        self.images, self.folder, self.tell, self.rounded = images, folder, tell, rounded
        self.stepper = Stepper(config, fabric, net, sampler.reduction)
        self.measured = 1 if _told_of_wear(net) else None  # planes: luma alone where chroma was worn too
        self.step = 0
        self.whole = True  # not amid a step
        self.seconds_before = 0.0
        self.log: list[LogRow] = []
        self.losses: list[float] = []
        if checkpoint is not None:
            self._load(checkpoint)
        self.started = time.monotonic()
        self.writer = _tensorboard(folder) if fabric.is_global_zero else None

    @property
    def final(self) -> nn.Module:
        """The network to keep: the running mean where there is one."""
        return self.stepper.net if self.stepper.mean is None else self.stepper.mean.module

    @property
    def seconds(self) -> float:
        """Wall-clock time of all pieces of this run together."""
        return self.seconds_before + time.monotonic() - self.started

    def go(self) -> Result:
        """Train to the end, validating and saving by the clock: a step may take ten milliseconds or ten seconds."""
        with noted_signals() as asked:
            try:
                self._train(asked)
                self._stop_if_asked(asked)
                self._save(LAST)  # before a validation that may take a while
                if self.losses or not self.log:
                    self._validate(self._set_rates(1.0))
                    self._save(LAST)
                self._stop_if_asked(asked)
            except Stopped:
                raise
            except KeyboardInterrupt:
                if self.whole:
                    self._save(LAST)
                raise
            finally:
                if self.writer is not None:
                    self.writer.close()
        self.tell(Status("done", 1.0, self.step, val_psnr=self.log[-1].val_psnr))
        return Result(
            best=self.folder / BEST,
            val_psnr=max(row.val_psnr for row in self.log),
            bicubic_psnr=float(np.mean([self._psnr(pair, bicubic_of(pair)) for pair in self.held_out])),
            step=self.step,
            images=self.images,
            log=tuple(self.log),
            leader=self.fabric.is_global_zero,
        )

    def _train(self, asked: Callable[[], int]) -> None:
        config = self.config
        validated, saved = time.monotonic(), -math.inf  # the first checkpoint follows the first step
        while not self._stop_signal(asked) and (done := self._done()) < 1.0:
            rate = self._set_rates(done)
            source, hr = self.sampler.sample(self.step, self.fabric.global_rank)
            self.whole = False
            loss = self.stepper(source, hr, rounded=self.rounded and done < 1 - config.float32_end)
            self.step += 1
            self.losses.append(loss)
            self.whole = True
            self.tell(
                Status("training", done, self.step, self.losses[-1], self.log[-1].val_psnr if self.log else math.nan)
            )
            now = time.monotonic()
            if self._agreed(now - validated > 60 * config.validate_minutes):
                self._validate(rate)
                validated = time.monotonic()
            if self._agreed(now - saved > 60 * config.checkpoint_minutes):
                self._save(LAST)
                saved = time.monotonic()

    def _stop_signal(self, asked: Callable[[], int]) -> int:
        """The signal that any process was asked to stop by, 0 for none."""
        number = asked()
        if self.fabric.world_size > 1:
            number = int(self.fabric.all_reduce(torch.tensor(float(number)), reduce_op="max"))
        return number

    def _stop_if_asked(self, asked: Callable[[], int]) -> None:
        number = self._stop_signal(asked)
        if number:
            self._save(LAST)
            raise Stopped(number)

    def _done(self) -> float:
        """How far the run is, in steps or minutes; the first process's clock counts for all."""
        done = self.step / self.config.steps if self.config.steps else 0.0
        if self.config.minutes:
            done = max(done, self.seconds / 60 / self.config.minutes)
            if self.fabric.world_size > 1:
                done = float(self.fabric.broadcast(done))
        return min(done, 1.0)

    def _agreed(self, wish: bool) -> bool:
        return bool(self.fabric.broadcast(wish)) if self.fabric.world_size > 1 else wish

    def _set_rates(self, done: float) -> float:
        factor = min(1.0, (self.step + 1) / self.config.warm_up) if self.config.warm_up else 1.0
        if self.config.cosine:
            factor *= 0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * done))
        for group in self.stepper.optimiser.param_groups:
            group["lr"] = group["base_rate"] * factor
        return self.config.learning_rate * factor

    def _validate(self, rate: float) -> None:
        """Measure the held-out images, write the log, keep the best network."""
        values = [
            self._psnr(pair, predict(self.final, pair.source))
            for pair in self.held_out[self.fabric.global_rank :: self.fabric.world_size]
        ]
        total = self.fabric.all_reduce(torch.tensor([sum(values), len(values)], dtype=torch.float64), reduce_op="sum")
        psnr = float(total[0] / total[1])
        row = LogRow(self.step, self.seconds / 60, rate, float(np.mean(self.losses)) if self.losses else math.nan, psnr)
        best = all(row.val_psnr > earlier.val_psnr for earlier in self.log)
        self.log.append(row)
        self.losses.clear()
        if self.writer is not None:
            for key, value in asdict(row).items():
                self.writer.add_scalar(key, value, self.step)
        if self.fabric.is_global_zero:
            write_bytes(self.folder / LOG, log_text(self.log).encode())
        if best:
            self._save(BEST)

    def _psnr(self, pair: Pair, sr: Floats) -> float:
        return protocol_psnr(pair.hr[: self.measured], sr[: self.measured], self.config.scale)

    def _save(self, name: str) -> None:
        """Write a checkpoint, whole or not at all: a crash leaves the one before."""
        if self.fabric.is_global_zero:
            stepper = self.stepper
            checkpoint = {
                "config": as_values(self.config),
                "net": stepper.net.state_dict(),
                "final": self.final.state_dict(),
                "mean": None if stepper.mean is None else stepper.mean.state_dict(),
                "optimiser": stepper.optimiser.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "log": [asdict(row) for row in self.log],
                "losses": self.losses,
            }
            with replacing(self.folder / name) as part:
                torch.save(checkpoint, part)
        self.fabric.barrier()

    def _load(self, checkpoint: dict[str, Any]) -> None:
        self.stepper.net.load_state_dict(checkpoint["net"])
        if self.stepper.mean is not None:
            self.stepper.mean.load_state_dict(checkpoint["mean"])
        self.stepper.optimiser.load_state_dict(checkpoint["optimiser"])
        self.step, self.seconds_before = checkpoint["step"], checkpoint["seconds"]
        self.log = [LogRow(**row) for row in checkpoint["log"]]
        self.losses = checkpoint["losses"]


def _earlier(path: Path, config: TrainConfig) -> dict[str, Any]:
    """The checkpoint to go on from, which must be one of the same run."""
    checkpoint = read_checkpoint(path)
    made_with = config_from(checkpoint["config"])
    for key in ("net", "widths", "expand", "scale", "optimiser", "seed", "ema"):
        if getattr(config, key) != getattr(made_with, key):
            raise OptionError(
                f"{path} was made with {key} = {getattr(made_with, key)!r}, not {getattr(config, key)!r}; "
                "resume with the recipe it began with, or begin a new run from its weights with init"
            )
    return checkpoint


def bicubic_of(pair: Pair) -> Floats:
    """What bicubic enlargement makes of a pair's source: (C, H, W), the size of its target."""
    if pair.source.shape[1:] == pair.hr.shape[1:]:
        return pair.source
    scale = pair.hr.shape[1] // pair.source.shape[1]
    return np.stack([imresize(plane, scale) for plane in pair.source[: len(pair.hr)]]).astype(np.float32)


def framed(planes: Tensor, width: int) -> Tensor:
    """Planes without a frame of so many pixels."""
    return planes[..., width : planes.shape[-2] - width, width : planes.shape[-1] - width]


def _tensorboard(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"))
