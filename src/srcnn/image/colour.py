"""BT.601 studio-range luma and chroma, as MATLAB's ``rgb2ycbcr`` defines them.

Luma runs from 16/255 (black) to 235/255 (white), chroma from 16/255 to 240/255 about 128/255.
"""

import numpy as np

from srcnn.errors import ShapeError
from srcnn.image.arrays import Bytes, Floats, Image, check_image

# ITU-R BT.601-7, section 2.5, on 8-bit studio levels, for R'G'B' in [0, 1].
_LUMA = np.array([65.481, 128.553, 24.966])
_TO_YCBCR = np.array([_LUMA, [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
_OFFSET = np.array([16.0, 128.0, 128.0])
_TO_RGB = np.linalg.inv(_TO_YCBCR)

LUMA_TO_RGB = float(_TO_RGB[0, 0] * 255.0)
"""What one of luma adds to red, green and blue alike."""

LUMA_BLACK = 16.0 / 255.0
"""The luma of black."""

CHROMA_GREY = 128.0 / 255.0
"""The Cb and the Cr of grey."""

CHROMA_TO_RGB = np.where(np.abs(_TO_RGB[:, 1:]) < 1e-7, 0.0, _TO_RGB[:, 1:] * 255.0)
"""What Cb and Cr about 0 add to red, green and blue.

The inverse of the standard's rounded matrix also has 3e-7 and 3e-6 of what is 0, less than a thousandth of an 8-bit
level.
"""


def luma_bytes(image: Bytes) -> Bytes:
    """8-bit luma of an 8-bit image, rounded half up: the first step of the evaluation protocol.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        A grey image is its own luma and comes back unchanged.

    Returns
    -------
    (H, W) uint8 array
        16 (black) to 235 (white) for a colour image.

    Raises
    ------
    ShapeError
        If the array is not an image of 8-bit values.
    """
    check_image(image)
    if image.dtype != np.uint8:
        raise ShapeError(f"the protocol computes luma from 8-bit images, got {image.dtype}")
    if image.ndim == 2:
        return image.astype(np.uint8)
    red, green, blue = (image[..., channel].astype(np.int32) for channel in range(3))
    # In thousandths, so in whole numbers: exact ties exist (194 of the 2^24 colours) and round up.
    # In double precision some of them do not.
    thousandths = 65_481 * red + 128_553 * green + 24_966 * blue
    rounded: Bytes = (16 + (thousandths + 127_500) // 255_000).astype(np.uint8)
    return rounded


def grey_bytes(image: Bytes) -> Bytes:
    """8-bit grey of an 8-bit image from 0 (black) to 255 (white), as MATLAB's ``rgb2gray`` makes it.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        A grey image comes back unchanged.

    Returns
    -------
    (H, W) uint8 array
        Rounded half up.

    Raises
    ------
    ShapeError
        If the array is not an image of 8-bit values.
    """
    check_image(image)
    if image.dtype != np.uint8:
        raise ShapeError(f"grey is computed from 8-bit images, got {image.dtype}")
    if image.ndim == 2:
        return image.astype(np.uint8)
    # The luma of BT.601 without its range, in the digits that rgb2gray has: the first row of the inverse of NTSC's YIQ.
    weights = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
    grey: Bytes = np.floor(image.astype(np.float64) @ weights + 0.5).astype(np.uint8)
    return grey


def rgb_to_ycbcr(rgb: Floats) -> Floats:
    """Studio-range Y, Cb, Cr in [0, 1] of an RGB image in [0, 1], shape (H, W, 3), same dtype.

    Parameters
    ----------
    rgb : (H, W, 3) float array
        In [0, 1].

    Returns
    -------
    (H, W, 3) float array
        Y from 16/255 to 235/255, Cb and Cr from 16/255 to 240/255.
    """
    return _affine(rgb, (_TO_YCBCR / 255.0).astype(rgb.dtype), (_OFFSET / 255.0).astype(rgb.dtype))


def rgb_to_luma(rgb: Floats) -> Floats:
    """The Y of `rgb_to_ycbcr` alone, (H, W).

    Parameters
    ----------
    rgb : (H, W, 3) float array
        In [0, 1].

    Returns
    -------
    (H, W) float array
        From 16/255 to 235/255.
    """
    return np.ascontiguousarray(
        _affine(rgb, (_TO_YCBCR[:1] / 255.0).astype(rgb.dtype), (_OFFSET[:1] / 255.0).astype(rgb.dtype))[..., 0]
    )


def rgb_to_chroma(rgb: Floats) -> Floats:
    """The Cb and Cr of `rgb_to_ycbcr`, about 0 instead of 128/255.

    Parameters
    ----------
    rgb : (H, W, 3) float array
        In [0, 1].

    Returns
    -------
    (H, W, 2) float array
        From -112/255 to 112/255.
    """
    return _affine(rgb, (_TO_YCBCR[1:] / 255.0).astype(rgb.dtype), np.zeros(2, rgb.dtype))


def ycbcr_to_rgb(ycbcr: Floats) -> Floats:
    """Inverse of `rgb_to_ycbcr`; not clipped.

    Parameters
    ----------
    ycbcr : (H, W, 3) float array
        As `rgb_to_ycbcr` makes it.

    Returns
    -------
    (H, W, 3) float array
        In [0, 1] where the colours exist.
    """
    matrix = _TO_RGB * 255.0
    return _affine(ycbcr, matrix.astype(ycbcr.dtype), (-matrix @ (_OFFSET / 255.0)).astype(ycbcr.dtype))


def grey_to_luma(grey: Floats) -> Floats:
    """Studio-range luma of a full-range grey image in [0, 1].

    Parameters
    ----------
    grey : (H, W) float array
        In [0, 1].

    Returns
    -------
    (H, W) float array
        From 16/255 to 235/255.
    """
    return np.asarray((grey * grey.dtype.type(219.0) + grey.dtype.type(16.0)) / grey.dtype.type(255.0))


def luma_to_grey(luma: Floats) -> Floats:
    """Inverse of `grey_to_luma`; not clipped.

    Parameters
    ----------
    luma : (H, W) float array
        From 16/255 to 235/255.

    Returns
    -------
    (H, W) float array
        In [0, 1].
    """
    return np.asarray((luma * luma.dtype.type(255.0) - luma.dtype.type(16.0)) / luma.dtype.type(219.0))


def _affine(pixels: Image, matrix: Floats, offset: Floats) -> Floats:
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ShapeError(f"a colour image must have shape (H, W, 3), got {pixels.shape}")
    # Plane by plane: unlike in a matrix product, the order of summation does not depend on the image's size.
    out = np.empty((*pixels.shape[:2], len(matrix)), pixels.dtype)
    for row in range(len(matrix)):
        a, b, c = matrix[row]
        out[..., row] = pixels[..., 0] * a + pixels[..., 1] * b + pixels[..., 2] * c + offset[row]
    return out
