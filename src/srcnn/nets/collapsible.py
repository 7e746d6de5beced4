"""Convolutions that are trained as more than they are: over-parameterised in training, collapsed to what they were for
use.

While it is trained, a weight W is W + P E: beside the plain filter runs one into many channels, E, and back by a 1x1
filter, P. Both are linear, so their sum is one filter of the size of W, and that is all that is computed with.
What changes are the gradients.

References
----------
Bhardwaj et al.: Collapsible Linear Blocks for Super-Efficient Super Resolution, MLSys 2022.
Zhang et al.: Edge-oriented Convolution Block for Real-time Super Resolution on Mobile Devices, ACM MM 2021.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class Collapsible(nn.Module):
    """The parametrisation W + P E of a filter (out, in, k, k) through ``width`` channels. It begins as W: P is zero."""

    def __init__(self, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.width = width
        self.generator = generator

    def forward(self, plain: Tensor, expand: Tensor, project: Tensor) -> Tensor:
        """The collapsed filter.

        Parameters
        ----------
        plain : (out, in, k, k) tensor
            W.
        expand : (width, in, k, k) tensor
            E.
        project : (out, width) tensor
            P.

        Returns
        -------
        (out, in, k, k) tensor
            W + P E.
        """
        return plain + (project @ expand.flatten(1)).view(plain.shape)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Three tensors that collapse to ``weight``.

        Parameters
        ----------
        weight : (out, in, k, k) tensor
            A filter.

        Returns
        -------
        plain, expand, project : tensor
            As `forward` takes them: the filter itself, random numbers, and zeros.
        """
        expand = torch.randn((self.width, *weight.shape[1:]), generator=self.generator) / weight[0].numel() ** 0.5
        return weight.clone(), expand, torch.zeros(len(weight), self.width)


def expand(net: nn.Module, width: int, *, seed: int = 0) -> nn.Module:
    """Make every convolution of ``net`` collapsible, in place.

    Parameters
    ----------
    net : Module
        Changed in place.
    width : int
        Channels between the two added filters, at least 1.
    seed : int
        Of the random numbers that the added filters begin with.

    Returns
    -------
    Module
        ``net``.
    """
    generator = torch.Generator().manual_seed(seed)
    for layer in [module for module in net.modules() if isinstance(module, nn.Conv2d)]:
        parametrize.register_parametrization(layer, "weight", Collapsible(width, generator))
    return net


def collapse(net: nn.Module) -> nn.Module:
    """Give every convolution of ``net`` back its plain filter, in place; a network that was not expanded stays as it
    is.

    Parameters
    ----------
    net : Module
        Changed in place.

    Returns
    -------
    Module
        ``net``.
    """
    for layer in [module for module in net.modules() if isinstance(module, nn.Conv2d)]:
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight")
    return net
