"""The family behind ``max`` and ``photo``: chains of 3x3 layers at low resolution with a sum over every few.

Two properties hold by construction. Every filter of the first layer sums to zero, so the network sees differences of
grey and never grey itself: a flat area comes out flat, whatever its level.
And what a network for worn images is told (how worn, how noisy) enters as biases alone, so that it costs nothing once
it is known.

References
----------
Lim et al.: Enhanced Deep Residual Networks for Single Image Super-Resolution, CVPR Workshops 2017.
Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network,
CVPR 2016.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from srcnn.errors import OptionError
from srcnn.nets.convolution import activated, in_full
from srcnn.nets.lowres import LowResolution

SLOPE = 0.1  # of the activation below zero
WEAR_PLANES = 2  # JPEG wear and noise, constant planes after the colours
_TOLD = 16  # numbers that what is told becomes before it is added to biases


@dataclass(frozen=True)
class ResidualShape:
    """``residual-32-5x4``: 32 channels, 5 blocks of 4 layers; ``-worn`` for Y, Cb, Cr and two planes that tell the
    wear.
    """

    width: int
    blocks: int
    depth: int
    scale: int
    worn: bool = False

    @property
    def halo(self) -> int:
        """LR pixels that valid convolutions take from every side."""
        return self.blocks * self.depth + 2

    @property
    def planes(self) -> int:
        """Planes of the image, in and out."""
        return 3 if self.worn else 1

    @property
    def channels(self) -> int:
        """Planes that the network takes."""
        return self.planes + (WEAR_PLANES if self.worn else 0)

    @property
    def name(self) -> str:
        """Size in words, for cards and logs."""
        return f"residual, {self.width} channels, {self.blocks} blocks of {self.depth} layers"


def parse_shape(name: str, scale: int) -> ResidualShape:
    """Read ``residual-32-5x4`` or ``residual-32-5x4-worn``.

    Parameters
    ----------
    name : str
        As in a recipe.
    scale : int
        Upscaling factor.

    Returns
    -------
    ResidualShape
        What the name says.

    Raises
    ------
    OptionError
        If the name is not of that form.
    """
    head, *rest = name.split("-")
    worn = rest[-1:] == ["worn"]
    numbers = (rest[:-1] if worn else rest)[:]
    words = [numbers[0], *numbers[1].split("x")] if len(numbers) == 2 else []
    if head != "residual" or len(words) != 3 or not all(n.isdecimal() and int(n) > 0 for n in words):
        raise OptionError(
            f"a residual network is named by channels, blocks and layers, as in 'residual-32-5x4', got {name!r}"
        )
    width, blocks, depth = map(int, words)
    return ResidualShape(width, blocks, depth, scale, worn)


class ZeroSumConv2d(nn.Conv2d):
    """A convolution whose filters sum to zero over every input plane: it does not see the level of its input."""

    def zero_sum(self) -> Tensor:
        """The filters in use: the stored ones less their mean."""
        return self.weight - self.weight.mean((2, 3), keepdim=True)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution with the filters as `zero_sum` makes them.

        Parameters
        ----------
        x : (N, in_channels, H, W) tensor
            Any level of grey.

        Returns
        -------
        (N, out_channels, H', W') tensor
            H and W less what the padding lacks.
        """
        return functional.conv2d(x, self.zero_sum(), self.bias, self.stride, self.padding)


class Block(LowResolution):
    """Layers with an activation between them, added to what they started from."""

    def __init__(self, width: int, depth: int, told: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.tell = nn.Linear(told, width) if told else None

    def forward(self, x: Tensor, told: Tensor | None) -> Tensor:
        """What the layers make of ``x``, added to it.

        Parameters
        ----------
        x : (N, width, H, W) tensor
            Features.
        told : (N, 16) tensor or None
            What is told of the wear; None for a network that is told nothing.

        Returns
        -------
        (N, width, H, W) tensor
            Features; ``depth`` pixels a side fewer where `valid`.
        """
        *inner, last = self.layers
        y = x
        for i, layer in enumerate(inner):
            assert isinstance(layer, nn.Conv2d)
            if i == 0 and self.tell is not None and told is not None:
                y = functional.leaky_relu(layer(y) + self.tell(told)[:, :, None, None], negative_slope=SLOPE)
            else:
                y = activated(layer, y, SLOPE)
        # The sum in the precision of the chain: products may be rounded to bfloat16, what they add up to is not.
        out: Tensor = self.inner(x, len(self.layers)) + in_full(last(y))
        return out


class Residual(LowResolution):
    """Input ``(N, C, h, w)`` in [0, 1], C as `ResidualShape.channels`; output ``(N, planes, scale*h, scale*w)``."""

    def __init__(self, shape: ResidualShape) -> None:
        super().__init__()
        self.shape = shape
        told = _TOLD if shape.worn else 0
        self.first = ZeroSumConv2d(shape.planes, shape.width, 3, padding=1)
        self.told = nn.Linear(WEAR_PLANES, told) if told else None
        self.blocks = nn.ModuleList(Block(shape.width, shape.depth, told) for _ in range(shape.blocks))
        self.last = nn.Conv2d(shape.width, shape.planes * shape.scale**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(shape.scale)

    def forward(self, lr: Tensor) -> Tensor:
        """``lr`` enlarged.

        Parameters
        ----------
        lr : (N, C, h, w) tensor
            In [0, 1]; the planes of the wear are constant.

        Returns
        -------
        (N, planes, scale*h, scale*w) tensor
            Not clipped; less the halo's pixels where `valid`.
        """
        image, told = lr, None
        if self.told is not None:
            image = lr[:, : self.shape.planes]
            told = functional.leaky_relu(self.told(lr[:, self.shape.planes :, 0, 0]), negative_slope=SLOPE)
        x = in_full(functional.leaky_relu(self.first(image), negative_slope=SLOPE))
        for block in self.blocks:
            x = block(x, told)
        start = self.inner(image, self.shape.halo)
        if self.shape.planes > 1:
            start = start.repeat_interleave(self.shape.scale**2, dim=1)
        out: Tensor = self.shuffle(self.last(x) + start)
        return out


def is_worn(net: nn.Module) -> bool:
    """Whether a network is told how worn its input is.

    Parameters
    ----------
    net : Module
        Any network.

    Returns
    -------
    bool
        True for a residual network that takes the planes of the wear.
    """
    return isinstance(net, Residual) and net.shape.worn


def start_alive(net: Residual, generator: torch.Generator) -> None:
    """Weights that keep a signal's strength from layer to layer; blocks begin small and the last layer nearly silent.

    Torch's own start lets signals die over a dozen layers: such a network stays at bicubic for the first half hour.

    Parameters
    ----------
    net : Residual
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    with torch.no_grad():
        blocks = [block for block in net.blocks if isinstance(block, Block)]
        layers = [layer for block in blocks for layer in block.layers]
        lasts = {id(block.layers[-1]) for block in blocks}
        for layer in (net.first, *layers, net.last):
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            gain = 0.05 if layer is net.last else 0.45 if id(layer) in lasts else 1.4
            if layer is net.first:
                gain = 6.0  # differences between neighbours are small: brought to about 1
            layer.weight.normal_(0.0, gain / layer.weight[0].numel() ** 0.5, generator=generator)
            layer.bias.zero_()
        for module in net.modules():
            if isinstance(module, nn.Linear):
                module.weight.normal_(0.0, 0.5 / module.in_features**0.5, generator=generator)
                module.bias.zero_()
