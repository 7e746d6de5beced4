"""A plain network at low resolution: 3x3 layers with PReLU, one long skip, the input pixel as residual, pixel shuffle
at the end.

It costs scale**2 times less for a pixel of the result than a network of the same size on the enlarged image. Sub-pixel
convolution: Shi et al., Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
Neural Network, CVPR 2016. Long skip and residual: Bhardwaj et al., Collapsible Linear Blocks for Super-Efficient Super
Resolution, 2022.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from srcnn.errors import OptionError
from srcnn.nets.activation import PReLU


@dataclass(frozen=True)
class SubpixelShape:
    """Width and depth: ``subpixel-32-8`` has 32 channels and 8 layers between the first and the last."""

    width: int
    depth: int
    scale: int
    channels: int = 1

    @property
    def halo(self) -> int:
        """LR pixels that valid convolutions would take from every side."""
        return self.depth + 2

    @property
    def name(self) -> str:
        """Size in words, for cards and logs."""
        return f"subpixel, {self.width} channels, {self.depth} + 2 layers"


def parse_shape(name: str, scale: int) -> SubpixelShape:
    """Read ``subpixel-32-8``.

    Parameters
    ----------
    name : str
        As in a recipe.
    scale : int
        Upscaling factor.

    Returns
    -------
    SubpixelShape
        What the name says.

    Raises
    ------
    OptionError
        If the name is not of that form.
    """
    head, *numbers = name.split("-")
    if head != "subpixel" or len(numbers) != 2 or not all(n.isdecimal() and int(n) > 0 for n in numbers):
        raise OptionError(f"a sub-pixel network is named by channels and layers, as in 'subpixel-32-8', got {name!r}")
    return SubpixelShape(int(numbers[0]), int(numbers[1]), scale)


class Subpixel(nn.Module):
    """Input ``(N, 1, h, w)`` in [0, 1], output ``(N, 1, scale*h, scale*w)``; borders are padded with zeros."""

    def __init__(self, shape: SubpixelShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.first = nn.Conv2d(shape.channels, width, 3, padding=1)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(shape.depth))
        self.activations = nn.ModuleList(PReLU(width) for _ in range(shape.depth + 1))
        self.last = nn.Conv2d(width, shape.channels * shape.scale**2, 3, padding=1)

    def forward(self, lr: Tensor) -> Tensor:
        """``lr`` enlarged.

        Parameters
        ----------
        lr : (N, 1, h, w) tensor
            In [0, 1].

        Returns
        -------
        (N, 1, scale*h, scale*w) tensor
            Not clipped.
        """
        start = x = self.activations[0](self.first(lr))
        for layer, activation in zip(self.body, list(self.activations)[1:], strict=True):
            x = activation(layer(x))
        x = self.last(x + start) + lr.repeat_interleave(self.shape.scale**2, dim=1)
        return functional.pixel_shuffle(x, self.shape.scale)


def start_near_identity(net: Subpixel, generator: torch.Generator) -> None:
    """Body layers hand their input on, plus a little noise; the last layer starts small, so that the net begins as the
    residual.

    Parameters
    ----------
    net : Subpixel
        Changed in place.
    generator : Generator
        Draws the noise.
    """
    with torch.no_grad():
        for layer in (net.first, *net.body, net.last):
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            fan_in = layer.weight[0].numel()
            gain = 1.0 if layer is net.first else 0.3
            layer.weight.normal_(0.0, gain * (1.0 / fan_in) ** 0.5, generator=generator)
            layer.bias.zero_()
        for layer in net.body:
            assert isinstance(layer, nn.Conv2d)
            for c in range(net.shape.width):
                layer.weight[c, c, 1, 1] += 1.0
