"""Optimisers by name, with a learning rate of its own for the last layer."""

from typing import Any

import torch
from torch import nn

from srcnn.training.config import TrainConfig
from srcnn.training.soap import Soap


def make_optimiser(net: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimiser of a recipe. Every group keeps its full rate under "base_rate"; the schedule multiplies that."""
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    last = {id(p) for p in layers[-1].parameters()}
    parameters = [p for p in net.parameters() if p.requires_grad]
    rate = config.learning_rate
    last_rate = rate if config.last_layer_rate is None else config.last_layer_rate
    groups = [
        {"params": [p for p in parameters if id(p) not in last], "lr": rate, "base_rate": rate},
        {"params": [p for p in parameters if id(p) in last], "lr": last_rate, "base_rate": last_rate},
    ]
    if config.optimiser == "muon":
        return _muon(groups)
    if config.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=config.momentum)
    if config.optimiser == "adam":
        return torch.optim.Adam(groups, lr=rate)
    if config.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=rate)
    return Soap(groups, lr=rate, refresh=config.refresh)


def _muon(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Muon for weights, a convolution seen as one matrix, and Adam for biases and slopes, at the same rate.

    Jordan et al.: Muon, an optimizer for hidden layers in neural networks, 2024; steps as large as Adam's (Liu et al.:
    Muon is scalable for LLM training, 2025), so that one rate serves both.
    """
    from pytorch_optimizer import Muon

    split = []
    for group in groups:
        for matrices in (True, False):
            parameters = [p for p in group["params"] if (p.ndim > 1) == matrices]
            split.append(
                {**group, "params": parameters, "use_muon": matrices} | ({"use_adjusted_lr": True} if matrices else {})
            )
    optimiser: torch.optim.Optimizer = Muon(split)
    return optimiser
