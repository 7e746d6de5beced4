"""What networks at low resolution share: they keep the size of the image while trained, and lose a frame when shipped.

While a network is trained its convolutions are padded with zeros, so that small patches lose nothing.
An image is enlarged by valid convolutions instead, on more of the image around each block (`halo` pixels of ``lr`` a
side): what a pixel becomes then depends on what is around it and not on where a block ended.
"""

import copy
from typing import TypeVar

from torch import Tensor, nn

N = TypeVar("N", bound=nn.Module)


class LowResolution(nn.Module):
    """Base of the networks at low resolution."""

    valid = False  # whether convolutions are not padded

    def inner(self, x: Tensor, margin: int) -> Tensor:
        """``x`` without the frame that ``margin`` valid 3x3 convolutions took from what it is added to.

        Parameters
        ----------
        x : (..., H, W) tensor
            What valid convolutions are to be added to.
        margin : int
            Pixels that they took from every side, at least 1.

        Returns
        -------
        (..., H', W') tensor
            2 ``margin`` smaller a side where `valid`, otherwise ``x`` itself.
        """
        return x[..., margin:-margin, margin:-margin] if self.valid else x


def without_padding(net: N) -> N:
    """A copy of a network at low resolution whose convolutions are valid.

    Parameters
    ----------
    net : Module
        Left as it is.

    Returns
    -------
    Module
        Its result lacks the halo's pixels on every side.
    """
    net = copy.deepcopy(net)
    for module in net.modules():
        if isinstance(module, LowResolution):
            module.valid = True
        elif isinstance(module, nn.Conv2d):
            module.padding = (0, 0)
    return net
