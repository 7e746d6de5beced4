"""Bicubic interpolation as a method: the row of the table that all others are measured against."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from srcnn.image.arrays import Floats, check_picture
from srcnn.image.resize import imresize

if TYPE_CHECKING:
    from srcnn.methods import Channels, Options


@dataclass(frozen=True)
class Bicubic:
    """MATLAB's ``imresize``; takes a plane or a picture."""

    scale: int
    name: str = "bicubic"
    channels: "Channels" = "luma"

    def upscale(self, lr: Floats) -> Floats:
        """Enlarge ``lr``, (H, W) or (H, W, 3), by `scale`; float32, neither rounded nor clipped."""
        check_picture(lr, "lr")
        return imresize(lr.astype(np.float32, copy=False), self.scale)

    __call__ = upscale


def load(name: str, scale: int, options: "Options") -> Bicubic:
    """Any whole scale; the options change nothing."""
    return Bicubic(scale=scale, name=name)
