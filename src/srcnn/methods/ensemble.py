"""Geometric self-ensemble: the mean of a method's results for the eight flips and rotations of an image.

Timofte, Rothe, Van Gool: Seven Ways to Improve Example-Based Single Image Super Resolution, CVPR 2016.
The weights do not change; it takes eight times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from srcnn.image.arrays import Floats
from srcnn.image.raster import Held, Raster, Turned, Window, whole
from srcnn.methods.base import TTA, Channels, Method, check_lr, enlarged, one_line


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A method in self-ensemble, itself a method."""

    method: Method

    @property
    def name(self) -> str:
        """The method's name and "+tta"."""
        return self.method.name + TTA

    @property
    def scale(self) -> int:
        """Whole factor by which both sides grow."""
        return self.method.scale

    @property
    def channels(self) -> Channels:
        """What `upscale` takes."""
        return self.method.channels

    def upscale(self, lr: Floats) -> Floats:
        """Make ``sr``, float32, from ``lr``: the mean of eight results.

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
        return self_ensemble(self.method)(lr)

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
        return _Mean(tuple(_turned_back(enlarged(self.method, Turned(lr, *turn)), *turn) for turn in _TURNS))


_TURNS = tuple((turns, flipped) for turns in range(4) for flipped in (False, True))


def _turned_back(sr: Raster, turns: int, flipped: bool) -> Raster:
    return Turned(Turned(sr, 0, flipped), -turns % 4)


@dataclass(frozen=True, eq=False)
class _Mean:
    rasters: tuple[Raster, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.rasters[0].shape

    @property
    def step(self) -> int:
        """The number of rows that are best read together."""
        return getattr(self.rasters[0], "step", 1)

    def read(self, window: Window) -> Floats:
        total = self.rasters[0].read(window).astype(np.float64)
        for raster in self.rasters[1:]:
            total += raster.read(window)
        total /= len(self.rasters)
        return total.astype(np.float32)


def self_ensemble(enlarge: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """The function lr → sr that averages ``enlarge`` over eight flips and rotations; (H, W) or (H, W, 3) arrays.

    Parameters
    ----------
    enlarge : callable
        From ``lr`` to ``sr``.

    Returns
    -------
    callable
        From ``lr`` to the mean of eight.
    """

    def mean(lr: Floats) -> Floats:
        total: Floats | None = None
        for turn in _TURNS:
            sr = enlarge(np.ascontiguousarray(whole(Turned(Held(lr), *turn))))
            back = whole(_turned_back(Held(sr), *turn))
            total = back.astype(np.float64) if total is None else total + back
        assert total is not None
        return (total / len(_TURNS)).astype(np.float32)

    return mean
