"""Files of floating-point samples, which may have any range: in memory they lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.picture import Metadata


def in_unit_range(
    strips: list[NDArray[Any]], metadata: Metadata, colours: int
) -> tuple[Iterator[NDArray[Any]], Metadata]:
    """Bring colours to [0, 1]: unchanged if they lie there, otherwise by their own lowest and highest value.

    Parameters
    ----------
    strips : list of (h, W, bands) float32 arrays
        All rows.
    metadata : Metadata
        Of the file.
    colours : int
        Number of bands of colour; what follows is alpha, which is clipped.

    Returns
    -------
    (iterator of array, Metadata)
        The rows, and the metadata with the levels that 0 and 1 stand for.

    Raises
    ------
    ImageError
        If a value is NaN or infinite.
    """
    low = min(float(strip[..., :colours].min()) for strip in strips)
    high = max(float(strip[..., :colours].max()) for strip in strips)
    if not all(np.isfinite(strip).all() for strip in strips):
        raise ImageError("it holds NaN or infinite values; replace them first")
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    spread = high - low or 1.0

    def rows() -> Iterator[NDArray[Any]]:
        for strip in strips:
            colour = (strip[..., :colours].astype(np.float64) - low) / spread
            yield np.clip(np.dstack([colour, strip[..., colours:]]), 0, 1).astype(np.float32)

    return rows(), metadata if (low, high) == (0, 1) else replace(metadata, levels=(low, high))


def with_levels(values: NDArray[Any], levels: tuple[float, float] | None) -> NDArray[Any]:
    """The values of a file from those in memory.

    Parameters
    ----------
    values : float32 array
        Colours in [0, 1].
    levels : (float, float) or None
        What 0 and 1 stand for.

    Returns
    -------
    float32 array
        In the range of the file.
    """
    if levels is None:
        return values
    low, high = levels
    return np.asarray(values.astype(np.float64) * (high - low) + low, np.float32)
