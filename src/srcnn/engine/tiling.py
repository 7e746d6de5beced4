"""Pictures in blocks: the same bytes however much is held at once.

A convolution's sums may run in another order when its input has another shape, and then differ in the last bit. So the blocks
that a network computes are fixed by the size of the picture alone: all of one shape, from its upper left corner, the last ones
filled up with what lies beyond the picture. What a caller calls a tile is a number of whole blocks and cannot change a result.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Floats
from srcnn.image.resize import Taps, apply_taps
from srcnn.weights.card import Beyond

BLOCK = (192, 192)  # the largest rows and columns of a block: its layers stay in the caches; 256 is no faster, 128 loses 3 % to its halo
# The same of a network at low resolution, whose halo is wider: rows and columns; 192 of both lose 5 to 13 %.
LOW_RESOLUTION_BLOCK = (256, 512)
_MULTIPLE = 8  # sides of a block, so that what a last layer makes at once (training/finish.py) and SIMD lanes come out whole

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture: rows ``top`` to ``bottom``, columns ``left`` to ``right``, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Grid:
    """How a picture of ``height`` x ``width`` is cut into blocks."""

    height: int
    width: int
    block: tuple[int, int]

    def tiles(self, tile: int | None, threads: int = 1) -> list[tuple[Window, ...]]:
        """Groups of neighbouring blocks of at most ``tile`` pixels a side (at least one block), enough groups for all threads."""
        down, across = -(-self.height // self.block[0]), -(-self.width // self.block[1])
        rows = min(max(1, (tile or 1) // self.block[0]), max(1, down // threads))
        columns = max(1, (tile or 1) // self.block[1])
        return [
            tuple(self._window(y, x) for y in range(top, min(top + rows, down)) for x in range(left, min(left + columns, across)))
            for top in range(0, down, rows)
            for left in range(0, across, columns)
        ]

    def _window(self, y: int, x: int) -> Window:
        (height, width), top, left = self.block, y * self.block[0], x * self.block[1]
        return Window(top, top + height, left, left + width)


def make_grid(height: int, width: int, largest: tuple[int, int] = BLOCK) -> Grid:
    """Cut a picture into blocks of one shape, as few and as equal as can be."""
    return Grid(height, width, (_side(height, largest[0]), _side(width, largest[1])))


def _side(length: int, largest: int) -> int:
    count = -(-length // largest)
    return -(-length // (count * _MULTIPLE)) * _MULTIPLE


def around(windows: Sequence[Window], halo: int) -> Window:
    """The rectangle around windows, wider by ``halo`` on every side; it may reach beyond the picture."""
    return Window(
        min(w.top for w in windows) - halo,
        max(w.bottom for w in windows) + halo,
        min(w.left for w in windows) - halo,
        max(w.right for w in windows) + halo,
    )


def cut(image: Floats, window: Window, beyond: Beyond = "edge") -> Floats:
    """The pixels of a window; beyond the picture its edge is repeated, or the picture is mirrored, as `numpy.pad` would do."""
    reach = _repeated if beyond == "edge" else _mirrored
    rows = reach(np.arange(window.top, window.bottom), image.shape[0])
    columns = reach(np.arange(window.left, window.right), image.shape[1])
    if np.array_equal(rows, np.arange(window.top, window.bottom)) and np.array_equal(columns, np.arange(window.left, window.right)):
        return image[window.top : window.bottom, window.left : window.right]
    return np.asarray(image.take(rows, 0).take(columns, 1))  # three times as fast as an index of both


def _repeated(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    return np.clip(index, 0, length - 1)


def _mirrored(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    there = index % (2 * length)  # to and fro
    return np.minimum(there, 2 * length - 1 - there)


def resized_window(image: Floats, rows: Taps, columns: Taps, window: Window) -> Floats:
    """A window of the picture that ``rows`` and ``columns`` resample ``image`` to, to the byte as in the whole of it.

    Beyond that picture its edge is repeated. Rows are resampled first, as `srcnn.image.resize.imresize` does for equal factors.
    """
    down, across = _reach(rows, window.top, window.bottom), _reach(columns, window.left, window.right)
    part = image[down[1] : down[2], across[1] : across[2]]
    return apply_taps(apply_taps(part, down[0], 0), across[0], 1)


def _reach(taps: Taps, start: int, stop: int) -> tuple[Taps, int, int]:
    """Taps of output pixels ``start`` to ``stop``, the edge repeated, and the range of input pixels that they need."""
    at = np.clip(np.arange(start, stop), 0, len(taps.index) - 1)
    index = taps.index[at]
    first, last = int(index.min()), int(index.max())
    return Taps(index - first, taps.weight[at]), first, last + 1


def in_threads(function: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """Call ``function`` on all items, ``threads`` at a time; the first error stops the rest."""
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
