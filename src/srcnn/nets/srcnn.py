"""SRCNN: patch extraction, non-linear mapping, reconstruction — and its deeper and wider relatives.

Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, sections 3.1 and 4.3.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from srcnn.errors import OptionError
from srcnn.nets.convolution import Conv2d

PAPER_WIDTHS = (64, 32)


@dataclass(frozen=True)
class SrcnnShape:
    """Filter sizes and widths of an SRCNN, as the paper writes them: ``9-5-5`` with 64 and 32 filters."""

    kernels: tuple[int, ...]
    widths: tuple[int, ...]  # filters of every layer but the last, whose count is ``channels``
    channels: int = 1

    def __post_init__(self) -> None:
        if len(self.kernels) < 2 or any(k < 1 or k % 2 == 0 for k in self.kernels):
            raise OptionError(f"an SRCNN needs at least two filter sizes, all odd, got {self.kernels}")
        if len(self.widths) != len(self.kernels) - 1 or any(w < 1 for w in self.widths):
            raise OptionError(
                f"{len(self.kernels)} filter sizes need {len(self.kernels) - 1} widths of at least 1, got {self.widths}"
            )
        if self.channels not in (1, 3):
            raise OptionError(f"channels must be 1 (luma) or 3 (RGB), got {self.channels}")

    @property
    def halo(self) -> int:
        """Pixels that valid convolutions take from every side."""
        return sum(k // 2 for k in self.kernels)

    @property
    def name(self) -> str:
        """Sizes and widths in words, for cards and logs."""
        return f"srcnn {'-'.join(map(str, self.kernels))}, {'-'.join(map(str, self.widths))} filters"


def parse_shape(name: str, channels: int = 1, widths: tuple[int, ...] | None = None) -> SrcnnShape:
    """Read ``srcnn-9-5-5`` (or ``srcnn-9-3-3-5``, ``srcnn-9-1-1-5``, …); hidden layers after the second are 32 wide as
    in the paper.

    Parameters
    ----------
    name : str
        As in a recipe; with "-rgb" or "-ycbcr" at its end it has three channels.
    channels : int
        1 or 3, for a name without such an end.
    widths : tuple of int, optional
        Filters of every layer but the last; those of the paper by default.

    Returns
    -------
    SrcnnShape
        What the name says.

    Raises
    ------
    OptionError
        If the name is not of that form, or the sizes or widths do not make a network.
    """
    head, *sizes = name.removesuffix("-rgb").removesuffix("-ycbcr").split("-")
    if head != "srcnn" or not sizes or not all(size.isdecimal() for size in sizes):
        raise OptionError(f"a network is named by its filter sizes, as in 'srcnn-9-5-5', got {name!r}")
    kernels = tuple(map(int, sizes))
    if widths is None:
        widths = (PAPER_WIDTHS + (PAPER_WIDTHS[-1],) * len(kernels))[: len(kernels) - 1]
    return SrcnnShape(kernels, widths, 3 if name.endswith(("-rgb", "-ycbcr")) else channels)


class Srcnn(nn.Module):
    """``F1 = max(0, W1*Y + B1)``, ``F2 = max(0, W2*F1 + B2)``, …, ``F = Wn*F(n-1) + Bn`` with valid convolutions.

    Input ``(N, channels, H, W)`` is the bicubic-enlarged image in [0, 1]; the output is ``2 * halo`` pixels smaller a
    side.
    """

    def __init__(self, shape: SrcnnShape) -> None:
        super().__init__()
        self.shape = shape
        planes = (shape.channels, *shape.widths, shape.channels)
        self.layers = nn.ModuleList(
            Conv2d(n_in, n_out, kernel) for (n_in, n_out), kernel in zip(pairwise(planes), shape.kernels, strict=True)
        )

    def features(self, ilr: Tensor) -> list[Tensor]:
        """The feature maps of every hidden layer, after ReLU.

        Parameters
        ----------
        ilr : (N, C, H, W) tensor
            In [0, 1].

        Returns
        -------
        list of tensor
            (N, filters, H', W') of every hidden layer, smaller from layer to layer.
        """
        maps = []
        for layer in list(self.layers)[:-1]:
            ilr = torch.relu(layer(ilr))
            maps.append(ilr)
        return maps

    def forward(self, ilr: Tensor) -> Tensor:
        """The estimate of hr.

        Parameters
        ----------
        ilr : (N, C, H, W) tensor
            In [0, 1].

        Returns
        -------
        (N, C, H - 2 halo, W - 2 halo) tensor
            Not clipped.
        """
        for layer in list(self.layers)[:-1]:
            ilr = torch.relu(layer(ilr))
        out: Tensor = self.layers[-1](ilr)
        return out


def start_gaussian(net: Srcnn, generator: torch.Generator) -> None:
    """The paper's start: weights from a Gaussian of standard deviation 0.001, biases 0.

    Parameters
    ----------
    net : Srcnn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    with torch.no_grad():
        for layer in net.layers:
            assert isinstance(layer, nn.Conv2d)
            layer.weight.normal_(0.0, 0.001, generator=generator)
            nn.init.zeros_(_bias(layer))


def start_he(net: Srcnn, generator: torch.Generator) -> None:
    """He's start for ReLU layers, biases 0.

    Parameters
    ----------
    net : Srcnn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    with torch.no_grad():
        for layer in net.layers:
            assert isinstance(layer, nn.Conv2d)
            fan_in = layer.weight[0].numel()
            layer.weight.normal_(0.0, (2.0 / fan_in) ** 0.5, generator=generator)
            nn.init.zeros_(_bias(layer))


def start_small(net: Srcnn, generator: torch.Generator) -> None:
    """Small first filters of zero mean, of the paper's standard deviation of 0.001, and He's start for all others.

    What a first filter holds in the end is what it has learnt, so that it can be looked at; with the paper's start,
    small in all layers, all filters grow alike for millions of backpropagations before they part, and from He's start
    they keep the noise that they began with. Of zero mean, each responds somewhere, and none is silent for good.

    Parameters
    ----------
    net : Srcnn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    start_he(net, generator)
    first = net.layers[0]
    assert isinstance(first, nn.Conv2d)
    with torch.no_grad():
        first.weight.normal_(0.0, 0.001, generator=generator)
        first.weight.sub_(first.weight.mean((1, 2, 3), keepdim=True))


def start_identity(net: Srcnn, generator: torch.Generator) -> None:
    """He's start, but the first filters of every layer hand the image on unchanged, so that the net begins as bicubic.

    Measured at x3: +0.3 dB after 1,000 steps against He's start. Images are positive, so ReLU lets them pass.

    Parameters
    ----------
    net : Srcnn
        Changed in place.
    generator : Generator
        Draws the weights.
    """
    start_he(net, generator)
    channels = net.shape.channels
    with torch.no_grad():
        for number, layer in enumerate(net.layers):
            assert isinstance(layer, nn.Conv2d)
            if number:
                layer.weight[:, :channels] = 0.0
            layer.weight[:channels] = 0.0
            middle = layer.kernel_size[0] // 2
            for c in range(channels):
                layer.weight[c, c, middle, middle] = 1.0


STARTS = {"gaussian": start_gaussian, "he": start_he, "small": start_small, "identity": start_identity}


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias
