"""Bicubic interpolation as a method: the baseline of the table."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from srcnn.engine.tiling import Resized
from srcnn.image.arrays import Floats
from srcnn.image.raster import Raster
from srcnn.image.resize import bicubic_taps, imresize
from srcnn.methods.base import Channels, Options, check_lr, one_line


@dataclass(frozen=True, eq=False)
class Bicubic:
    """MATLAB's ``imresize`` for a plane or an image."""

    scale: int
    name: str = "bicubic"
    channels: Channels = "luma"

    def upscale(self, lr: Floats) -> Floats:
        """Upscale ``lr``, (H, W) or (H, W, 3), by `scale`; float32, neither rounded nor clipped.

        Parameters
        ----------
        lr : (H, W) or (H, W, 3) float array
            Luma or RGB, as ``channels`` says, in ``[0, 1]``.

        Returns
        -------
        float32 array
            Exactly ``scale`` times the size, neither rounded nor clipped.

        Raises
        ------
        ShapeError
            If ``lr`` has another shape.
        RangeError
            If ``lr`` does not hold floats, or one is NaN, infinite or far outside of ``[0, 1]``.
        """
        check_lr(lr)
        return imresize(lr.astype(np.float32, copy=False), self.scale)

    __call__ = upscale
    __repr__ = one_line

    def enlarged(self, lr: Raster) -> Raster:
        """The same, computed window by window on demand.

        Parameters
        ----------
        lr : Raster
            The low-resolution image.

        Returns
        -------
        Raster
            The upscaled image.
        """
        rows, columns = (bicubic_taps(n, n * self.scale, Fraction(self.scale)) for n in lr.shape[:2])
        return Resized(lr, rows, columns)


def load(name: str, scale: int, options: Options) -> Bicubic:
    """Any whole scale; the options are ignored.

    Parameters
    ----------
    name : str
        The model's name.
    scale : int
        Upscaling factor.
    options : Options
        How to compute.

    Returns
    -------
    Bicubic
        Ready for use.
    """
    return Bicubic(scale=scale, name=name)
