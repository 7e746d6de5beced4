"""Colour under transparency, so that enlarging does not mix what cannot be seen into what can."""

import numpy as np

from srcnn.image.arrays import Floats

_TRUSTED = 16.0  # a pixel's own colour counts in full from an opacity of 1/16 on


def fill_transparent(colour: Floats, alpha: Floats) -> Floats:
    """Give transparent pixels the colour of the visible ones near them.

    What a file holds where nothing is seen (mostly black) would bleed into the visible edge as a dark fringe when a filter
    reaches across. Averaging *premultiplied* colours never lets it in. Here that is done before enlarging, not after: a network
    may then sharpen the colour while alpha is enlarged on its own, and no division by a small alpha is needed.

    Parameters
    ----------
    colour : (H, W) or (H, W, 3) float32 array
        Straight (not premultiplied) values.
    alpha : (H, W) float32 array
        Opacity in [0, 1].

    Returns
    -------
    float32 array
        `colour`, with means of premultiplied colour over ever larger squares where alpha is (nearly) zero.
    """
    flat = colour.reshape(*alpha.shape, -1)
    own = np.minimum(alpha * np.float32(_TRUSTED), np.float32(1))[..., None]
    if alpha.max() == 0 or own.min() == 1:
        return colour
    mean = _spread(flat * alpha[..., None], alpha[..., None])
    return np.asarray(flat * own + mean * (1 - own), colour.dtype).reshape(colour.shape)


def _spread(premultiplied: Floats, weight: Floats) -> Floats:
    """Mean colour about every pixel: its own square's where that sees anything, else that of the next larger square."""
    height, width = weight.shape[:2]
    if (weight > 0).all() or (height, width) == (1, 1):
        return premultiplied / np.maximum(weight, np.float32(1e-12))
    sums, weights = _halved(premultiplied), _halved(weight)
    mean = sums / np.maximum(weights, np.float32(1e-12))
    if not (weights > 0).all():
        mean = np.where(weights > 0, mean, _spread(sums, weights))
    return np.asarray(np.repeat(np.repeat(mean, 2, axis=0), 2, axis=1)[:height, :width])


def _halved(values: Floats) -> Floats:
    height, width = values.shape[:2]
    padded = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    return np.asarray(padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2])
