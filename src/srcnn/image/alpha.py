"""Colour under transparency, so that upscaling does not mix invisible colours into visible ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from srcnn.image.arrays import Floats
from srcnn.image.raster import Held, Raster, Window, whole

_TRUSTED = 16.0  # a pixel's own colour counts in full from an opacity of 1/16 on


_LEVELS = 4  # squares of 16 pixels per side are the smallest whose means are stored for the whole image
_ROWS = 64 * 2**_LEVELS  # processed at once while they are computed


def fill_transparent(colour: Floats, alpha: Floats) -> Floats:
    """Give transparent pixels the colour of the visible ones near them.

    The colour of fully transparent pixels (mostly black) would bleed into the visible edge as a dark fringe when a
    filter reaches across it. Averaging *premultiplied* colours avoids this.
    It is done before upscaling, not after: a network can then sharpen the colour while alpha is upscaled separately,
    and no division by a small alpha is needed.

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
    return whole(filled(Held(colour), Held(alpha)))


def filled(colour: Raster, alpha: Raster) -> Raster:
    """The same, computed window by window on demand.

    Parameters
    ----------
    colour : Raster
        Grey or RGB.
    alpha : Raster
        Opacity of the same size.

    Returns
    -------
    Raster
        The colours, with those of invisible pixels filled in.
    """
    lowest, highest = np.inf, -np.inf
    for rows in _strips(alpha.shape):
        part = alpha.read(rows)
        lowest, highest = min(lowest, part.min()), max(highest, part.max())
    if highest == 0 or lowest * np.float32(_TRUSTED) >= 1:
        return colour
    return _Filled(colour, alpha, everywhere=bool(lowest > 0))


@dataclass(frozen=True, eq=False)
class _Filled:
    """Colours under transparency; ``everywhere`` means that no pixel is fully transparent."""

    colour: Raster
    alpha: Raster
    everywhere: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return self.colour.shape

    def read(self, window: Window) -> Floats:
        height, width = self.shape[:2]
        # Squares start at multiples of their side, so the processed part must, too.
        side = 2**_LEVELS
        top, left = window.top // side * side, window.left // side * side
        around = Window(
            top, min(-(-window.bottom // side) * side, height), left, min(-(-window.right // side) * side, width)
        )
        premultiplied, alpha, colour = self._read(around)
        own = np.minimum(alpha * np.float32(_TRUSTED), np.float32(1))
        seen = premultiplied / np.maximum(alpha, np.float32(1e-12))
        mean = seen if self.everywhere else self._mean(premultiplied, alpha, 0, around)
        out = np.asarray(colour * own + mean * (1 - own), colour.dtype)
        inside = out[window.top - top : window.bottom - top, window.left - left : window.right - left]
        return inside.reshape(*window.shape, *self.shape[2:])

    def _read(self, window: Window) -> tuple[Floats, Floats, Floats]:
        """Premultiplied colour, alpha and colour, all with three axes."""
        colour = self.colour.read(window).reshape(*window.shape, -1)
        alpha = self.alpha.read(window)[..., None]
        return colour * alpha, alpha, colour

    def _mean(self, premultiplied: Floats, alpha: Floats, level: int, window: Window) -> Floats:
        """Mean colour around every pixel: that of the smallest square with a visible pixel."""
        if level == _LEVELS:
            side = 2**_LEVELS
            return self._coarse[window.top // side :, window.left // side :][: len(alpha), : alpha.shape[1]]
        sums, weights = _halved(premultiplied), _halved(alpha)
        mean = sums / np.maximum(weights, np.float32(1e-12))
        if not (weights > 0).all():
            mean = np.where(weights > 0, mean, self._mean(sums, weights, level + 1, window))
        return np.asarray(np.repeat(np.repeat(mean, 2, axis=0), 2, axis=1)[: alpha.shape[0], : alpha.shape[1]])

    @cached_property
    def _coarse(self) -> Floats:
        """Mean colour around every square of the last level, from the coarser squares."""
        parts = []
        for window in _strips(self.shape):
            premultiplied, alpha, _ = self._read(window)
            for _ in range(_LEVELS):
                premultiplied, alpha = _halved(premultiplied), _halved(alpha)
            parts.append((premultiplied, alpha))
        sums, weights = (np.concatenate(values) for values in zip(*parts, strict=True))
        return _spread(sums, weights)


def _strips(shape: tuple[int, ...]) -> Iterator[Window]:
    for top in range(0, shape[0], _ROWS):
        yield Window(top, min(top + _ROWS, shape[0]), 0, shape[1])


def _spread(premultiplied: Floats, weight: Floats) -> Floats:
    """Mean colour around every pixel: that of the smallest square with a visible pixel."""
    height, width = weight.shape[:2]
    if (height, width) == (1, 1):
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
