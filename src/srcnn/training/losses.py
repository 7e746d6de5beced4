"""Losses by name: functions of ``sr`` and ``hr``, shape (N, C, H, W)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def charbonnier(sr: Tensor, hr: Tensor, epsilon: float = 1e-3) -> Tensor:
    """A smooth L1: ``sqrt(d**2 + epsilon**2)``. Charbonnier et al., Two deterministic half-quadratic regularization
    algorithms, 1994.
    """
    return torch.sqrt((sr - hr) ** 2 + epsilon**2).mean()


def charbonnier_ycbcr(sr: Tensor, hr: Tensor, chroma: float = 0.35) -> Tensor:
    """Charbonnier's loss over Y, Cb, Cr, a chroma plane counting ``chroma`` times a luma plane."""
    return charbonnier(sr[:, :1], hr[:, :1]) + 2 * chroma * charbonnier(sr[:, 1:], hr[:, 1:])


def euclidean(sr: Tensor, hr: Tensor) -> Tensor:
    """Half the squared error summed over the pixels of a patch, averaged over the batch.

    The loss of the framework that the paper was made with; its rates (1e-4, 1e-5) mean this one, not the mean over
    pixels.
    """
    return 0.5 * ((sr - hr) ** 2).sum() / len(sr)


def luma_mse(sr: Tensor, hr: Tensor) -> Tensor:
    """Mean squared error of the first of three planes, the luma of YCbCr."""
    return functional.mse_loss(sr[:, :1], hr[:, :1])


def chroma_mse(sr: Tensor, hr: Tensor) -> Tensor:
    """Mean squared error of the second and third plane, the chroma of YCbCr."""
    return functional.mse_loss(sr[:, 1:], hr[:, 1:])


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "charbonnier": charbonnier,
    "charbonnier-ycbcr": charbonnier_ycbcr,
    "euclidean": euclidean,
    "mse-y": luma_mse,
    "mse-cbcr": chroma_mse,
}
