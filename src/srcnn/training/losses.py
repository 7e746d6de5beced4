"""Losses by name: functions of ``sr`` and ``hr``, shape (N, C, H, W)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def charbonnier(sr: Tensor, hr: Tensor, epsilon: float = 1e-3) -> Tensor:
    """A smooth L1: ``sqrt(d**2 + epsilon**2)``. Charbonnier et al., Two deterministic half-quadratic regularization
    algorithms, 1994.

    Parameters
    ----------
    sr, hr : (N, C, H, W) tensor
        Estimate and ground truth.
    epsilon : float
        Below it an error counts by its square; above 0.

    Returns
    -------
    scalar tensor
        Mean over all values.
    """
    return torch.sqrt((sr - hr) ** 2 + epsilon**2).mean()


def charbonnier_ycbcr(sr: Tensor, hr: Tensor, chroma: float = 0.35) -> Tensor:
    """Charbonnier's loss over Y, Cb, Cr, a chroma plane counting ``chroma`` times a luma plane.

    Parameters
    ----------
    sr, hr : (N, 3, H, W) tensor
        Estimate and ground truth.
    chroma : float
        Not negative.

    Returns
    -------
    scalar tensor
        The luma's loss and twice ``chroma`` times that of both other planes.
    """
    return charbonnier(sr[:, :1], hr[:, :1]) + 2 * chroma * charbonnier(sr[:, 1:], hr[:, 1:])


def psnr_ycbcr(sr: Tensor, hr: Tensor, chroma: float = 0.25, floor: float = 1e-5) -> Tensor:
    """Negative PSNR of every patch, in nepers: what is measured in the end, so that each wear counts alike.

    An error of 1 % counts the same in a patch full of noise and in a clean one, and squares want the mean of all that
    an image may have been, where Charbonnier's loss wants the median.

    Parameters
    ----------
    sr, hr : (N, 3, H, W) tensor
        Estimate and ground truth.
    chroma : float
        What both chroma planes together count beside luma; not negative.
    floor : float
        Added to the mean squared errors: a patch without detail is not worth more than 50 dB.

    Returns
    -------
    scalar tensor
        Half the logarithm of the mean squared error, averaged over the patches.
    """
    squares = ((sr - hr) ** 2).mean((2, 3))
    luma, colour = squares[:, 0], squares[:, 1:].mean(1)
    return 0.5 * (torch.log(luma + floor) + chroma * torch.log(colour + floor)).mean()


def euclidean(sr: Tensor, hr: Tensor) -> Tensor:
    """Half the squared error summed over the pixels of a patch, averaged over the batch.

    The loss of the framework that the paper was made with; its rates (1e-4, 1e-5) mean this one, not the mean over
    pixels.

    Parameters
    ----------
    sr, hr : (N, C, H, W) tensor
        Estimate and ground truth.

    Returns
    -------
    scalar tensor
        Grows with the area of a patch.
    """
    return 0.5 * ((sr - hr) ** 2).sum() / len(sr)


def luma_mse(sr: Tensor, hr: Tensor) -> Tensor:
    """Mean squared error of the first of three planes, the luma of YCbCr.

    Parameters
    ----------
    sr, hr : (N, 3, H, W) tensor
        Estimate and ground truth.

    Returns
    -------
    scalar tensor
        Mean over all values of the plane.
    """
    return functional.mse_loss(sr[:, :1], hr[:, :1])


def chroma_mse(sr: Tensor, hr: Tensor) -> Tensor:
    """Mean squared error of the second and third plane, the chroma of YCbCr.

    Parameters
    ----------
    sr, hr : (N, 3, H, W) tensor
        Estimate and ground truth.

    Returns
    -------
    scalar tensor
        Mean over all values of both planes.
    """
    return functional.mse_loss(sr[:, 1:], hr[:, 1:])


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "charbonnier": charbonnier,
    "charbonnier-ycbcr": charbonnier_ycbcr,
    "psnr-ycbcr": psnr_ycbcr,
    "euclidean": euclidean,
    "mse-y": luma_mse,
    "mse-cbcr": chroma_mse,
}
