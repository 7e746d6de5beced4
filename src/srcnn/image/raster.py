"""Images that can be read window by window: held in memory, or computed on demand.

A computed window is identical, to the byte, to that part of the whole image.
So an image can be computed from top to bottom without ever being in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from srcnn.image.arrays import Floats


@dataclass(frozen=True)
class Window:
    """A rectangle of an image: rows ``top`` to ``bottom``, columns ``left`` to ``right``, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


class Raster(Protocol):
    """An image of floats, (H, W) or (H, W, bands); one thread at a time reads its windows."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole image."""
        ...

    def read(self, window: Window) -> Floats:
        """The values of a window inside the image; read only.

        Parameters
        ----------
        window : Window
            Within the image.

        Returns
        -------
        float array
            Its values.
        """
        ...


@dataclass(frozen=True, eq=False)
class Held:
    """An image in memory, or the part of it that starts at ``top`` and ``left``."""

    values: Floats
    top: int = 0
    left: int = 0
    whole: tuple[int, ...] | None = None  # shape of the whole image

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the whole image, of which the values may be a part."""
        return self.whole or self.values.shape

    def read(self, window: Window) -> Floats:
        """The values of a window, a view of the array.

        Parameters
        ----------
        window : Window
            The part of the image.

        Returns
        -------
        float array
            Its values, which are not to be written to.
        """
        return self.values[
            window.top - self.top : window.bottom - self.top, window.left - self.left : window.right - self.left
        ]


@dataclass(frozen=True, eq=False)
class Mapped:
    """An image computed pixel by pixel from another one."""

    raster: Raster
    function: Callable[[Floats], Floats]
    bands: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the raster, with other bands."""
        return (*self.raster.shape[:2], *self.bands)

    def read(self, window: Window) -> Floats:
        """The values of a window, computed now.

        Parameters
        ----------
        window : Window
            The part of the image.

        Returns
        -------
        float array
            Its values, which are not to be written to.
        """
        return self.function(self.raster.read(window))


@dataclass(frozen=True, eq=False)
class Turned:
    """An image rotated counter-clockwise ``turns`` times by 90 degrees (`numpy.rot90`), then flipped left to right."""

    raster: Raster
    turns: int
    flipped: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width, exchanged by a quarter turn."""
        height, width, *bands = self.raster.shape
        return (width, height, *bands) if self.turns % 2 else (height, width, *bands)

    @property
    def step(self) -> int:
        """The number of rows that are best read together."""
        return 1 if self.turns % 2 else getattr(self.raster, "step", 1)

    def read(self, window: Window) -> Floats:
        """The values of a window, turned.

        Parameters
        ----------
        window : Window
            The part of the image.

        Returns
        -------
        float array
            Its values, which are not to be written to.
        """
        top, bottom, left, right = window.top, window.bottom, window.left, window.right
        if self.flipped:
            left, right = self.shape[1] - right, self.shape[1] - left
        height, width = self.raster.shape[:2]
        there = {
            0: Window(top, bottom, left, right),
            1: Window(left, right, width - bottom, width - top),
            2: Window(height - bottom, height - top, width - right, width - left),
            3: Window(height - right, height - left, top, bottom),
        }[self.turns % 4]
        values = np.rot90(self.raster.read(there), self.turns)
        return values[:, ::-1] if self.flipped else values


def piece(raster: Raster, window: Window) -> Held:
    """A window of an image, computed now, that keeps its position.

    Parameters
    ----------
    raster : Raster
        The image.
    window : Window
        Within the image.

    Returns
    -------
    Held
        Its values, at their place.
    """
    return Held(raster.read(window), window.top, window.left, raster.shape)


def whole(raster: Raster) -> Floats:
    """The whole image.

    Parameters
    ----------
    raster : Raster
        The image.

    Returns
    -------
    float array
        Its values; those that are held are not copied.
    """
    return raster.read(Window(0, raster.shape[0], 0, raster.shape[1]))
