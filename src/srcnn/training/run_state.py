"""The state of one run, and the loop: steps, and by the clock validations and checkpoints."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import nn

from srcnn.errors import RangeError, WeightsError
from srcnn.files.atomic import replacing, write_bytes
from srcnn.image.arrays import Floats
from srcnn.image.resize import imresize
from srcnn.nets.residual import is_worn
from srcnn.training.config import TrainConfig, as_values
from srcnn.training.data import ImageFiles, Pair, PatchSampler
from srcnn.training.patches import LivePatches
from srcnn.training.predict import predict, protocol_psnr
from srcnn.training.resuming import names_of
from srcnn.training.run_folder import BEST, LAST, LOG, SNAPSHOTS
from srcnn.training.schedule import rate_factor, share_done
from srcnn.training.step import Stepper
from srcnn.training.stopping import Stopped, noted_signals
from srcnn.weights.log import LogRow, log_text


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
    held_out: int  # images that were measured; those too small for it are left out
    log: tuple[LogRow, ...]
    leader: bool  # whether this is the process that writes files


class Run:
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
        earlier: tuple[LogRow, ...] = (),
    ) -> None:
        self.config, self.fabric, self.sampler, self.held_out = config, fabric, sampler, held_out
        self.images, self.folder, self.tell, self.rounded = images, folder, tell, rounded
        self.stepper = Stepper(config, fabric, net, sampler.reduction)
        self.measured = 1 if is_worn(net) else None  # planes: luma alone where chroma was worn too
        self.step = 0
        self.whole = True  # not amid a step, nor amid what a validation leaves behind
        self.seconds_before = 0.0
        self.earlier = earlier  # the log of the stages before this run
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
                if self.config.snapshots:
                    self._keep()
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
            held_out=len({id(pair.hr) for pair in self.held_out}),  # worn in several ways, an image makes several pairs
            log=tuple(self.log),
            leader=self.fabric.is_global_zero,
        )

    def _train(self, asked: Callable[[], int]) -> None:
        config = self.config
        validated, saved = time.monotonic(), -math.inf  # the first checkpoint follows the first step
        if config.snapshots and not self.step:
            self._keep()
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
            if self._anywhere(not math.isfinite(loss)):
                raise self._diverged()
            if is_due(self.step, config.snapshots):
                self._keep()
            if is_due(self.step, config.validate_steps) or self._agreed(now - validated > 60 * config.validate_minutes):
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
        done = share_done(self.config, self.step, self.seconds)
        if self.config.minutes and self.fabric.world_size > 1:
            done = float(self.fabric.broadcast(done))
        return done

    def _anywhere(self, found: bool) -> bool:
        """Whether something was found by any process."""
        if self.fabric.world_size == 1:
            return found
        return bool(self.fabric.all_reduce(torch.tensor(float(found)), reduce_op="max"))

    def _diverged(self) -> RangeError:
        return RangeError(
            f"training has diverged: after {self.step} steps the network gives values that are not finite; "
            f"begin again, or from {self.folder / LAST} with --resume, at a smaller learning_rate or with clip"
        )

    def _agreed(self, wish: bool) -> bool:
        return bool(self.fabric.broadcast(wish)) if self.fabric.world_size > 1 else wish

    def _set_rates(self, done: float) -> float:
        factor = rate_factor(self.config, self.step, done)
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
        if math.isnan(psnr):
            raise self._diverged()
        loss = float(np.mean(self.losses)) if self.losses else math.nan
        stage = self.earlier[-1].stage + 1 if self.earlier else 0
        row = LogRow(self.step, self.seconds / 60, rate, loss, psnr, stage)
        best = all(row.val_psnr > earlier.val_psnr for earlier in self.log)
        self.whole = False  # a checkpoint whose log has this row goes with the best network after it
        self.log.append(row)
        self.losses.clear()
        if self.writer is not None:
            for key, value in asdict(row).items():
                self.writer.add_scalar(key, value, self.step)
        if self.fabric.is_global_zero:
            write_bytes(self.folder / LOG, log_text((*self.earlier, *self.log)).encode())
        if best:
            self._save(BEST)
        self.whole = True

    def _psnr(self, pair: Pair, sr: Floats) -> float:
        if not np.isfinite(sr).all():
            return math.nan
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
                "earlier": [asdict(row) for row in self.earlier],
                "log": [asdict(row) for row in self.log],
                "losses": self.losses,
                "held_out": names_of(self.images),
            }
            with replacing(self.folder / name) as part:
                torch.save(checkpoint, part)
        self.fabric.barrier()

    def _keep(self) -> None:
        """Write the weights to keep at this step, for a test curve."""
        if self.fabric.is_global_zero:
            final = {key: value.detach().cpu() for key, value in self.final.state_dict().items()}
            path = self.folder / SNAPSHOTS / f"{self.step:07d}.ckpt"
            path.parent.mkdir(exist_ok=True)
            with replacing(path) as part:
                torch.save({"config": as_values(self.config), "net": final, "final": final, "step": self.step}, part)

    def _load(self, checkpoint: dict[str, Any]) -> None:
        stepper = self.stepper
        settings = [{key: group[key] for key in group if key != "params"} for group in stepper.optimiser.param_groups]
        try:
            stepper.net.load_state_dict(checkpoint["net"])
            if stepper.mean is not None:
                stepper.mean.load_state_dict(checkpoint["mean"])
            stepper.optimiser.load_state_dict(checkpoint["optimiser"])
            self.step, self.seconds_before = checkpoint["step"], checkpoint["seconds"]
            self.earlier = tuple(LogRow(**row) for row in checkpoint.get("earlier", ()))
            self.log = [LogRow(**row) for row in checkpoint["log"]]
            self.losses = checkpoint["losses"]
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
            said = next(iter(str(error).splitlines()), type(error).__name__)
            raise WeightsError(f"cannot resume from {self.folder / LAST}, which is damaged: {said}") from error
        for group, own in zip(stepper.optimiser.param_groups, settings, strict=True):
            group.update(own)  # the recipe's rates, which may have changed, not those of the checkpoint


def is_due(step: int, every: int) -> bool:
    """Whether something that is done every so many steps is done after this one.

    It is done after a half, a quarter, … a 64th of them as well: a curve rises fastest at its beginning.

    Parameters
    ----------
    step : int
        At least 1.
    every : int
        0 for never.

    Returns
    -------
    bool
        True for ``every`` times 1, 2, 3, … and ``every`` divided by 2, 4, … 64, rounded down.
    """
    if not every:
        return False
    return step % every == 0 or step in (every >> halvings for halvings in range(1, 7))


def bicubic_of(pair: Pair) -> Floats:
    """What bicubic enlargement makes of a pair's source.

    Parameters
    ----------
    pair : Pair
        Of an image.

    Returns
    -------
    (C, H, W) float32 array
        The size of its target.
    """
    if pair.source.shape[1:] == pair.hr.shape[1:]:
        return pair.source
    scale = pair.hr.shape[1] // pair.source.shape[1]
    return np.stack([imresize(plane, scale) for plane in pair.source[: len(pair.hr)]]).astype(np.float32)


def _tensorboard(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"))
