"""The steerable pyramid in its spatial form, fifth order: the subbands that IFC compares.

Simoncelli and Freeman, *The steerable pyramid: a flexible architecture for multi-scale derivative computation*, ICIP
1995.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from srcnn.metrics.checks import Plane
from srcnn.metrics.filters import correlate


@dataclass(frozen=True, eq=False)
class Kernels:
    """Correlation kernels of the set "sp5" (source and license: sp5_filters.LICENSE)."""

    first_lowpass: NDArray[np.float64]  # (5, 5), once, before the first level
    lowpass: NDArray[np.float64]  # (9, 9), before every halving; sums to 2
    bands: NDArray[np.float64]  # (6, 7, 7), one an orientation


@lru_cache(maxsize=1)
def sp5() -> Kernels:
    """The kernels, read once.

    Returns
    -------
    Kernels
        One object for all calls.
    """
    with (
        files("srcnn.metrics").joinpath("sp5_filters.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as arrays,
    ):
        return Kernels(arrays["lo0"], arrays["lo"], arrays["bands"])


def steerable_bands(
    plane: Plane, levels: int, orientations: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
) -> Iterator[tuple[int, Plane]]:
    """Oriented subbands of an image, finest level first.

    Parameters
    ----------
    plane : (H, W) float64 array
        Sides that survive ``levels - 1`` halvings with more than 4 pixels.
    levels : int
        Number of levels; each has half the size of the one before.
    orientations : tuple of int
        Which of the six bands to compute on every level, 0 to 5.

    Yields
    ------
    (int, (h, w) float64 array)
        Level from 1 (finest), and the band's coefficients at that level's full resolution, in the order of
        ``orientations``.
    """
    kernels = sp5()
    lowpass = correlate(plane, kernels.first_lowpass)
    for level in range(1, levels + 1):
        for orientation in orientations:
            yield level, correlate(lowpass, kernels.bands[orientation])
        if level < levels:
            lowpass = correlate(lowpass, kernels.lowpass, step=2)
