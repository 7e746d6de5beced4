"""A part of an image, in the image's pixels."""

from dataclasses import dataclass

import numpy as np

from srcnn import options
from srcnn.errors import OptionError
from srcnn.image.arrays import Floats, Image


@dataclass(frozen=True)
class Crop:
    """A rectangle of an image's pixels.

    Attributes
    ----------
    x : int
        Column of its upper left pixel.
    y : int
        Row of its upper left pixel.
    width : int
        Pixels across.
    height : int
        Pixels down.

    Raises
    ------
    OptionError
        If one is no whole number, ``x`` or ``y`` is negative, or there is no pixel.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        for name, least in (("x", 0), ("y", 0), ("width", 1), ("height", 1)):
            value = options.whole(f"the {name} of a crop", getattr(self, name), at_least=least)
            object.__setattr__(self, name, value)

    def of(self, pixels: Image) -> Image:
        """The part of an image.

        Parameters
        ----------
        pixels : (H, W) or (H, W, 3) array
            The image.

        Returns
        -------
        array
            A view of it.

        Raises
        ------
        OptionError
            If it does not lie in the image.
        """
        rows, columns = pixels.shape[:2]
        if self.x + self.width > columns or self.y + self.height > rows:
            raise OptionError(
                f"the crop {self} reaches to column {self.x + self.width} and row {self.y + self.height}, "
                f"the image has {columns}x{rows} pixels"
            )
        return pixels[self.y : self.y + self.height, self.x : self.x + self.width]

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


def parse_crop(text: str) -> Crop:
    """Read ``X,Y,WIDTH,HEIGHT``.

    Parameters
    ----------
    text : str
        Four numbers with commas between them.

    Returns
    -------
    Crop
        The part.

    Raises
    ------
    OptionError
        If the text is not four whole numbers, or these are no `Crop`.
    """
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"a crop is four whole numbers X,Y,WIDTH,HEIGHT, got {text!r}") from None
    return Crop(x, y, width, height)


def strongest(values: Floats, width: int, height: int) -> Crop:
    """The part in which values have the greatest sum.

    Parameters
    ----------
    values : (H, W) array
        Such as differences, or detail.
    width, height : int
        Pixels of the part; no more than there are.

    Returns
    -------
    Crop
        The first of equal ones, row by row.
    """
    rows, columns = min(height, values.shape[0]), min(width, values.shape[1])
    sums = np.pad(values.cumsum(axis=0, dtype=np.float64).cumsum(axis=1), ((1, 0), (1, 0)))
    boxes = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
    y, x = divmod(int(boxes.argmax()), boxes.shape[1])
    return Crop(x, y, columns, rows)
