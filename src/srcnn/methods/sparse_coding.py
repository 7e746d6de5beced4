"""SC: super-resolution by sparse coding, the CVPR 2008 procedure that the paper's table shows.

A pair of dictionaries is learned jointly from features of the low-resolution image and from the patches of the large
one that belong to them; a patch is predicted from the non-negative sparse code of its features.

References
----------
Yang, Wright, Huang, Ma: Image super-resolution as sparse representation of raw image patches, CVPR 2008.
Yang, Wright, Huang, Ma: Image super-resolution via sparse representation, IEEE TIP 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import enlarge
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods.base import Channels, Options, check_lr, one_line
from srcnn.methods.dictionary import MOST_ATOMS
from srcnn.methods.lasso import BLOCK, follow
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

WINDOW = 3  # LR pixels a side
# Both halves' atoms have norm 1 where the method was published, at x3: windows of 81 pixels beside 144 features.
# Where a window has more or fewer pixels, atoms of norm 1 would make each pixel fainter or stronger than it is; the
# norm goes with the window's side.
_PUBLISHED = 3
ZOOM = 2  # features live on the LR image enlarged by 2, whatever the scale
N_FEATURES = 4 * (ZOOM * WINDOW) ** 2


@dataclass(frozen=True, eq=False)
class SparseCoding(Reopened):
    """A pair of dictionaries, ready for use."""

    low: NDArray[np.float32]  # (n_atoms, 144), rows of norm 1
    high: NDArray[np.float32]  # (n_atoms, (3 scale)^2), rows of norm scale / 3
    scale: int
    penalty: float = 0.1
    name: str = "sc"
    channels: Channels = "luma"

    def upscale(self, lr: Floats) -> Floats:
        """Enlarge a plane of luma.

        Parameters
        ----------
        lr : (H, W) array
            Luma in [0, 1]: the range matters, since `penalty` acts as an absolute threshold of contrast.

        Returns
        -------
        (H * scale, W * scale) float32 array
            Not clipped. The outermost ``scale`` pixels, and images with a side below 5 pixels, are bicubic.

        Raises
        ------
        ShapeError, RangeError
            If ``lr`` is not one plane of floats in ``[0, 1]``.
        """
        check_lr(lr, "luma")
        lr = lr.astype(np.float32, copy=False)
        ilr = enlarge(lr, self.scale)
        rows, columns = lr.shape[0] - WINDOW - 1, lr.shape[1] - WINDOW - 1
        if min(rows, columns) < 1:
            return ilr
        zoomed = enlarge(lr, ZOOM)
        total = np.zeros_like(ilr)
        # Always the same runs of windows in reading order: the result does not depend on how much is in work at once.
        for first in range(0, rows * columns, BLOCK):
            run = np.arange(first, min(first + BLOCK, rows * columns))
            row, column = np.divmod(run, columns)
            self._add(total, self._predict(zoomed, row + 1, column + 1), row + 1, column + 1)
        inner = (slice(self.scale, self.scale * (rows + WINDOW)), slice(self.scale, self.scale * (columns + WINDOW)))
        counts = _cover(rows, self.scale)[:, None] * _cover(columns, self.scale)
        ilr[inner] = total[inner] / counts
        return ilr

    __call__ = upscale
    __repr__ = one_line

    def _predict(self, zoomed: Floats, row: NDArray[np.intp], column: NDArray[np.intp]) -> Floats:
        """HR windows, (n, 3 scale, 3 scale), of the LR windows at these corners."""
        top, bottom = int(row[0]) * ZOOM - 2, (int(row[-1]) + WINDOW) * ZOOM + 2
        strip = zoomed[top:bottom]
        y, x = row * ZOOM - top, column * ZOOM
        features = window_features(strip, y, x)
        means = _windows(strip, ZOOM * WINDOW)[y, x].mean(axis=(1, 2))
        norm = np.maximum(np.sqrt((features * features).sum(axis=1)), np.float32(1))
        codes = follow(features / norm[:, None], self.low, self.penalty)
        sr = codes.dense(len(self.low)) @ self.high * norm[:, None] + means[:, None]
        return np.asarray(sr.reshape(len(row), WINDOW * self.scale, WINDOW * self.scale))

    def _add(self, total: Floats, windows: Floats, row: NDArray[np.intp], column: NDArray[np.intp]) -> None:
        s = self.scale
        for r in np.unique(row):
            here = row == r
            start, stop = int(column[here][0]), int(column[here][-1]) + 1
            for shift in range(WINDOW):
                part = windows[here, :, shift * s : (shift + 1) * s]  # (n, 3s, s)
                total[r * s : (r + WINDOW) * s, (start + shift) * s : (stop + shift) * s] += part.transpose(
                    1, 0, 2
                ).reshape(WINDOW * s, -1)


def feature_planes(zoomed: Floats) -> Floats:
    """First and second differences of an image along both axes; 0 where they would reach outside.

    Parameters
    ----------
    zoomed : (H, W) float array
        LR enlarged by `ZOOM`.

    Returns
    -------
    (4, H, W) float array
        First differences along rows and along columns, then second ones.
    """
    planes = np.zeros((4, *zoomed.shape), zoomed.dtype)
    planes[0, :, 1:-1] = zoomed[:, 2:] - zoomed[:, :-2]
    planes[1, 1:-1] = zoomed[2:] - zoomed[:-2]
    planes[2, :, 2:-2] = zoomed[:, 4:] + zoomed[:, :-4] - 2 * zoomed[:, 2:-2]
    planes[3, 2:-2] = zoomed[4:] + zoomed[:-4] - 2 * zoomed[2:-2]
    return planes


def window_features(zoomed: Floats, y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats:
    """Features of windows of the zoomed image.

    Parameters
    ----------
    zoomed : (H, W) float array
        LR enlarged by `ZOOM`.
    y, x : (n,) int arrays
        Row and column of each window's upper left corner.

    Returns
    -------
    (n, 144) float array
        The four planes of differences, one after another, each row by row.
    """
    planes = feature_planes(zoomed)
    return np.concatenate([_windows(plane, ZOOM * WINDOW)[y, x].reshape(len(y), -1) for plane in planes], axis=1)


def _windows(plane: Floats, side: int) -> Floats:
    return sliding_window_view(plane, (side, side))


def _cover(n: int, scale: int) -> NDArray[np.float32]:
    """How many of ``n`` consecutive windows cover each HR pixel of an axis."""
    return np.repeat(np.convolve(np.ones(n), np.ones(WINDOW)), scale).astype(np.float32)


def load(name: str, scale: int, options: Options) -> SparseCoding:
    """Make SC from the weights that come with srcnn.

    What is in work at once is small and fixed: the options change nothing.

    Parameters
    ----------
    name : str
        "sc", or the path of such a model's ``.npz`` file.
    scale : int
        Upscaling factor.
    options : Options
        Not used.

    Returns
    -------
    SparseCoding
        Ready for use.

    Raises
    ------
    OptionError
        If there is no such model at that scale.
    WeightsError
        If its file is missing, damaged or holds no such model.
    """
    return read(weights.find(name, scale))


def read(entry: Entry) -> SparseCoding:
    """Make SC from a weight file.

    Parameters
    ----------
    entry : Entry
        The model's line of the index.

    Returns
    -------
    SparseCoding
        Ready for use.

    Raises
    ------
    WeightsError
        If the file is damaged or holds no such model.
    """
    arrays, card = npz.open_model(entry)
    low = npz.take(arrays, "low", np.float16, (None, N_FEATURES)).astype(np.float32)
    high = npz.take(arrays, "high", np.float16, (len(low), (WINDOW * card.scale) ** 2)).astype(np.float32)
    penalty = float(npz.take(arrays, "penalty", np.float64, ()))
    if not penalty > 0 or len(low) > MOST_ATOMS:
        raise WeightsError(
            f"the model's file has {len(low)} atoms and a penalty of {penalty}; at most {MOST_ATOMS}, and above "
            f"0, make sense"
        )
    return SparseCoding(
        low=low, high=high * np.float32(card.scale / _PUBLISHED), scale=card.scale, penalty=penalty, name=card.name
    )
