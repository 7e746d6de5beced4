"""Images of which any window can be asked for: held in memory, or computed at that moment.

What is computed for a window is, to the byte, what the whole image would hold there.
So an image can be made from top to bottom without ever being whole.
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
    """An image of floats, (H, W) or (H, W, bands); its windows are asked for by one thread at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the whole."""
        ...

    def read(self, window: Window) -> Floats:
        """The values of a window that lies within the image; not to be written to.

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
    """An image in memory, or the piece of it that begins at ``top`` and ``left``."""

    values: Floats
    top: int = 0
    left: int = 0
    whole: tuple[int, ...] | None = None  # shape of the image that this is a piece of

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
    """An image whose every pixel is made of the same pixel of another."""

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
    """An image turned ``turns`` times by 90 degrees counter-clockwise, as `numpy.rot90` does, and then flipped from
    left to right.
    """

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
        """Rows that are best asked for together."""
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
    """A window of an image, computed now, which still knows its place.

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
    """All of an image.

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
