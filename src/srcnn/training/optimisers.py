"""Optimisers by name, with a learning rate of its own for the last layer."""

import torch
from torch import nn

from srcnn.training.config import TrainConfig
from srcnn.training.soap import Soap


def make_optimiser(net: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimiser of a recipe. Every group keeps its full rate under "base_rate"; the schedule multiplies that.

    Parameters
    ----------
    net : Module
        The last ``nn.Conv2d`` in it counts as its last layer.
    config : TrainConfig
        Names optimiser and rates.

    Returns
    -------
    Optimizer
        In two groups, all layers but the last and the last.
    """
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    last = {id(p) for p in layers[-1].parameters()}
    parameters = [p for p in net.parameters() if p.requires_grad]
    rate = config.learning_rate
    last_rate = rate if config.last_layer_rate is None else config.last_layer_rate
    groups = [
        {"params": [p for p in parameters if id(p) not in last], "lr": rate, "base_rate": rate},
        {"params": [p for p in parameters if id(p) in last], "lr": last_rate, "base_rate": last_rate},
    ]
    if config.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=config.momentum)
    if config.optimiser == "adam":
        return torch.optim.Adam(groups, lr=rate)
    if config.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=rate)
    return Soap(groups, lr=rate, refresh=config.refresh)
