"""The last stage of KK: at major edges, choose among the candidates by a prior of natural images.

Marked pixels minimise ``sum (x - z)^2 / 2 + strength * sum |x - neighbour|^0.85`` over their candidates.
The inner sum is over eight neighbours.
With an exponent below 1, one clean step costs less than a ramp, which removes the blur and ringing of the regression.
Unmarked pixels keep z.

References
----------
Kim, Kwon: Single-image super-resolution using sparse regression and natural image prior, TPAMI 2010, section 3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Floats

_EXPONENT = np.float32(0.85)
_SWEEPS = 3
_NEIGHBOURS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
_MAX_SIDE = 9
HALO = (
    4 * _SWEEPS + _MAX_SIDE // 2
)  # rows outside a strip that its result depends on: four colours per sweep, each reaching one pixel
_LABELS = 25


@dataclass(frozen=True)
class EdgePrior:
    """Where the prior acts and how strongly; intensities are in [-1, 1].

    Attributes
    ----------
    side : int
        Pixels per side of the window in which edges are detected.
    least_laplacian, least_range : float
        A pixel is at a major edge where the sum of absolute Laplacians and the range of values in its window exceed
        these.
    strength : float
        Weight of the prior, (sigma_R^2 / sigma_N^0.85) of the paper.
    """

    side: int
    least_laplacian: float
    least_range: float
    strength: float


def major_edges(ilr: Floats, lap: Floats, prior: EdgePrior) -> NDArray[np.bool_]:
    """Mark the pixels at major edges.

    Parameters
    ----------
    ilr, lap : (h, w) float arrays
        Upscaled image in [-1, 1], and its Laplacian.
    prior : EdgePrior
        What counts as one.

    Returns
    -------
    (h, w) bool array
        True at an edge.
    """
    size = prior.side
    strong = window_sum(np.abs(lap), size) > prior.least_laplacian
    if not strong.any():
        return strong
    return np.asarray(strong & (_window_max(ilr, size) + _window_max(-ilr, size) > prior.least_range))


def window_sum(plane: Floats, side: int) -> Floats:
    """Sums over windows centred at every pixel; pixels outside the image count as 0.

    They are added in a fixed order, whatever the size.

    Parameters
    ----------
    plane : (H, W) float array
        Any values.
    side : int
        Pixels per side of a window, odd.

    Returns
    -------
    (H, W) float array
        A new one.
    """
    for axis in (0, 1):
        wide = np.pad(plane, [(side // 2, side // 2) if a == axis else (0, 0) for a in (0, 1)])
        n = plane.shape[axis]
        parts = [np.take(wide, range(i, i + n), axis) for i in range(side)]
        plane = parts[0].copy()
        for part in parts[1:]:
            plane += part
    return plane


def _window_max(plane: Floats, side: int) -> Floats:
    for axis in (0, 1):
        wide = np.pad(plane, [(side // 2, side // 2) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        n = plane.shape[axis]
        out = np.take(wide, range(n), axis)
        for i in range(1, side):
            np.maximum(out, np.take(wide, range(i, i + n), axis), out=out)
        plane = out
    return plane


def sharpen_edges(ilr: Floats, lap: Floats, z: Floats, candidates: Floats, prior: EdgePrior) -> Floats:
    """Replace the marked pixels of ``z`` by the candidates that the prior prefers.

    Iterated conditional modes: the marked pixels of one of four colours, no two of them neighbours, each take the
    candidate of least energy given their neighbours; a few sweeps over the colours.

    Parameters
    ----------
    ilr, lap, z : (h, w) float arrays
        Upscaled image in [-1, 1], its Laplacian, and the combined candidates added to the image.
    candidates : (25, h, w) float array
        Each added to the image, too.
    prior : EdgePrior
        Where it acts and how strongly.

    Returns
    -------
    (h, w) float array
        ``z`` itself where no pixel is marked.
    """
    row, column = np.nonzero(major_edges(ilr, lap, prior))
    if not len(row):
        return z
    x = np.pad(z, 1, mode="edge")
    labels = np.concatenate((candidates[:, row, column], z[None, row, column]))  # (26, n)
    distance = (labels - z[row, column]) ** 2 * np.float32(0.5)
    strength = np.float32(prior.strength)
    colours = [np.flatnonzero((row % 2 == i) & (column % 2 == j)) for i in (0, 1) for j in (0, 1)]
    for _ in range(_SWEEPS):
        for chosen in colours:
            r, c = row[chosen] + 1, column[chosen] + 1
            energy = distance[:, chosen].copy()
            for i, j in _NEIGHBOURS:
                energy += strength * np.abs(labels[:, chosen] - x[r + i, c + j]) ** _EXPONENT
            x[r, c] = labels[energy.argmin(axis=0), chosen]
    return np.asarray(x[1:-1, 1:-1])
