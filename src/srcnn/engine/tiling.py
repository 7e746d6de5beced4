"""Tiling of images with the same bytes for every tile size.

A convolution may sum in another order for another input shape, and then differ in the last bit.
So the blocks that a network computes depend on the size of the image alone: all have one shape, the first one starts at
the top left corner, and the last ones are filled up with padding.
A tile, as requested by the caller, is a number of whole blocks and cannot change the result.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Floats
from srcnn.image.raster import Raster, Window
from srcnn.image.resize import PadMode, Taps, apply_taps

BLOCK = (
    192,
    192,
)  # most rows and columns of a block: its layers stay in the caches; 256 is no faster, 128 loses 3 % to its halo
# The same for a network at low resolution, whose halo is wider: rows and columns; 192 for both loses 5 to 13 %.
LOW_RESOLUTION_BLOCK = (256, 512)
_MULTIPLE = (
    8  # block sides are multiples of this, for the blocks of a widened last layer (training/finish.py) and SIMD lanes
)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Grid:
    """The division of an image of ``height`` x ``width`` into blocks."""

    height: int
    width: int
    block: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of blocks."""
        return -(-self.height // self.block[0]) * -(-self.width // self.block[1])

    def tiles(self, tile: int | None, threads: int = 1, within: Window | None = None) -> list[tuple[Window, ...]]:
        """Groups of neighbouring blocks of at most ``tile`` pixels per side, enough groups for all threads.

        A group has at least one block. If a window ``within`` is given, only blocks that overlap it are included.

        Parameters
        ----------
        tile : int or None
            Pixels per side that a group may have; chosen here when None.
        threads : int
            That share the groups.
        within : Window, optional
            Only blocks that this window touches; all of them when None.

        Returns
        -------
        list of tuple of Window
            Groups, each of the blocks that are computed at once.
        """
        (height, width), within = self.block, within or Window(0, self.height, 0, self.width)
        down = range(within.top // height, -(-within.bottom // height))
        across = range(within.left // width, -(-within.right // width))
        rows = min(max(1, (tile or 1) // height), max(1, len(down) // threads))
        columns = max(1, (tile or 1) // width)
        return [
            tuple(self._window(y, x) for y in down[top : top + rows] for x in across[left : left + columns])
            for top in range(0, len(down), rows)
            for left in range(0, len(across), columns)
        ]

    def _window(self, y: int, x: int) -> Window:
        (height, width), top, left = self.block, y * self.block[0], x * self.block[1]
        return Window(top, top + height, left, left + width)


def make_grid(height: int, width: int, largest: tuple[int, int] = BLOCK) -> Grid:
    """Divide an image into blocks of one shape, as few and as small as possible.

    Parameters
    ----------
    height, width : int
        Pixels of the image.
    largest : (int, int)
        Pixels that a block may have, down and across.

    Returns
    -------
    Grid
        The blocks.
    """
    return Grid(height, width, (_side(height, largest[0]), _side(width, largest[1])))


def _side(length: int, largest: int) -> int:
    count = -(-length // largest)
    return -(-length // (count * _MULTIPLE)) * _MULTIPLE


def around(windows: Sequence[Window], halo: int) -> Window:
    """The bounding box of windows, extended by ``halo`` on every side; it may exceed the image.

    Parameters
    ----------
    windows : sequence of Window
        At least one.
    halo : int
        Pixels.

    Returns
    -------
    Window
        The rectangle.
    """
    return Window(
        min(w.top for w in windows) - halo,
        max(w.bottom for w in windows) + halo,
        min(w.left for w in windows) - halo,
        max(w.right for w in windows) + halo,
    )


def cut(raster: Raster, window: Window, padding: PadMode = "edge") -> Floats:
    """The pixels of a window, with edge or symmetric padding outside the image, as in `numpy.pad`.

    Parameters
    ----------
    raster : Raster
        The image.
    window : Window
        What to cut; it may reach beyond the image.
    padding : PadMode
        How the image goes on beyond its borders.

    Returns
    -------
    float array
        The pixels of the window.
    """
    rows, columns = _seen(raster, window, padding)
    there = _spanned(rows, columns)
    part = raster.read(there)
    if there == window:
        return part
    return np.asarray(
        part.take(rows - there.top, 0).take(columns - there.left, 1)
    )  # three times as fast as indexing both at once


def seen_by_cut(raster: Raster, window: Window, padding: PadMode = "edge") -> Window:
    """The part of the image that `cut` reads.

    Parameters
    ----------
    raster : Raster
        The image.
    window : Window
        As `cut` takes it.
    padding : PadMode
        As `cut` takes it.

    Returns
    -------
    Window
        Within the image.
    """
    return _spanned(*_seen(raster, window, padding))


def _seen(raster: Raster, window: Window, padding: PadMode) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    reach = _repeated if padding == "edge" else _mirrored
    return (
        reach(np.arange(window.top, window.bottom), raster.shape[0]),
        reach(np.arange(window.left, window.right), raster.shape[1]),
    )


def _spanned(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Window:
    return Window(int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1)


def _repeated(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    return np.clip(index, 0, length - 1)


def _mirrored(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    there = index % (2 * length)  # back and forth
    return np.minimum(there, 2 * length - 1 - there)


def resized_window(raster: Raster, rows: Taps, columns: Taps, window: Window) -> Floats:
    """A window of ``raster`` resampled by ``rows`` and ``columns``, identical to that part of the whole result.

    Outside the image there is edge padding. Rows are resampled first, as in `srcnn.image.resize.imresize` for equal
    factors.

    Parameters
    ----------
    raster : Raster
        The image that is resampled.
    rows, columns : Taps
        Taps of both axes.
    window : Window
        A part of the result.

    Returns
    -------
    float array
        Its pixels.
    """
    down, across = _reach(rows, window.top, window.bottom), _reach(columns, window.left, window.right)
    part = raster.read(Window(down[1], down[2], across[1], across[2]))
    return apply_taps(apply_taps(part, down[0], 0), across[0], 1)


def seen_by_resizing(rows: Taps, columns: Taps, window: Window) -> Window:
    """The part of the image that `resized_window` reads.

    Parameters
    ----------
    rows, columns : Taps
        Taps of both axes.
    window : Window
        A part of the result.

    Returns
    -------
    Window
        Within the image that is resampled.
    """
    down, across = _reach(rows, window.top, window.bottom), _reach(columns, window.left, window.right)
    return Window(down[1], down[2], across[1], across[2])


@dataclass(frozen=True, eq=False)
class Resized:
    """An image resampled, rows first."""

    raster: Raster
    rows: Taps
    columns: Taps

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole image."""
        return (len(self.rows.index), len(self.columns.index), *self.raster.shape[2:])

    def read(self, window: Window) -> Floats:
        """The values of a window.

        Parameters
        ----------
        window : Window
            The part of the image.

        Returns
        -------
        float array
            Its values, which are not to be written to.
        """
        return resized_window(self.raster, self.rows, self.columns, window)


def _reach(taps: Taps, start: int, stop: int) -> tuple[Taps, int, int]:
    """Taps of output pixels ``start`` to ``stop`` with edge padding, and the range of input pixels they need."""
    at = np.clip(np.arange(start, stop), 0, len(taps.index) - 1)
    index = taps.index[at]
    first, last = int(index.min()), int(index.max())
    return Taps(index - first, taps.weight[at]), first, last + 1


def in_threads(function: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """Call ``function`` on all items, ``threads`` at a time; the first error stops the rest.

    Parameters
    ----------
    function : callable
        Called with one item.
    items : iterable of T
        What it is called with.
    threads : int
        Calls at a time.

    Returns
    -------
    list of R
        Results, in the order of the items.
    """
    items = list(items)
    if threads == 1 or len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(threads, len(items)), thread_name_prefix="srcnn") as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
