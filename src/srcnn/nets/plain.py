"""The family behind ``fast`` and ``best``: a plain chain of 3x3 layers at low resolution, pixel shuffle at the end.

There is nothing in it that an inference engine could not run at the speed of a matrix product: no branch but the input
pixel that the result starts from, and an activation that engines fuse with the convolution before it (one slope for all
channels; with a slope for each, ONNX Runtime takes 1.3 to 1.6 times as long).

References
----------
Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network,
CVPR 2016.
Bhardwaj et al.: Collapsible Linear Blocks for Super-Efficient Super Resolution, 2022: such a chain is what is left of
theirs.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from srcnn.errors import OptionError
from srcnn.nets.convolution import activated
from srcnn.nets.lowres import LowResolution

SLOPE = 0.1  # of the activation below zero


@dataclass(frozen=True)
class PlainShape:
    """Width and depth: ``plain-48-9`` has 48 channels and 9 layers between the first and the last; in ``plain-16-4-5``
    the first is 5x5.
    """

    width: int
    depth: int
    scale: int
    first: int = 3  # side of the first layer's filters: with one input channel, 5 costs hardly more than 3
    channels: int = 1

    def __post_init__(self) -> None:
        if self.first % 2 == 0:
            raise OptionError(f"the first layer's filters must have an odd side, got {self.first}")

    @property
    def halo(self) -> int:
        """LR pixels that valid convolutions take from every side."""
        return self.first // 2 + self.depth + 1

    @property
    def name(self) -> str:
        """Size in words, for cards and logs."""
        first = f", the first {self.first}x{self.first}" if self.first != 3 else ""
        return f"plain, {self.width} channels, {self.depth} + 2 layers{first}"


def parse_shape(name: str, scale: int) -> PlainShape:
    """Read ``plain-48-9``, or ``plain-16-4-5`` with the first layer's filters.

    Parameters
    ----------
    name : str
        As in a recipe.
    scale : int
        Upscaling factor.

    Returns
    -------
    PlainShape
        What the name says.

    Raises
    ------
    OptionError
        If the name is not of that form, or the first layer's filters have an even side.
    """
    head, *numbers = name.split("-")
    if head != "plain" or len(numbers) not in (2, 3) or not all(n.isdecimal() and int(n) > 0 for n in numbers):
        raise OptionError(
            f"a plain network is named by channels and layers, and the first layer's filters if not 3, as in "
            f"'plain-48-9', got {name!r}"
        )
    width, depth, *first = map(int, numbers)
    return PlainShape(width, depth, scale, *first)


class Plain(LowResolution):
    """Input ``(N, 1, h, w)`` in [0, 1], output ``(N, 1, scale*h, scale*w)``."""

    def __init__(self, shape: PlainShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.first = nn.Conv2d(shape.channels, width, shape.first, padding=shape.first // 2)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(shape.depth))
        self.last = nn.Conv2d(width, shape.channels * shape.scale**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(shape.scale)

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
        x = lr
        for layer in (self.first, *self.body):
            assert isinstance(layer, nn.Conv2d)
            x = activated(layer, x, SLOPE)
        # The one plane of lr is added to every channel of the result: before pixel shuffle, every pixel's scale**2
        # successors.
        out: Tensor = self.shuffle(self.last(x) + self.inner(lr, self.shape.halo))
        return out


def start_near_identity(net: Plain, generator: torch.Generator) -> None:
    """Body layers hand their input on, plus a little noise; the last layer starts small, so that the net begins as the
    residual.

    Parameters
    ----------
    net : Plain
        Changed in place.
    generator : Generator
        Draws the noise.
    """
    with torch.no_grad():
        for layer in (net.first, *net.body, net.last):
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            gain = 1.0 if layer is net.first else 0.3
            layer.weight.normal_(0.0, gain * (1.0 / layer.weight[0].numel()) ** 0.5, generator=generator)
            layer.bias.zero_()
        for layer in net.body:
            assert isinstance(layer, nn.Conv2d)
            for c in range(net.shape.width):
                layer.weight[c, c, 1, 1] += 1.0
