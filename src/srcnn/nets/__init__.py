"""The networks, one file an architecture, and the table by which recipes name them."""

from typing import Literal, Protocol, cast

import torch
from torch import nn

from srcnn.errors import OptionError
from srcnn.nets import srcnn, subpixel


class Shape(Protocol):
    """What the trainer and the exporter need to know of any network."""

    @property
    def halo(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def name(self) -> str: ...


def domain(net: str) -> Literal["ilr", "lr"]:
    """Whether the network of that name takes the enlarged picture or the small one."""
    return "lr" if net.startswith("subpixel") else "ilr"


def build(net: str, scale: int, *, start: str = "identity", widths: tuple[int, ...] | None = None, seed: int = 0) -> nn.Module:
    """Make a network by name, started from ``seed``.

    Parameters
    ----------
    net : str
        "srcnn-9-5-5", any other filter sizes, "-rgb" appended for three channels; "subpixel-32-8".
    start : {"identity", "he", "gaussian"}
        How an SRCNN's weights begin.
    widths : tuple of int, optional
        Filters of every hidden layer of an SRCNN; 64, 32, 32, … by default.
    """
    generator = torch.Generator().manual_seed(seed)
    if net.startswith("subpixel"):
        low = subpixel.Subpixel(subpixel.parse_shape(net, scale))
        subpixel.start_near_identity(low, generator)
        return low
    if start not in srcnn.STARTS:
        raise OptionError(f"start must be one of {', '.join(srcnn.STARTS)}, got {start!r}")
    high = srcnn.Srcnn(srcnn.parse_shape(net, widths=widths))
    srcnn.STARTS[start](high, generator)
    return high


def shape_of(net: nn.Module) -> Shape:
    """The shape a network was built from."""
    return cast(Shape, net.shape)
