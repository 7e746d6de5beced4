"""BSRN, the network of our teacher: its weights are its authors' (MIT licence), this code is ours.

It is slow on a CPU and is not shipped; what it makes of training images becomes part of our networks' target.

References
----------
Li et al.: Blueprint Separable Residual Network for Efficient Image Super-Resolution, CVPR Workshops 2022.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from srcnn.errors import WeightsError

SMALLEST = 21  # pixels a side: below, the pooled branch of the attention has nothing left
_FEATURES, _DISTILLED, _ATTENTION, _BLOCKS = 64, 32, 16, 8


class BlueprintConv(nn.Module):
    """A pointwise convolution without bias, then a depthwise 3x3 one."""

    def __init__(self, n_in: int, n_out: int, *, stride: int = 1, padding: int = 1) -> None:
        super().__init__()
        self.pw = nn.Conv2d(n_in, n_out, 1, bias=False)
        self.dw = nn.Conv2d(n_out, n_out, 3, stride, padding, groups=n_out)

    def forward(self, x: Tensor) -> Tensor:
        """One pixel's channels mixed, then each channel filtered.

        Parameters
        ----------
        x : (N, n_in, H, W) tensor
            Features.

        Returns
        -------
        (N, n_out, H', W') tensor
            H and W less what stride and padding take.
        """
        out: Tensor = self.dw(self.pw(x))
        return out


class SpatialAttention(nn.Module):
    """ESA: where to look, decided on a coarse view of the features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(_FEATURES, _ATTENTION, 1)
        self.conv_f = nn.Conv2d(_ATTENTION, _ATTENTION, 1)
        self.conv2 = BlueprintConv(_ATTENTION, _ATTENTION, stride=2, padding=0)
        self.conv_max = BlueprintConv(_ATTENTION, _ATTENTION)
        self.conv3 = BlueprintConv(_ATTENTION, _ATTENTION)
        self.conv3_ = BlueprintConv(_ATTENTION, _ATTENTION)
        self.conv4 = nn.Conv2d(_ATTENTION, _FEATURES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``x`` weighted by what a coarse view of it finds worth attention.

        Parameters
        ----------
        x : (N, 64, H, W) tensor
            Features, at least `SMALLEST` pixels a side.

        Returns
        -------
        (N, 64, H, W) tensor
            Weights are 0 to 1.
        """
        small = self.conv1(x)
        coarse = functional.max_pool2d(self.conv2(small), 7, 3)
        coarse = functional.gelu(self.conv_max(coarse))
        coarse = self.conv3_(functional.gelu(self.conv3(coarse)))
        coarse = functional.interpolate(coarse, x.shape[-2:], mode="bilinear", align_corners=False)
        return x * torch.sigmoid(self.conv4(coarse + self.conv_f(small)))


class ContrastAttention(nn.Module):
    """CCA: which channels matter, decided by their mean and contrast over the whole image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_du = nn.Sequential(nn.Conv2d(_FEATURES, 4, 1), nn.ReLU(), nn.Conv2d(4, _FEATURES, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with each channel weighted by its contrast.

        Parameters
        ----------
        x : (N, 64, H, W) tensor
            Features of a whole image.

        Returns
        -------
        (N, 64, H, W) tensor
            Weights are 0 to 1.
        """
        strength = x.std((2, 3), keepdim=True, unbiased=False) + x.mean((2, 3), keepdim=True)
        out: Tensor = x * self.conv_du(strength)
        return out


class Block(nn.Module):
    """A blueprint separable residual distillation block with both attentions."""

    def __init__(self) -> None:
        super().__init__()
        for i in (1, 2, 3):
            self.add_module(f"c{i}_d", nn.Conv2d(_FEATURES, _DISTILLED, 1))
            self.add_module(f"c{i}_r", BlueprintConv(_FEATURES, _FEATURES))
        self.c4 = BlueprintConv(_FEATURES, _DISTILLED)
        self.c5 = nn.Conv2d(4 * _DISTILLED, _FEATURES, 1)
        self.esa, self.cca = SpatialAttention(), ContrastAttention()

    def forward(self, x: Tensor) -> Tensor:
        """``x`` refined in steps, each of which sets a part aside.

        Parameters
        ----------
        x : (N, 64, H, W) tensor
            Features, at least `SMALLEST` pixels a side.

        Returns
        -------
        (N, 64, H, W) tensor
            Features.
        """
        kept, rest = [], x
        for i in (1, 2, 3):
            kept.append(functional.gelu(self.get_submodule(f"c{i}_d")(rest)))
            rest = functional.gelu(self.get_submodule(f"c{i}_r")(rest) + rest)
        kept.append(functional.gelu(self.c4(rest)))
        out: Tensor = self.cca(self.esa(self.c5(torch.cat(kept, 1)))) + x
        return out


class Bsrn(nn.Module):
    """RGB ``(N, 3, h, w)`` in [0, 1] to ``(N, 3, scale*h, scale*w)``, not clipped; whole images, since it looks at all
    of them.
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.fea_conv = BlueprintConv(12, _FEATURES)
        for i in range(1, _BLOCKS + 1):
            self.add_module(f"B{i}", Block())
        self.c1 = nn.Conv2d(_BLOCKS * _FEATURES, _FEATURES, 1)
        self.c2 = BlueprintConv(_FEATURES, _FEATURES)
        self.upsampler = nn.ModuleDict(
            {"upsampleOneStep": nn.Sequential(nn.Conv2d(_FEATURES, 3 * scale**2, 3, padding=1), nn.PixelShuffle(scale))}
        )

    def forward(self, rgb: Tensor) -> Tensor:
        """The upscaled image.

        Parameters
        ----------
        rgb : (N, 3, H, W) tensor
            In [0, 1], at least `SMALLEST` pixels a side.

        Returns
        -------
        (N, 3, H * scale, W * scale) tensor
            Not clipped.
        """
        start = x = self.fea_conv(torch.cat([rgb] * 4, 1))
        outputs = []
        for i in range(1, _BLOCKS + 1):
            x = self.get_submodule(f"B{i}")(x)
            outputs.append(x)
        x = self.c2(functional.gelu(self.c1(torch.cat(outputs, 1)))) + start
        out: Tensor = self.upsampler["upsampleOneStep"](x)
        return out


def load_bsrn(folder: Path, scale: int) -> Bsrn:
    """The teacher for a scale, from the arrays ``bsrn_xSCALE.npz`` in a folder.

    Parameters
    ----------
    folder : path
        Holds the file.
    scale : int
        Upscaling factor.

    Returns
    -------
    Bsrn
        For inference: no weight asks for a gradient.

    Raises
    ------
    WeightsError
        If they are missing or not its weights.
    """
    path = folder / f"bsrn_x{scale}.npz"
    net = Bsrn(scale)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            stored: Mapping[str, Tensor] = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        net.load_state_dict(stored)
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsError(f"cannot read the teacher's weights {path}: {error}") from error
    return net.eval().requires_grad_(requires_grad=False)
