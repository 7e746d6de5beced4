"""The networks, one file an architecture, and the table by which recipes name them."""

from collections.abc import Callable
from typing import Literal, Protocol, cast

import torch
from torch import nn

from srcnn.errors import OptionError
from srcnn.nets import espcn, fsrcnn, plain, residual, srcnn, subpixel


class Shape(Protocol):
    """What the trainer and the exporter need to know of any network."""

    @property
    def halo(self) -> int:
        """Input pixels that are needed on every side beyond those of the result."""

    @property
    def channels(self) -> int:
        """Planes of the image: 1 for luma, 3 for colour."""

    @property
    def name(self) -> str:
        """What `build` makes it by."""


def input_size(net: str) -> Literal["hr", "lr"]:
    """Whether a network takes the enlarged image or the small one.

    Parameters
    ----------
    net : str
        Its name, as in `build`.

    Returns
    -------
    {"hr", "lr"}
        "hr" for SRCNN, which starts from ILR.
    """
    return "hr" if net.startswith("srcnn") else "lr"


Colour = Literal["luma", "rgb", "ycbcr"]


def colour_of(net: str) -> Colour:
    """What planes a network takes: one of luma, or three, as the last part of its name says ("srcnn-9-5-5-rgb").

    Parameters
    ----------
    net : str
        Its name, as in `build`.

    Returns
    -------
    {"luma", "rgb", "ycbcr"}
        A network for worn images takes "ycbcr".
    """
    last = net.rpartition("-")[2]
    return cast(Colour, last) if last in ("rgb", "ycbcr") else "ycbcr" if last == "worn" else "luma"


def build(
    net: str, scale: int, *, start: str = "identity", widths: tuple[int, ...] | None = None, seed: int = 0
) -> nn.Module:
    """Make a network by name, started from ``seed``.

    Parameters
    ----------
    net : str
        "srcnn-9-5-5", any other filter sizes, "-rgb" or "-ycbcr" appended for three channels; "fsrcnn"; "espcn";
        "plain-48-9", "subpixel-32-8" by channels and layers, "residual-32-5x4" by channels, blocks and layers of each,
        with "-worn" for worn images.
    scale : int
        Upscaling factor; an SRCNN is the same at any.
    start : {"identity", "he", "small", "gaussian"}
        How an SRCNN's weights begin.
    widths : tuple of int, optional
        Filters of every hidden layer of an SRCNN; 64, 32, 32, … by default.
    seed : int
        Of the random numbers that the weights begin with.

    Returns
    -------
    Module
        In training mode, on the CPU.

    Raises
    ------
    OptionError
        If there is no such network or start, or PyTorch cannot make one so large.
    """
    try:
        return _built(net, scale, start, widths, torch.Generator().manual_seed(seed))
    except RuntimeError as error:
        raise OptionError(f"the network {net!r} cannot be made: {str(error).splitlines()[0]}") from error


def _built(net: str, scale: int, start: str, widths: tuple[int, ...] | None, generator: torch.Generator) -> nn.Module:
    family = net.partition("-")[0]
    if family == "srcnn":
        if start not in srcnn.STARTS:
            raise OptionError(f"start must be one of {', '.join(srcnn.STARTS)}, got {start!r}")
        high = srcnn.Srcnn(srcnn.parse_shape(net, widths=widths))
        srcnn.STARTS[start](high, generator)
        return high
    if family not in LOW_RESOLUTION:
        raise OptionError(
            f"no network named {net!r}; there are srcnn-9-5-5 (any filter sizes), {', '.join(LOW_RESOLUTION)}"
        )
    return LOW_RESOLUTION[family](net, scale, generator)


def _fsrcnn(net: str, scale: int, generator: torch.Generator) -> nn.Module:
    made = fsrcnn.Fsrcnn(fsrcnn.parse_shape(net, scale))
    fsrcnn.start_he(made, generator)
    return made


def _espcn(net: str, scale: int, generator: torch.Generator) -> nn.Module:
    made = espcn.Espcn(espcn.parse_shape(net, scale))
    espcn.start_near_identity(made, generator)
    return made


def _plain(net: str, scale: int, generator: torch.Generator) -> nn.Module:
    made = plain.Plain(plain.parse_shape(net, scale))
    plain.start_near_identity(made, generator)
    return made


def _subpixel(net: str, scale: int, generator: torch.Generator) -> nn.Module:
    made = subpixel.Subpixel(subpixel.parse_shape(net, scale))
    subpixel.start_near_identity(made, generator)
    return made


def _residual(net: str, scale: int, generator: torch.Generator) -> nn.Module:
    made = residual.Residual(residual.parse_shape(net, scale))
    residual.start_alive(made, generator)
    return made


LOW_RESOLUTION: dict[str, Callable[[str, int, torch.Generator], nn.Module]] = {
    "fsrcnn": _fsrcnn,
    "espcn": _espcn,
    "plain": _plain,
    "subpixel": _subpixel,
    "residual": _residual,
}


def shape_of(net: nn.Module) -> Shape:
    """The shape a network was built from.

    Parameters
    ----------
    net : Module
        As `build` made it.

    Returns
    -------
    Shape
        Its own kind.
    """
    return cast(Shape, net.shape)
