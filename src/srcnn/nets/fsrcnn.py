"""FSRCNN: features of the low-resolution image, shrunk, mapped, expanded, and one transposed convolution that enlarges.

Dong, Loy, Tang: Accelerating the Super-Resolution Convolutional Neural Network, ECCV 2016.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from srcnn.errors import OptionError
from srcnn.nets.activation import PReLU
from srcnn.nets.lowres import LowResolution

_BEYOND = 2  # LR pixels beyond the border that the transposed 9x9 convolution reads, at any scale of at least 2


@dataclass(frozen=True)
class FsrcnnShape:
    """Sizes of an FSRCNN; the defaults are the published FSRCNN(56, 12, 4)."""

    scale: int
    features: int = 56
    shrunk: int = 12
    mappings: int = 4
    channels: int = 1

    @property
    def halo(self) -> int:
        """LR pixels that valid convolutions take from every side."""
        return 2 + self.mappings + _BEYOND

    @property
    def name(self) -> str:
        """Sizes in words, for cards and logs."""
        return f"FSRCNN({self.features}, {self.shrunk}, {self.mappings})"


def parse_shape(name: str, scale: int) -> FsrcnnShape:
    """Read ``fsrcnn``.

    Parameters
    ----------
    name : str
        As in a recipe.
    scale : int
        Upscaling factor.

    Returns
    -------
    FsrcnnShape
        The published one.

    Raises
    ------
    OptionError
        If the name is another.
    """
    if name != "fsrcnn":
        raise OptionError(f"the network is named 'fsrcnn', got {name!r}")
    return FsrcnnShape(scale)


class Fsrcnn(LowResolution):
    """Input ``(N, 1, h, w)`` in [0, 1], output ``(N, 1, scale*h, scale*w)``."""

    def __init__(self, shape: FsrcnnShape) -> None:
        super().__init__()
        self.shape = shape
        d, s = shape.features, shape.shrunk
        self.extract = nn.Conv2d(shape.channels, d, 5, padding=2)
        self.shrink = nn.Conv2d(d, s, 1)
        self.map = nn.ModuleList(nn.Conv2d(s, s, 3, padding=1) for _ in range(shape.mappings))
        self.expand = nn.Conv2d(s, d, 1)
        self.activations = nn.ModuleList(PReLU(n) for n in (d, s, *(s,) * shape.mappings, d))
        self.enlarge = nn.ConvTranspose2d(
            d, shape.channels, 9, stride=shape.scale, padding=4, output_padding=shape.scale - 1
        )

    def forward(self, lr: Tensor) -> Tensor:
        """``lr`` enlarged.

        Parameters
        ----------
        lr : (N, 1, h, w) tensor
            In [0, 1].

        Returns
        -------
        (N, 1, scale*h, scale*w) tensor
            Not clipped; less the halo's pixels where `valid`.
        """
        for layer, activation in zip(
            (self.extract, self.shrink, *self.map, self.expand), self.activations, strict=True
        ):
            lr = activation(layer(lr))
        return self.inner(self.enlarge(lr), _BEYOND * self.shape.scale)


def start_he(net: Fsrcnn, generator: torch.Generator) -> None:
    """He's start for layers with PReLU, the transposed convolution small, as published.

    Parameters
    ----------
    net : Fsrcnn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    with torch.no_grad():
        for layer in (net.extract, net.shrink, *net.map, net.expand):
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            layer.weight.normal_(0.0, (2.0 / layer.weight[0].numel()) ** 0.5, generator=generator)
            layer.bias.zero_()
        assert net.enlarge.bias is not None
        net.enlarge.weight.normal_(0.0, 0.001, generator=generator)
        net.enlarge.bias.zero_()
