"""Peak signal-to-noise ratio."""

import numpy as np

from srcnn.errors import ShapeError
from srcnn.image.arrays import Image


def psnr(hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
    """Peak signal-to-noise ratio.

    Parameters
    ----------
    hr, sr : (H, W) or (H, W, 3) array
        Ground truth and estimate, in ``[0, data_range]``.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

    Returns
    -------
    float
        Decibels, higher is better; ``inf`` for equal images.

    Raises
    ------
    ShapeError
        If the shapes differ. Nothing is cropped for the caller.

    References
    ----------
    Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, section 4.
    """
    if hr.shape != sr.shape:
        raise ShapeError(
            f"hr and sr must have the same shape, got {hr.shape} and {sr.shape}; cut hr with modcrop(hr, scale) before it is degraded"
        )
    mse = float(np.mean((hr.astype(np.float64) - sr.astype(np.float64)) ** 2))
    return float("inf") if mse == 0 else float(10 * np.log10(data_range**2 / mse))
