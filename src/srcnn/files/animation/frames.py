"""An animation as it is seen: whole frames one after the other, whatever its file stores of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from srcnn.files.picture import Metadata, Picture


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame, composed: the whole image that is seen for some time."""

    pixels: NDArray[Any]  # (H, W) or (H, W, 3) uint8
    alpha: NDArray[Any] | None  # (H, W) uint8, in all frames of an animation or in none
    milliseconds: Fraction  # how long it is seen


@dataclass(frozen=True, kw_only=True)
class Animation:
    """The properties of an animation, and the source of its frames.

    Attributes
    ----------
    height, width : int
        Pixels of every frame.
    count : int
        How many frames there are.
    plays : int
        How often they are played; 0 for endlessly.
    grey, alpha : bool
        Whether the frames have one band of colour, and whether they have alpha.
    metadata : Metadata
        What the file says of the whole.
    poster : Picture or None
        The image that a reader without animations shows, where it is no frame.
    frames : callable
        Yields the frames; each call starts again.
    """

    height: int
    width: int
    count: int
    plays: int
    grey: bool
    alpha: bool
    metadata: Metadata
    poster: Picture | None
    frames: Callable[[], Iterator[Frame]]

    def first(self) -> Picture:
        """The first frame as an image of its own, with the metadata of the file.

        Returns
        -------
        Picture
            Decoded now.
        """
        frame = next(self.frames())
        return Picture(frame.pixels, frame.alpha, self.metadata)
