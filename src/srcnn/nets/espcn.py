"""ESPCN: three convolutions at low resolution and a pixel shuffle.

Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network,
CVPR 2016.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from srcnn.errors import OptionError
from srcnn.nets.lowres import LowResolution


@dataclass(frozen=True)
class EspcnShape:
    """The published ESPCN 5-3-3 with 64 and 32 filters."""

    scale: int
    channels: int = 1
    widths: tuple[int, int] = (64, 32)

    @property
    def halo(self) -> int:
        """LR pixels that valid convolutions take from every side."""
        return 4

    @property
    def name(self) -> str:
        """Sizes in words, for cards and logs."""
        return f"ESPCN 5-3-3, {self.widths[0]}-{self.widths[1]} filters"


def parse_shape(name: str, scale: int) -> EspcnShape:
    """Read ``espcn``.

    Parameters
    ----------
    name : str
        As in a recipe.
    scale : int
        Upscaling factor.

    Returns
    -------
    EspcnShape
        The published one.

    Raises
    ------
    OptionError
        If the name is another.
    """
    if name != "espcn":
        raise OptionError(f"the network is named 'espcn', got {name!r}")
    return EspcnShape(scale)


class Espcn(LowResolution):
    """Input ``(N, 1, h, w)`` in [0, 1], output ``(N, 1, scale*h, scale*w)``."""

    def __init__(self, shape: EspcnShape) -> None:
        super().__init__()
        self.shape = shape
        first, second = shape.widths
        self.layers = nn.ModuleList(
            [
                nn.Conv2d(shape.channels, first, 5, padding=2),
                nn.Conv2d(first, second, 3, padding=1),
                nn.Conv2d(second, shape.channels * shape.scale**2, 3, padding=1),
            ]
        )
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
        for layer in list(self.layers)[:-1]:
            lr = torch.tanh(layer(lr))
        out: Tensor = self.shuffle(self.layers[-1](lr))
        return out


_GAIN = 0.25  # of the path that hands the image on: tanh bends 0.25 by 2 per cent
# Glorot's first filters answer an image's contrast, a twentieth of its range, where tanh is straight: such a network
# begins linear and stays so for long. These answer where it bends.
_CONTRAST = 15.0


def start_near_identity(net: Espcn, generator: torch.Generator) -> None:
    """Glorot's start, which suits tanh, biases 0; but the first filter of every layer hands the image on, where tanh is
    nearly straight.

    So the network begins as enlargement by repeated pixels.
    The other filters are drawn without mean, or the mean grey of a image, which outweighs its structure, would bend
    them all.

    Parameters
    ----------
    net : Espcn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    with torch.no_grad():
        for number, layer in enumerate(net.layers):
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            fan_in, fan_out = layer.weight[0].numel(), layer.weight[:, 0].numel()
            layer.weight.normal_(0.0, (2.0 / (fan_in + fan_out)) ** 0.5, generator=generator)
            layer.bias.zero_()
            middle = layer.kernel_size[0] // 2
            if number == 0:
                layer.weight -= layer.weight.mean(dim=(2, 3), keepdim=True)
                layer.weight *= _CONTRAST
            else:
                layer.weight[:, 0] = 0.0  # the plane itself would outweigh what the other filters see
            handed = slice(None) if layer is net.layers[-1] else slice(0, 1)
            layer.weight[handed] = 0.0
            layer.weight[handed, 0, middle, middle] = (_GAIN, 1.0, 1.0 / _GAIN)[number]
