"""Geometric self-ensemble: the mean of what a method makes of a picture's eight flips and rotations.

Timofte, Rothe, Van Gool: Seven Ways to Improve Example-Based Single Image Super Resolution, CVPR 2016. No weights are changed; it takes
eight times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from srcnn.image.arrays import Floats
from srcnn.methods import TTA

if TYPE_CHECKING:
    from srcnn.methods import Channels, Method


@dataclass(frozen=True)
class Ensemble:
    """A method in self-ensemble, itself a method."""

    method: "Method"

    @property
    def name(self) -> str:
        """The method's name and "+tta"."""
        return self.method.name + TTA

    @property
    def scale(self) -> int:
        """Whole factor by which both sides grow."""
        return self.method.scale

    @property
    def channels(self) -> "Channels":
        """What `upscale` takes."""
        return self.method.channels

    def upscale(self, lr: Floats) -> Floats:
        """Make ``sr``, float32, from ``lr``: a mean of eight."""
        return self_ensemble(self.method)(lr)

    __call__ = upscale


def self_ensemble(enlarge: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """The function lr → sr that averages ``enlarge`` over eight flips and rotations; (H, W) or (H, W, 3) arrays."""

    def mean(lr: Floats) -> Floats:
        total: Floats | None = None
        for turn in range(4):
            for flip in (False, True):
                turned = np.rot90(lr, turn)
                sr = enlarge(np.ascontiguousarray(turned[:, ::-1] if flip else turned))
                back = np.rot90(sr[:, ::-1] if flip else sr, -turn)
                total = back.astype(np.float64) if total is None else total + back
        assert total is not None
        return (total / 8).astype(np.float32)

    return mean
