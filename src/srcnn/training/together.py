"""Networks of one scale trained side by side on a GPU.

A network of a few hundred thousand weights leaves most of a GPU idle, and what wears and cuts patches for it on the
processor is the slower half. So recipes that ask for the same patches share them, every network has a stream and a
captured graph of its own, and a patch is drawn several times, turned, from a store on the device that is
always being filled.

The checkpoints are those of `srcnn.training.loop.train`.
"""

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from srcnn.errors import OptionError
from srcnn.nets import build, shape_of
from srcnn.nets.residual import is_worn
from srcnn.training.batched_soap import BatchedSoap
from srcnn.training.config import TrainConfig, as_values
from srcnn.training.data import Pair
from srcnn.training.losses import LOSSES
from srcnn.training.patches import LivePatches
from srcnn.training.predict import load_start, padding_of, protocol_psnr
from srcnn.training.step import framed
from srcnn.weights.log import LogRow

_STORED = 96  # batches in a store
_AHEAD = 6  # batches that the device may be behind the host
_VALIDATIONS = 3  # in a run, the last at its end


class _Batches(Dataset[Any]):
    """Batches by their number."""

    def __init__(self, sampler: LivePatches, first: int) -> None:
        self.sampler, self.first = sampler, first

    def __len__(self) -> int:
        return 2**31

    def __getitem__(self, number: int) -> Any:
        return self.sampler.sample(self.first + number)


class _Store:
    """Patches on the device, from which batches are drawn and turned, and which workers go on filling."""

    def __init__(self, sampler: LivePatches, workers: int, device: torch.device, seed: int) -> None:
        loader = DataLoader(
            _Batches(sampler, 0),
            batch_size=None,
            num_workers=workers,
            pin_memory=device.type == "cuda",
            prefetch_factor=4 if workers else None,
            sampler=range(2**31),
        )
        self.iterator = iter(loader)
        self.device, self.batch, self.place, self.taken = device, sampler.batch, 0, 0
        self.parts: list[Tensor] = []
        self.random = np.random.default_rng(seed)

    def fill(self) -> None:
        """Take the next batch of the workers in."""
        new = [part.to(self.device, non_blocking=True) for part in next(self.iterator)]
        if not self.parts:
            self.parts = [torch.empty(_STORED * len(p), *p.shape[1:], device=self.device) for p in new]
        where = self.place % _STORED * self.batch
        for part, added in zip(self.parts, new, strict=True):
            part[where : where + self.batch].copy_(added)
        self.place += 1

    def draw(self) -> tuple[Tensor, Tensor]:
        """A batch: any patches, all turned alike."""
        stored = min(self.place, _STORED) * self.batch
        chosen = torch.from_numpy(self.random.integers(stored, size=self.batch))
        if self.device.type == "cuda":
            chosen = chosen.pin_memory().to(self.device, non_blocking=True)
        turn = int(self.random.integers(8))
        source, target = (torch.rot90(part.index_select(0, chosen), turn % 4, (2, 3)) for part in self.parts)
        return (source.flip(3), target.flip(3)) if turn >= 4 else (source, target)


@dataclass
class Member:
    """A network that is trained, with all that belongs to its steps."""

    config: TrainConfig
    folder: Path
    net: nn.Module
    device: torch.device
    refresh: int
    log: list[LogRow] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        self.parameters: list[Tensor] = [p for p in self.net.parameters() if p.requires_grad]
        self.means = [p.detach().clone() for p in self.parameters]
        self.optimiser = BatchedSoap(self.parameters)
        self.rate, self.loss, self.age = (torch.zeros((), device=self.device) for _ in range(3))
        on_gpu = self.device.type == "cuda"
        self.stream = torch.cuda.Stream() if on_gpu else None  # type: ignore[no-untyped-call]
        self.graph: Any = None
        self.source: Tensor | None = None
        self.target: Tensor | None = None

    def gradients(self) -> Sequence[Tensor]:
        """Of the batch at hand; the loss is added up.

        Returns
        -------
        sequence of tensor
            In the order of the parameters.
        """
        assert self.source is not None
        assert self.target is not None
        config = self.config
        rounded = config.precision == "bfloat16" and self.device.type == "cuda"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=rounded, cache_enabled=False):
            sr = self.net(self.source).float()
        frame = config.frame * config.scale
        loss = LOSSES[config.loss](framed(sr, frame), framed(self.target, frame))
        self.loss += loss.detach()
        return torch.autograd.grad(loss, self.parameters)

    def whole_step(self) -> None:
        """Gradients, a step, and the running mean after it."""
        self.optimiser.step(self.gradients(), self.rate)
        with torch.no_grad():
            self.age += 1
            left = torch.clamp((1 + self.age) / (10 + self.age), max=self.config.ema)
            moved = torch._foreach_sub(self.parameters, self.means)
            torch._foreach_mul_(moved, 1 - left)
            torch._foreach_add_(self.means, moved)

    def begin(self, source: Tensor, target: Tensor) -> None:
        """See a first batch, and capture the step.

        Parameters
        ----------
        source, target : (N, C, h, w) and (N, C', H, W) tensor
            On the device; all batches have their shapes.
        """
        self.source = source.clone(memory_format=torch.channels_last)
        self.target = target.clone()
        self.rate.fill_(1e-6)
        self.optimiser.start(self.gradients())
        if self.stream is None:
            return
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(3):
                self.whole_step()
        torch.cuda.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        # Workers' batches are pinned by another thread meanwhile.
        with torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode="thread_local"):
            self.whole_step()
        torch.cuda.synchronize()
        self.loss.zero_()

    def step(self, source: Tensor, target: Tensor, rate: float) -> None:
        """One step on a batch, in the order of this network's own stream.

        Parameters
        ----------
        source, target : tensor
            As in `begin`.
        rate : float
            The learning rate.
        """
        assert self.source is not None
        assert self.target is not None
        with torch.cuda.stream(self.stream) if self.stream else contextlib.nullcontext():
            self.source.copy_(source, non_blocking=True)
            self.target.copy_(target, non_blocking=True)
            self.rate.fill_(rate)
            if self.graph is None:
                self.whole_step()
            else:
                self.graph.replay()
            self.steps += 1
            if self.steps in (1, 5, 10, 20) or self.steps % self.refresh == 0:
                self.optimiser.refresh()

    def state(self, *, mean: bool) -> dict[str, Tensor]:
        """The weights, or their running mean, on the processor.

        Parameters
        ----------
        mean : bool
            Whether it is their running mean.

        Returns
        -------
        dict of str to tensor
            By the names in the network.
        """
        found = {key: value.detach().cpu().clone() for key, value in self.net.state_dict().items()}
        if mean:
            names = [name for name, p in self.net.named_parameters() if p.requires_grad]
            found |= {name: value.cpu().clone() for name, value in zip(names, self.means, strict=True)}
        return {key: value.contiguous() for key, value in found.items()}

    def validate(self, held_out: Sequence[Pair], rate: float, minutes: float) -> None:
        """Measure the running mean on held-out images and note it.

        Parameters
        ----------
        held_out : sequence of Pair
            At least one.
        rate, minutes : float
            The learning rate and the time, for the log.
        """
        kept = [p.detach().clone() for p in self.parameters]
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.means)
            planes = 1 if is_worn(self.net) else None
            values = [
                protocol_psnr(
                    pair.hr[:planes], _predicted(self.net, pair.source, self.device)[:planes], self.config.scale
                )
                for pair in held_out
            ]
            torch._foreach_copy_(self.parameters, kept)
        since = self.steps - (self.log[-1].step if self.log else 0)
        loss = float(self.loss) / max(1, since)
        self.loss.zero_()
        self.log.append(LogRow(self.steps, minutes, rate, loss, float(np.mean(values))))

    def save(self, seconds: float) -> None:
        """Write ``best.ckpt``: the end of a run whose rate falls to nothing.

        Parameters
        ----------
        seconds : float
            Since the first step.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        mean = self.state(mean=True)
        log = [vars(row) for row in self.log]
        torch.save(
            {"config": as_values(self.config), "net": mean, "final": mean, "step": self.steps, "seconds": seconds}
            | {"log": log},
            self.folder / "best.ckpt",
        )


def _predicted(net: nn.Module, source: Any, device: torch.device) -> Any:
    shape = shape_of(net)
    halo = shape.halo
    padded = np.pad(source, ((0, 0), (halo, halo), (halo, halo)), mode=padding_of(net))
    out = net(torch.from_numpy(padded)[None].to(device, memory_format=torch.channels_last))[0].float().cpu()
    frame = halo * getattr(shape, "scale", 0)
    return out[:, frame : out.shape[1] - frame, frame : out.shape[2] - frame].numpy()


def make_member(config: TrainConfig, folder: Path, device: torch.device, refresh: int) -> Member:
    """A network of a recipe on a device.

    Parameters
    ----------
    config : TrainConfig
        Live patches, SOAP.
    folder : path
        Of the run.
    device : device
        Where it is trained.
    refresh : int
        Steps between two refreshments of SOAP's bases.

    Returns
    -------
    Member
        With the weights that the recipe begins from.

    Raises
    ------
    OptionError
        If the recipe asks for what is not done here.
    """
    if not config.live or config.optimiser != "soap" or not config.ema or config.expand:
        raise OptionError("trained together are recipes with live = true, optimiser = 'soap' and a running mean")
    net = build(config.net, config.scale, seed=config.seed)
    if config.init:
        load_start(net, config.init)
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Member(config, folder, net, device, refresh)


@dataclass(frozen=True)
class Group:
    """Networks that learn from the same patches, and the images that they are validated on."""

    members: list[Member]
    sampler: LivePatches
    held_out: list[Pair]
    workers: int


def train_together(groups: Sequence[Group], seconds: float, tell: Callable[[str], None], drawn: int = 3) -> None:
    """Train all members for as long as it is given to them.

    Parameters
    ----------
    groups : sequence of Group
        Trained at once.
    seconds : float
        From the first step to the last; the rates fall to nothing by then.
    tell : callable
        Told how it goes, a line at a time.
    drawn : int
        How often a patch is drawn, at most: where workers are slower, patches are drawn oftener.
    """
    device = groups[0].members[0].device
    stores = [_Store(group.sampler, group.workers, device, seed=7) for group in groups]
    for store in stores:
        for _ in range(4):
            store.fill()
    for group, store in zip(groups, stores, strict=True):
        for member in group.members:
            member.begin(*store.draw())
            tell(f"{member.config.model}: {'captured' if member.graph else 'not captured'}")
    started, running, steps = time.monotonic(), deque[Any](), 0
    checked = 1
    while (done := (time.monotonic() - started) / seconds) < 1:
        for group, store in zip(groups, stores, strict=True):
            if steps % drawn == 0 or store.place < 16:
                store.fill()
            batch = store.draw()
            event = _recorded(device)
            for member in group.members:
                if member.stream is not None:
                    member.stream.wait_event(event)
                member.step(*batch, _rate(member, done))
            running.append((batch, [_recorded(device, member.stream) for member in group.members]))
        while len(running) > _AHEAD:
            for event in running.popleft()[1]:
                if event is not None:
                    event.synchronize()
        steps += 1
        if done > checked / _VALIDATIONS:
            checked += 1
            _validate_all(groups, done, time.monotonic() - started, tell)
    _validate_all(groups, 1.0, time.monotonic() - started, tell)
    tell(f"{steps} steps, {[store.place for store in stores]} batches made")


def _recorded(device: torch.device, stream: Any = None) -> Any:
    if device.type != "cuda":
        return None
    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record(stream) if stream is not None else event.record()
    return event


def _rate(member: Member, done: float) -> float:
    config = member.config
    warm = min(1.0, (member.steps + 1) / config.warm_up) if config.warm_up else 1.0
    return config.learning_rate * warm * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * done)))


def _validate_all(groups: Sequence[Group], done: float, seconds: float, tell: Callable[[str], None]) -> None:
    if groups[0].members[0].device.type == "cuda":
        torch.cuda.synchronize()
    torch.backends.cudnn.benchmark = False  # every image has another size
    for group in groups:
        for member in group.members:
            member.validate(group.held_out, _rate(member, done), seconds / 60)
            member.save(seconds)
            row = member.log[-1]
            tell(
                f"{seconds:5.0f} s {member.config.model} x{member.config.scale}: step {row.step}, "
                f"loss {row.train_loss:.5f}, validation {row.val_psnr:.3f} dB"
            )
    torch.backends.cudnn.benchmark = True
