"""The evaluation protocol (``docs/protocol.md``): the input of a method, and what is measured of its result."""

from typing import TYPE_CHECKING

import numpy as np

from srcnn.degrade import degrade, enlarge
from srcnn.image.arrays import Bytes, Floats, Image, as_rgb, to_bytes, to_floats, to_integers
from srcnn.image.colour import luma_bytes, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import modcrop

if TYPE_CHECKING:
    from srcnn.methods.base import Channels


def make_hr(pixels: Image, scale: int) -> Bytes:
    """The ground truth from 8- or 16-bit pixels: 8 bits, cropped to a multiple of ``scale``.

    Parameters
    ----------
    pixels : array
        The image.
    scale : int
        Upscaling factor.

    Returns
    -------
    (H, W) or (H, W, 3) uint8 array
        Ground truth.

    Raises
    ------
    ShapeError
        If a side is shorter than ``scale``.
    """
    return modcrop(to_bytes(pixels), scale)


def make_lr(hr: Bytes, scale: int, channels: "Channels") -> Floats:
    """The input of a method: degraded luma, or the degraded image if it works on colour.

    Parameters
    ----------
    hr : uint8 array
        Ground truth, as `make_hr` gives it.
    scale : int
        Upscaling factor.
    channels : Channels
        What the method takes.

    Returns
    -------
    float32 array
        The method's input.
    """
    return degrade(to_floats(luma_bytes(hr) if channels == "luma" else as_rgb(hr)), scale)


def measured_luma(sr: Floats, *, grey: bool) -> Bytes:
    """The 8-bit luma of a result, which is measured; ``grey`` tells whether the ground truth is grey.

    Parameters
    ----------
    sr : float array
        What the method made.
    grey : bool
        Whether ground truth is grey.

    Returns
    -------
    (H, W) uint8 array
        Clipped and rounded.
    """
    if sr.ndim == 3 and grey:  # a grey image is its own luma, so the estimate must be, too
        sr = sr.mean(axis=2, dtype=np.float64)
    return luma_bytes(to_integers(sr))


def in_colour(sr: Floats, hr: Bytes, scale: int) -> Bytes:
    """The image that a result is shown as: luma is the method's, chroma bicubic, as in the papers' figures.

    Parameters
    ----------
    sr : float array
        What the method made: luma, or RGB, which is all that is shown then.
    hr : (H, W) or (H, W, 3) uint8 array
        Ground truth; of a grey one the result is grey.
    scale : int
        Upscaling factor.

    Returns
    -------
    (H, W) or (H, W, 3) uint8 array
        Clipped and rounded.
    """
    if hr.ndim == 2:
        return to_integers(sr.mean(axis=2, dtype=np.float64) if sr.ndim == 3 else sr)
    if sr.ndim == 3:
        return to_integers(sr)
    chroma = enlarge(degrade(rgb_to_ycbcr(to_floats(hr)), scale), scale)[..., 1:]
    return to_integers(ycbcr_to_rgb(np.dstack([sr, chroma])))
