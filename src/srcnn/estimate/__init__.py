"""How worn an image is: from the quantisation tables of a JPEG, or estimated from pixels if the evidence is clear."""

import numpy as np

from srcnn.estimate.noise import estimate_noise
from srcnn.estimate.quality import estimate_quality
from srcnn.estimate.tables import libjpeg_table
from srcnn.image.arrays import Image
from srcnn.wear import Wear

SMALLEST = 64  # pixels per side below which nothing is estimated


def estimate_wear(image: Image) -> Wear:
    """Estimate from the pixels how worn an image is.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        As it came from its file. What was resized since, or is not of 8 bits, has lost the traces this looks for.

    Returns
    -------
    Wear
        JPEG quality where the grid of 8x8 blocks and its quantiser show clearly, and the standard deviation of the
        noise where it stands above what texture could be; nothing, otherwise.
    """
    if image.dtype != np.uint8 or min(image.shape[:2]) < SMALLEST:
        return Wear()
    quality = estimate_quality(image)
    return Wear(quality, estimate_noise(image, None if quality is None else libjpeg_table(round(quality))))
