"""A network that is trained beside others on a GPU: its steps, captured as one graph on a stream of its own.

The checkpoints are those of `srcnn.training.loop.train`.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from srcnn.errors import OptionError
from srcnn.files.atomic import replacing
from srcnn.nets import build
from srcnn.nets.residual import is_worn
from srcnn.training.batched_soap import BatchedSoap
from srcnn.training.config import TrainConfig, as_values
from srcnn.training.data import Pair
from srcnn.training.losses import LOSSES
from srcnn.training.predict import load_start, predict, protocol_psnr
from srcnn.training.run_folder import BEST
from srcnn.training.step import framed
from srcnn.weights.log import LogRow


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

    def finished(self) -> dict[str, Tensor]:
        """The network to keep: the running mean of the weights.

        Returns
        -------
        dict of str to tensor
            By the names in the network, on the processor.
        """
        names = [name for name, p in self.net.named_parameters() if p.requires_grad]
        found = {**self.net.state_dict(), **dict(zip(names, self.means, strict=True))}
        return {key: value.detach().cpu().clone().contiguous() for key, value in found.items()}

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
                protocol_psnr(pair.hr[:planes], predict(self.net, pair.source)[:planes], self.config.scale)
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
        mean = self.finished()
        checkpoint = {
            "config": as_values(self.config),
            "net": mean,
            "final": mean,
            "step": self.steps,
            "seconds": seconds,
            "log": [asdict(row) for row in self.log],
        }
        with replacing(self.folder / BEST) as part:
            torch.save(checkpoint, part)


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
