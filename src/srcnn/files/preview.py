"""A small PNG of an image, for where it is only looked at."""

import numpy as np

from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Metadata, Picture
from srcnn.image.arrays import to_bytes

LARGEST = 1024
"""Pixels per side of a preview."""

_SPARE = 4  # a larger image is thinned out to this many times the size first: averaging a gigapixel takes seconds


def preview(picture: Picture, largest: int = LARGEST) -> bytes:
    """An image as PNG, reduced where it is large.

    Parameters
    ----------
    picture : Picture
        Any image.
    largest : int
        Pixels that the longer side may have.

    Returns
    -------
    bytes
        A PNG file of 8 bits, with the colour profile and transparency, and no other metadata.
    """
    from PIL import Image

    height, width = picture.pixels.shape[:2]
    longest = max(height, width)
    step = max(1, longest // (_SPARE * largest))
    thinned = Picture(picture.pixels[::step, ::step], None if picture.alpha is None else picture.alpha[::step, ::step])
    image = Image.fromarray(np.ascontiguousarray(to_bytes(thinned.bands)))
    if longest > largest:
        size = (max(1, round(width * largest / longest)), max(1, round(height * largest / longest)))
        image = image.resize(size, Image.Resampling.BOX)
    values = np.asarray(image)
    pixels, alpha = (values, None) if picture.alpha is None else (values[..., :-1], values[..., -1])
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    metadata = Metadata(icc=picture.metadata.icc, coding=picture.metadata.coding)
    return encode(Picture(pixels, alpha, metadata), FORMATS["PNG"])[0]
