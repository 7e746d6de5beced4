"""Shared by NE+LLE, ANR and A+: windows, features of ILR, their projection, and assembling the image.

A *cell* is the ``scale`` x ``scale`` square of HR pixels that one LR pixel became, and a *window* is 3 x 3 cells.
Windows start on cells, and a frame of one cell is left out; everything here therefore uses the grid of cells, and an
image is an array ``(rows, columns, values of a cell)``.
A window's vector joins its nine cells row by row; in a cell's features the order is: plane (horizontal gradient,
vertical gradient, horizontal Laplacian, vertical Laplacian), row, column.

Numbers on grids. Features, atoms and regressors are rounded to multiples of powers of two that are so coarse that every
product of matrices here is *exact*: no sum is rounded, so neither the order of summation nor the BLAS library, the
number of threads, the size of a block or the position of a window in it can change a bit of the result.
The errors of these grids are far below what is visible in any score (see `Projection` and `unit_features`).

References
----------
Zeyde, Elad, Protter: On single image scale-up using sparse-representations, 2010.
Timofte, De Smet, Van Gool: Anchored neighborhood regression for fast example-based super-resolution, ICCV 2013.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.tiling import resized_window, seen_by_resizing
from srcnn.image.arrays import Floats
from srcnn.image.raster import Held, Raster, Window, piece, whole
from srcnn.image.resize import bicubic_taps
from srcnn.methods.base import check_lr

WINDOW = 3  # cells per side
FRAME = 1  # cells that no window covers, on every side
CELLS = WINDOW * WINDOW
# Windows processed at once: 60 to 100 MB, and large enough for efficient matrix products over groups of windows.
BLOCK = 16_384

_ROWS = 8  # rows of windows projected at once: the products stay in the cache until they are summed
_PIXEL_BITS = 20  # ILR is rounded to multiples of 2**-20 before features are taken: 8-bit levels are 4096 times coarser
MATRIX_BITS = 15  # the projection's, in int16
_FEATURE_BITS = 20  # projected features
_UNIT_BITS = 12  # features of unit size, for the choice of anchors and for regression in single precision

Predict = Callable[[NDArray[np.float64]], NDArray[np.float32]]
"""Maps features of windows, (n, n_features) float64, to details, (n, 9 scale²) float32, row by row."""


def to_grid(values: Floats, bits: int) -> NDArray[np.float64]:
    """Round to the nearest multiple of ``2**-bits``.

    Parameters
    ----------
    values : float array
        Any shape.
    bits : int
        Binary places that are kept.

    Returns
    -------
    float64 array
        A new one of the same shape.
    """
    scaled = values * np.float64(2.0**bits)
    np.rint(scaled, out=scaled)
    scaled *= 2.0**-bits
    return scaled


def feature_cells(ilr: Floats, scale: int) -> NDArray[np.float64]:
    """First and second differences of ILR, by cells.

    Parameters
    ----------
    ilr : (scale h, scale w) array
        An image, or a band of rows with the frame of cells around what is wanted.
    scale : int
        Pixels per side of a cell.

    Returns
    -------
    (h - 2, w - 2, 4 scale²) array
        Of all cells but the frame: two gradients over ``scale`` pixels and two Laplacians with ``scale`` pixels between
        taps, multiples of ``2**-21``.
    """
    pixels = to_grid(ilr, _PIXEL_BITS)
    height, width = pixels.shape
    ahead, behind = (
        scale // 2,
        scale - scale // 2,
    )  # an even filter cannot be centred; fitting and use agree on this side

    def shifted(dy: int, dx: int) -> NDArray[np.float64]:
        return pixels[scale + dy : height - scale + dy, scale + dx : width - scale + dx]

    here = shifted(0, 0)
    planes = (
        shifted(0, ahead) - shifted(0, -behind),
        shifted(ahead, 0) - shifted(-behind, 0),
        0.5 * (shifted(0, -scale) + shifted(0, scale)) - here,
        0.5 * (shifted(-scale, 0) + shifted(scale, 0)) - here,
    )
    rows, columns = height // scale - 2 * FRAME, width // scale - 2 * FRAME
    cells = np.empty((rows, columns, 4, scale, scale))
    for index, plane in enumerate(planes):
        cells[:, :, index] = by_cells(plane, scale)
    return cells.reshape(rows, columns, 4 * scale**2)


@dataclass(frozen=True, eq=False)
class Projection:
    """Principal components that features are reduced to.

    Attributes
    ----------
    matrix : (36 scale², n_features) int16 array
        Columns of length 1, in units of ``2**-15``: an error of at most 1.5e-5 a number, less than half precision
        makes.
    """

    matrix: NDArray[np.int16]

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.matrix.shape[1])

    def __call__(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features of all windows.

        Parameters
        ----------
        cells : (rows, columns, 4 scale²) float64 array
            What `feature_cells` gave.

        Returns
        -------
        (rows - 2, columns - 2, n_features) float64 array
            Multiples of ``2**-20``.
        """
        out = np.zeros((cells.shape[0] - WINDOW + 1, cells.shape[1] - WINDOW + 1, self.width))
        for top in range(0, len(out), _ROWS):
            self._add(out[top : top + _ROWS], cells[top : top + _ROWS + WINDOW - 1])
        return to_grid(out, _FEATURE_BITS)

    def _add(self, out: NDArray[np.float64], cells: NDArray[np.float64]) -> None:
        # Neighbouring windows share cells: multiply each cell by its nine possible positions, then add shifted arrays.
        # The sums are exact: multiples of 2**-36 below 2**15.
        parts = (cells.reshape(-1, cells.shape[2]) @ self._by_place).reshape(*cells.shape[:2], CELLS, self.width)
        for place in range(CELLS):
            a, b = divmod(place, WINDOW)
            out += parts[a : a + out.shape[0], b : b + out.shape[1], place]

    @cached_property
    def _by_place(self) -> NDArray[np.float64]:
        matrix = np.ldexp(self.matrix.astype(np.float64), -MATRIX_BITS)
        places = matrix.reshape(CELLS, -1, self.width)
        return np.ascontiguousarray(places.transpose(1, 0, 2)).reshape(-1, CELLS * self.width)


def unit_features(features: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Features scaled to a length between 1/2 and 1 by a power of two, and its exponent.

    Parameters
    ----------
    features : (n, n_features) float64 array
        Multiples of ``2**-20``.

    Returns
    -------
    unit : (n, n_features) float32 array
        Multiples of ``2**-12``, an error of at most 1.2e-4: products with numbers of 11 bits are exact in single
        precision, which is twice as fast as double.
    exponent : (n,) int32 array
        ``features`` is about ``unit * 2**exponent``; 0 where all features are 0.
    """
    length = np.sqrt(np.einsum("ij,ij->i", features, features))
    exponent = np.frexp(length)[1].astype(np.int32)
    unit = to_grid(np.ldexp(features, -exponent[:, None]), _UNIT_BITS)
    return unit.astype(np.float32), exponent


def upscale_windows(
    lr: Floats, scale: int, projection: Projection, predict: Predict, *, block: int = BLOCK
) -> NDArray[np.float32]:
    """Upscale one plane: ILR plus the predicted details of all windows, averaged where windows overlap.

    Parameters
    ----------
    lr : (h, w) float array
        Luma. An image with a side below 5 pixels has no window, so ILR is returned.
    scale : int
        Upscaling factor.
    projection : Projection
        Projection of the features.
    predict : callable
        Details of windows from their features.
    block : int
        Windows processed at once (at least one row of them). It bounds memory and changes no bit of the result.

    Returns
    -------
    (scale h, scale w) float32 array
        Not clipped. The outermost ``scale`` pixels are ILR.

    Raises
    ------
    ShapeError, RangeError
        If ``lr`` is not one plane of floats in ``[0, 1]``.
    """
    check_lr(lr, "luma")
    return np.asarray(
        whole(enlarged_windows(Held(lr.astype(np.float32, copy=False)), scale, projection, predict, block=block))
    )


def enlarged_windows(lr: Raster, scale: int, projection: Projection, predict: Predict, *, block: int = BLOCK) -> Raster:
    """As `upscale_windows`, computed window by window on demand.

    Parameters
    ----------
    lr : Raster
        Luma, (h, w).
    scale, projection, predict, block
        As in `upscale_windows`.

    Returns
    -------
    Raster
        The upscaled luma, (scale h, scale w).
    """
    return _Enlarged(lr, scale, projection, predict, block)


@dataclass(frozen=True, eq=False)
class _Enlarged:
    """ILR and the details of all windows that overlap the requested one."""

    lr: Raster
    scale: int
    projection: Projection
    predict: Predict
    block: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.lr.shape[0] * self.scale, self.lr.shape[1] * self.scale

    def read(self, window: Window) -> NDArray[np.float32]:
        s = self.scale
        # In cells: all windows that cover a cell, and the cells that their features depend on.
        asked = Window(window.top // s, -(-window.bottom // s), window.left // s, -(-window.right // s))
        reach = WINDOW - 1 + FRAME
        seen = Window(
            max(asked.top - reach, 0),
            min(asked.bottom + reach, self.lr.shape[0]),
            max(asked.left - reach, 0),
            min(asked.right + reach, self.lr.shape[1]),
        )
        rows, columns = (bicubic_taps(n, n * s, Fraction(s)) for n in self.lr.shape)
        pixels = Window(seen.top * s, seen.bottom * s, seen.left * s, seen.right * s)
        lr = piece(self.lr, seen_by_resizing(rows, columns, pixels))
        ilr = resized_window(lr, rows, columns, pixels)
        sr = ilr.copy()
        self._add_details(sr, ilr, seen)
        return sr[
            window.top - pixels.top : window.bottom - pixels.top, window.left - pixels.left : window.right - pixels.left
        ]

    def _add_details(self, sr: NDArray[np.float32], ilr: Floats, seen: Window) -> None:
        """Add to a part of the image, those cells of ``seen`` apart that further windows cover, too."""
        scale = self.scale
        rows, columns = (side - 2 * FRAME - WINDOW + 1 for side in seen.shape)
        if rows < 1 or columns < 1:
            return
        band = max(1, self.block // columns)
        overlap = WINDOW - 1
        row_counts = _counts(self.lr.shape[0] - 2 * FRAME - WINDOW + 1)[seen.top :]
        column_counts = _counts(self.lr.shape[1] - 2 * FRAME - WINDOW + 1)[seen.left : seen.left + columns + overlap]
        carried = np.zeros((overlap, columns + overlap, scale**2), np.float32)
        for top in range(0, rows, band):
            height = min(band, rows - top)
            # The windows of the band cover cell rows from top + FRAME; features need one more cell on either side.
            cells = feature_cells(ilr[top * scale : (top + height + overlap + 2 * FRAME) * scale], scale)
            features = self.projection(cells).reshape(height * columns, -1)
            details = self.predict(features).reshape(height, columns, CELLS, scale**2)
            total = np.zeros((height + overlap, columns + overlap, scale**2), np.float32)
            total[:overlap] = carried
            # From the last rows of the windows to the first: a cell is always summed from its upper to its lower
            # windows, across bands too.
            for a in reversed(range(WINDOW)):
                for b in range(WINDOW):
                    total[a : a + height, b : b + columns] += details[:, :, a * WINDOW + b]
            carried = total[height:].copy()
            done = height + (overlap if top + height == rows else 0)
            total[:done] /= (row_counts[top : top + done, None] * column_counts)[..., None]
            place = sr[(top + FRAME) * scale : (top + FRAME + done) * scale, scale:-scale]
            place += _from_cells(total[:done], scale)


def block_size(tile: int | None) -> int:
    """The number of windows to process at once for a ``tile``, given by its side in LR pixels.

    Parameters
    ----------
    tile : int or None
        Side in LR pixels; None chooses `BLOCK`.

    Returns
    -------
    int
        Windows.
    """
    return BLOCK if tile is None else tile**2


def _counts(windows: int) -> NDArray[np.float32]:
    """The number of windows in a row that cover each of their cells."""
    cell = np.arange(windows + WINDOW - 1)
    return np.asarray(np.minimum(cell, windows - 1) - np.maximum(cell - WINDOW + 1, 0) + 1, np.float32)


def by_cells(plane: Floats, scale: int) -> Floats:
    """The cells of ``scale`` x ``scale`` pixels that a plane is made of.

    Parameters
    ----------
    plane : (H, W) array
        Sides that are multiples of ``scale``.
    scale : int
        Pixels per side of a cell.

    Returns
    -------
    (H / scale, W / scale, scale, scale) array
        A view if ``plane`` allows one.
    """
    rows, columns = plane.shape[0] // scale, plane.shape[1] // scale
    return plane.reshape(rows, scale, columns, scale).swapaxes(1, 2)


def _from_cells(cells: Floats, scale: int) -> Floats:
    rows, columns = cells.shape[:2]
    return cells.reshape(rows, columns, scale, scale).swapaxes(1, 2).reshape(rows * scale, columns * scale)
