"""Networks of one scale trained side by side on a GPU.

A network of a few hundred thousand weights leaves most of a GPU idle, and what wears and cuts patches for it on the
processor is the slower half. So recipes that ask for the same patches share them, every network has a stream and a
captured graph of its own, and a patch is drawn several times, turned, from a store on the device that is
always being filled.

The checkpoints are those of `srcnn.training.loop.train`.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from srcnn.training.data import Pair
from srcnn.training.member import Member
from srcnn.training.patches import LivePatches
from srcnn.training.schedule import rate_factor

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
    return member.config.learning_rate * rate_factor(member.config, member.steps, done)


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
