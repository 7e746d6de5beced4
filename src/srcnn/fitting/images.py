"""The training images of example-based methods: which they are, and their luma."""

from pathlib import Path

import numpy as np

from srcnn.errors import DataError
from srcnn.files.io import read_image
from srcnn.files.listing import images_in
from srcnn.image.arrays import Floats, to_floats
from srcnn.image.colour import luma_bytes


def training_images(folder: Path, sets: tuple[str, ...]) -> tuple[Path, ...]:
    """The images of the named sets below ``folder``, set by set; those of ``folder`` itself if it holds none of the
    sets.

    Parameters
    ----------
    folder : path
        Holds the sets, or the images themselves.
    sets : tuple of str
        Names of folders.

    Returns
    -------
    tuple of path
        At least one.

    Raises
    ------
    DataError
        If there is no image.
    """
    below = [folder / name for name in sets]
    try:
        if any(place.is_dir() for place in below):
            return tuple(path for place in below for path in images_in(place))
        # Not what lies deeper: a misspelt set would be replaced by all others, those to test with among them.
        return images_in(folder, pattern=("*",))
    except DataError as error:
        raise DataError(f"{error}; give the folder that holds {', '.join(sets)}, or a folder of images") from error


def read_luma(path: Path) -> Floats:
    """The protocol's luma of an image file: rounded to 8 bits, then / 255 as float32.

    Parameters
    ----------
    path : path
        An image file of 8 bits per channel.

    Returns
    -------
    (H, W) float32 array
        Luma, 16/255 to 235/255.

    Raises
    ------
    DataError
        If the image has 16 bits per channel.
    ImageError
        If it cannot be read.
    """
    pixels = read_image(path).pixels
    if pixels.dtype != np.uint8:
        raise DataError(f"training images must have 8 bits per channel, {path.name} has {8 * pixels.itemsize}")
    return to_floats(luma_bytes(pixels))
