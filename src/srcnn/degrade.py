"""hr → lr → ilr: the only definition of how low-resolution pictures are made."""

from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from srcnn.errors import OptionError
from srcnn.image.arrays import Floats
from srcnn.image.resize import Edge, Taps, apply_taps, imresize, kernel_taps, modcrop

Degradation = Literal["bicubic", "gaussian"]
DEGRADATIONS: tuple[Degradation, ...] = ("bicubic", "gaussian")


def degrade(hr: Floats, scale: int, kind: Degradation = "bicubic", *, edge: Edge = "repeat") -> Floats:
    """Make the low-resolution picture of ``hr``.

    Parameters
    ----------
    hr : (H, W) or (H, W, 3) float array
        Cut with `modcrop` where its sides are not multiples of ``scale``.
    scale : int
        At least 2.
    kind : {"bicubic", "gaussian"}
        "bicubic" is the evaluation protocol's antialiased bicubic. "gaussian" is how the paper words it: Gaussian blur, then
        one sample for every ``scale`` pixels. Its standard deviation is ``sqrt(scale**2 - 1) / 2`` HR pixels, so that a pixel
        that already integrates half a pixel (sigma 1/2) integrates half a *large* pixel afterwards; the samples sit at the centres
        of the large pixels, so that bicubic enlargement puts them back without a shift.
    edge : {"repeat", "mirror"}
        What lies outside the picture.

    Returns
    -------
    float array
        H/scale x W/scale, not rounded and not clipped, in the dtype of ``hr``.

    References
    ----------
    Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, section 4.
    """
    if scale < 2:
        raise OptionError(f"scale must be a whole number of at least 2, got {scale}")
    hr = modcrop(hr, scale)
    if kind == "bicubic":
        return imresize(hr, Fraction(1, scale), edge=edge)
    if kind == "gaussian":
        for axis in (0, 1):
            hr = apply_taps(hr, _gaussian_taps(hr.shape[axis], scale, edge), axis)
        return hr
    raise OptionError(f"degradation must be one of {', '.join(DEGRADATIONS)}, got {kind!r}")


def enlarge(lr: Floats, scale: int, *, edge: Edge = "repeat") -> Floats:
    """Bicubic enlargement: ``ilr``, the picture that SRCNN and the example-based methods start from."""
    return imresize(lr, scale, edge=edge)


def make_pair(hr: Floats, scale: int, kind: Degradation = "bicubic") -> tuple[Floats, Floats, Floats]:
    """``hr`` cut to a multiple of ``scale``, its ``lr``, and the ``ilr`` made from that."""
    hr = modcrop(hr, scale)
    lr = degrade(hr, scale, kind)
    return hr, lr, enlarge(lr, scale)


@lru_cache(maxsize=64)
def _gaussian_taps(n_in: int, scale: int, edge: Edge) -> Taps:
    sigma = np.sqrt(scale**2 - 1) / 2

    def kernel(t: Floats) -> Floats:
        # Cut alike on both sides: the taps reach a little further on one of them.
        return np.asarray(np.where(np.abs(t) <= 4 * sigma, np.exp(-0.5 * (t / sigma) ** 2), 0.0))

    return kernel_taps(n_in, n_in // scale, Fraction(1, scale), kernel, 8 * sigma, edge)
