"""A sheet of images, texts and frames at pixel positions, written as PNG, SVG or PDF."""

import math
from dataclasses import dataclass

import numpy as np

from srcnn.image.arrays import Bytes, Floats, Image, to_integers
from srcnn.image.resize import imresize
from srcnn.visualise.figures import DPI, VERMILION, encode, new_figure, printable, style

POINT = DPI / 72  # pixels per typographic point


@dataclass(frozen=True, eq=False)
class PlacedImage:
    """A grey or RGB image, shown pixel for pixel."""

    pixels: Bytes
    left: int
    top: int


@dataclass(frozen=True)
class Label:
    """One line of text with its size in points; ``x`` is its centre, or its left end if not ``centred``."""

    text: str
    x: float
    top: float
    size: float = 10
    bold: bool = False
    centred: bool = True

    @property
    def width(self) -> int:
        """Width of the line in pixels."""
        return text_width(self.text, self.size, bold=self.bold)


@dataclass(frozen=True)
class Frame:
    """A rectangle drawn around pixels of the sheet."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """The items on a white sheet of ``width`` x ``height`` pixels, with the origin at the top left."""

    width: int
    height: int
    images: tuple[PlacedImage, ...] = ()
    words: tuple[Label, ...] = ()
    frames: tuple[Frame, ...] = ()

    def encode(self, kind: str = "png") -> bytes:
        """Encode the sheet in one of `figures.FORMATS`; pixels of images are not changed.

        Parameters
        ----------
        kind : str
            "png", "svg" or "pdf".

        Returns
        -------
        bytes
            The file.

        Raises
        ------
        MissingExtraError
            If Matplotlib is not installed.
        """
        with style():
            from matplotlib.patches import Rectangle

            figure = new_figure(self.width, self.height, facecolor="white")
            whole = figure.add_axes(
                (0, 0, 1, 1), xlim=(0, self.width), ylim=(self.height, 0), frame_on=False, xticks=[], yticks=[]
            )
            for placed in self.images:
                height, width = placed.pixels.shape[:2]
                bottom = self.height - placed.top - height
                box = (placed.left / self.width, bottom / self.height, width / self.width, height / self.height)
                axes = figure.add_axes(box, frame_on=False, xticks=[], yticks=[])
                # Grey images as RGB, too: a colour map of 256 greys rounds some of them to their neighbour.
                axes.imshow(
                    np.broadcast_to(np.atleast_3d(placed.pixels), (height, width, 3)),
                    interpolation="none",
                    aspect="auto",
                )
            for frame in self.frames:
                # White below, so that it is visible on any background.
                for colour, line in (("white", 5.0), (VERMILION, 3.0)):
                    corner = (frame.left, frame.top)
                    whole.add_patch(
                        Rectangle(
                            corner, frame.width, frame.height, fill=False, edgecolor=colour, linewidth=line / POINT
                        )
                    )
            whole.set_zorder(1)
            whole.patch.set_visible(False)
            for words in self.words:
                whole.text(
                    words.x,
                    words.top,
                    printable(words.text),
                    fontsize=words.size,
                    fontweight="bold" if words.bold else "normal",
                    horizontalalignment="center" if words.centred else "left",
                    verticalalignment="top",
                    parse_math=False,
                )
            return encode(figure, kind)


def text_width(text: str, size: float, *, bold: bool = False) -> int:
    """Width in pixels of a line of text of the given size in points.

    Parameters
    ----------
    text : str
        The line.
    size : float
        In points.
    bold : bool
        Whether it is bold.

    Returns
    -------
    int
        Rounded up.
    """
    with style():
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
        width, _, _ = RendererAgg(1, 1, DPI).get_text_width_height_descent(printable(text), font, ismath=False)
        return math.ceil(float(width))


def line_height(size: float) -> int:
    """Line spacing in pixels for a text size in points.

    Parameters
    ----------
    size : float
        In points.

    Returns
    -------
    int
        In whole pixels.
    """
    return math.ceil(1.35 * size * POINT)


def columns_for(count: int, width: int, height: int) -> int:
    """Number of columns for ``count`` cells such that the sheet is about 8 to 5 and has few empty cells.

    Parameters
    ----------
    count : int
        How many cells.
    width, height : int
        Of a cell.

    Returns
    -------
    int
        From 1 to ``count``.
    """

    def badness(columns: int) -> tuple[float, int]:
        rows = -(-count // columns)
        shape = abs(math.log(columns * width / (rows * height) / 1.6))
        return shape + (columns * rows - count) / count, columns

    return min(range(1, count + 1), key=badness)


def magnified(pixels: Image, times: int) -> Image:
    """Every pixel repeated in both directions.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) array
        The image.
    times : int
        How often.

    Returns
    -------
    array
        A copy.
    """
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def resized(pixels: Bytes, height: int, width: int) -> Bytes:
    """Resize an image by bicubic interpolation, antialiased when downscaling.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8 array
        The image.
    height, width : int
        Pixels of the result.

    Returns
    -------
    uint8 array
        Rounded and clipped.
    """
    floats: Floats = imresize(pixels / 255.0, shape=(height, width))
    return to_integers(floats)
