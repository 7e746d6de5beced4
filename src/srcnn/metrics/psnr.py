"""Peak signal-to-noise ratio."""

import numpy as np

from srcnn.image.arrays import Image
from srcnn.metrics.checks import prepare


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
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``. Nothing is clipped for the caller.

    References
    ----------
    Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from srcnn.metrics import psnr
    >>> round(psnr(np.zeros((8, 8)), np.full((8, 8), 0.1)), 2)
    20.0
    """
    x, y = prepare(hr, sr, data_range)
    x -= y
    mse = float(np.mean(np.square(x, out=x)))
    return float("inf") if mse == 0 else float(10 * np.log10(255.0**2 / mse))
