"""The training loop. Lightning Fabric brings devices, nodes and loggers; what is trained, and when it is measured, stands here."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from srcnn.errors import DataError, OptionError
from srcnn.image.atomic import write_bytes
from srcnn.nets import build, colour_of, domain, shape_of
from srcnn.nets.collapsible import expand
from srcnn.nets.srcnn import Srcnn
from srcnn.training.config import TrainConfig, as_values, config_from
from srcnn.training.data import Cutter, Pair, Pictures, find_pictures, make_pairs
from srcnn.training.losses import LOSSES
from srcnn.training.mean import running_mean
from srcnn.training.optimisers import make_optimiser
from srcnn.training.patches import LivePatches, read_sources, worn_pairs
from srcnn.training.restore import in_channels_last, load_start, load_teacher, protocol_psnr, read_checkpoint, restore
from srcnn.training.revive import revive
from srcnn.training.teaching import load_taught
from srcnn.weights.log import LogRow, log_text

LAST = "last.ckpt"
BEST = "best.ckpt"
LOG = "log.csv"


@dataclass(frozen=True)
class Status:
    """Where a run is, for a progress bar."""

    stage: str  # "pictures", "training", "done"
    fraction: float
    step: int = 0
    train_loss: float = math.nan
    val_psnr: float = math.nan


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    best: Path  # the checkpoint of the highest validation PSNR
    val_psnr: float
    step: int
    pictures: Pictures
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
) -> Result:
    """Train a network.

    Parameters
    ----------
    config : TrainConfig
        The recipe.
    data : Path
        The folder that holds the folders named in the recipe.
    run : Path
        Where checkpoints and logs go.
    resume : bool
        Go on from ``run/last.ckpt``; with a limit in steps the result is the one that an uninterrupted run gives.
    devices, nodes : int
        Processes on this machine, and machines; the batch is shared among them. Every node runs the same command with
        ``MASTER_ADDR``, ``MASTER_PORT`` and ``NODE_RANK`` set, as ``torchrun`` does.
    accelerator : str
        As Lightning names them: "cpu", "cuda", "mps", "auto".
    report : callable, optional
        Told where the run is, on the first process only.

    Raises
    ------
    OptionError
        If the recipe does not fit the devices or the checkpoint to resume from.
    DataError
        If pictures are missing.
    """
    world = devices * nodes
    if config.batch % world:
        raise OptionError(f"batch {config.batch} cannot be shared equally by {world} processes")
    fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy="ddp" if world > 1 else "auto")
    fabric.launch()
    run.mkdir(parents=True, exist_ok=True)
    if not resume and (run / LAST).exists():
        raise OptionError(f"{run} already holds a run; go on with it by --resume, or name another folder")
    pictures = find_pictures(config, data)
    tell = report if report is not None and fabric.is_global_zero else lambda _: None
    net = build(config.net, config.scale, start=config.start, widths=config.widths or None, seed=config.seed)
    if config.init:
        load_start(net, config.init)
    if config.expand:
        expand(net, config.expand, seed=config.seed)
    cutter = _cutter(config, net, pictures, world, lambda done: tell(Status("pictures", done)), data, run)
    if config.revive and not resume and isinstance(net, Srcnn):
        sources = np.concatenate([cutter.draw(2**40 + i)[0] for i in range(4)])
        revive(net, torch.from_numpy(sources), torch.Generator().manual_seed(config.seed))
    if config.live and _told_of_wear(net):
        held_out = worn_pairs(pictures.validation, config.scale)
    else:
        held_out = make_pairs(
            pictures.validation, replace(config, sizes=(1.0,)), colour=colour_of(config.net), domain=domain(config.net), smallest=16
        )
    return _Run(config, fabric, net, cutter, held_out, pictures, run, tell, resume).go()


def _told_of_wear(net: nn.Module) -> bool:
    return bool(getattr(shape_of(net), "worn", False))


def _cutter(
    config: TrainConfig, net: nn.Module, pictures: Pictures, world: int, tell: Callable[[float], None], data: Path, run: Path
) -> Cutter | LivePatches:
    shape, where = shape_of(net), domain(config.net)
    if config.live:
        return _live_patches(config, net, pictures, world, tell, data, run)
    pairs = make_pairs(
        pictures.train,
        config,
        colour=colour_of(config.net),
        domain=where,
        smallest=config.patch,
        teacher=load_teacher(config.teacher, config.scale, ensemble=config.teacher_ensemble) if config.teacher else None,
        progress=lambda done: tell(done / len(pictures.train)),
    )
    return Cutter(
        pairs=pairs,
        patch=config.patch,
        halo=shape.halo if where == "ilr" else 0,
        reduction=1 if where == "ilr" else config.scale,
        batch=config.batch // world,
        augment=config.augment,
        seed=config.seed,
        stride=config.stride if config.cut == "grid" else None,
    )


def _live_patches(
    config: TrainConfig, net: nn.Module, pictures: Pictures, world: int, tell: Callable[[float], None], data: Path, run: Path
) -> LivePatches:
    if domain(config.net) != "lr" or config.degradation != "bicubic":
        raise OptionError(f"live patches are for networks on lr and the bicubic degradation, not for {config.net}, {config.degradation}")
    worn = _told_of_wear(net)
    sources = read_sources(
        pictures.train,
        scale=config.scale,
        sizes=config.sizes,
        smallest=config.patch + (16 * config.scale if worn else 0),
        colour=worn,
        teacher=load_taught(config.teacher, config.scale, data, run.parent / "taught") if config.teacher else None,
        progress=lambda done: tell(done / len(pictures.train)),
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


class _Run:
    """The state of one run: network, optimiser, running mean, clock, log."""

    def __init__(
        self,
        config: TrainConfig,
        fabric: Fabric,
        net: nn.Module,
        cutter: Cutter | LivePatches,
        held_out: list[Pair],
        pictures: Pictures,
        folder: Path,
        tell: Callable[[Status], None],
        resume: bool,
    ) -> None:
        self.config, self.fabric, self.cutter, self.held_out = config, fabric, cutter, held_out
        self.pictures, self.folder, self.tell = pictures, folder, tell
        self.net = in_channels_last(net)
        self.optimiser = make_optimiser(self.net, config)
        self.mean = AveragedModel(self.net, multi_avg_fn=running_mean(config.ema)) if config.ema else None
        self.measured = 1 if _told_of_wear(net) else None  # planes: luma alone where chroma was worn too
        self.step = 0
        self.seconds_before = 0.0
        self.log: list[LogRow] = []
        self.losses: list[float] = []
        if resume:
            self._load(folder / LAST)
        self.started = time.monotonic()
        self.model, self.fabric_optimiser = fabric.setup(self.net, self.optimiser)
        self.writer = _tensorboard(folder) if fabric.is_global_zero else None

    @property
    def final(self) -> nn.Module:
        """The network to keep: the running mean where there is one."""
        return self.net if self.mean is None else self.mean.module

    @property
    def seconds(self) -> float:
        """Wall-clock time of all pieces of this run together."""
        return self.seconds_before + time.monotonic() - self.started

    def go(self) -> Result:
        """Train to the end, validating and saving by the clock: a step may take ten milliseconds or ten seconds."""
        self.model.train()
        try:
            self._train()
        except KeyboardInterrupt:
            self._save(LAST)
            raise
        if self.losses or not self.log:
            self._validate(self._set_rates(1.0))
        self._save(LAST)
        if self.writer is not None:
            self.writer.close()
        self.tell(Status("done", 1.0, self.step, val_psnr=self.log[-1].val_psnr))
        return Result(
            self.folder / BEST, max(row.val_psnr for row in self.log), self.step, self.pictures, tuple(self.log), self.fabric.is_global_zero
        )

    def _train(self) -> None:
        config = self.config
        loss_of = LOSSES[config.loss]
        validated = saved = time.monotonic()
        while (done := self._done()) < 1.0:
            rate = self._set_rates(done)
            source, hr = (self.fabric.to_device(torch.from_numpy(a)) for a in self.cutter.draw(self.step, self.fabric.global_rank))
            # Not left to Fabric, whose precision is that of a whole run.
            rounded = config.precision == "bfloat16" and done < 1 - config.float32_end
            with torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=rounded):
                sr = self.model(source.contiguous(memory_format=torch.channels_last)).float()
            loss: Tensor = loss_of(*(framed(planes, config.frame * self.cutter.reduction) for planes in (sr, hr)))
            self.fabric.backward(loss)
            if config.clip:
                self.fabric.clip_gradients(self.model, self.fabric_optimiser, max_norm=config.clip)
            self.fabric_optimiser.step()
            self.fabric_optimiser.zero_grad()
            if self.mean is not None:
                self.mean.update_parameters(self.net)
            self.step += 1
            self.losses.append(float(loss.detach()))
            self.tell(Status("training", done, self.step, self.losses[-1], self.log[-1].val_psnr if self.log else math.nan))
            now = time.monotonic()
            if self._agreed(now - validated > 60 * config.validate_minutes):
                self._validate(rate)
                validated = time.monotonic()
            if self._agreed(now - saved > 60 * config.checkpoint_minutes):
                self._save(LAST)
                saved = time.monotonic()

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
        for group in self.optimiser.param_groups:
            group["lr"] = group["base_rate"] * factor
        return self.config.learning_rate * factor

    def _validate(self, rate: float) -> None:
        """Measure the held-out pictures, write the log, keep the best network."""
        values = [
            protocol_psnr(pair.hr[: self.measured], restore(self.final, pair.source)[: self.measured], self.config.scale)
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

    def _save(self, name: str) -> None:
        """Write a checkpoint beside and rename it, so that a crash leaves the one before."""
        if self.fabric.is_global_zero:
            checkpoint = {
                "config": as_values(self.config),
                "net": self.net.state_dict(),
                "final": self.final.state_dict(),
                "mean": None if self.mean is None else self.mean.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "log": [asdict(row) for row in self.log],
                "losses": self.losses,
            }
            beside = self.folder / (name + ".part")
            torch.save(checkpoint, beside)
            beside.replace(self.folder / name)
        self.fabric.barrier()

    def _load(self, path: Path) -> None:
        if not path.exists():
            raise DataError(f"nothing to resume: there is no {path}")
        checkpoint = read_checkpoint(path)
        made_with = config_from(checkpoint["config"])
        for key in ("net", "widths", "expand", "scale", "optimiser", "seed", "ema"):
            if getattr(self.config, key) != getattr(made_with, key):
                raise OptionError(
                    f"{path} was made with {key} = {getattr(made_with, key)!r}, not {getattr(self.config, key)!r}; "
                    "resume with the recipe it began with, or begin a new run from its weights with init"
                )
        self.net.load_state_dict(checkpoint["net"])
        if self.mean is not None:
            self.mean.load_state_dict(checkpoint["mean"])
        self.optimiser.load_state_dict(checkpoint["optimiser"])
        self.step, self.seconds_before = checkpoint["step"], checkpoint["seconds"]
        self.log = [LogRow(**row) for row in checkpoint["log"]]
        self.losses = checkpoint["losses"]


def framed(planes: Tensor, width: int) -> Tensor:
    """Planes without a frame of so many pixels."""
    return planes[..., width : planes.shape[-2] - width, width : planes.shape[-1] - width]


def _tensorboard(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"))
