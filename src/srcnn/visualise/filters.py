"""The filters of a network's first layer, as in the paper's figure: sorted by their variances.

Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016, section 4.3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.image.arrays import Bytes, Floats, to_integers
from srcnn.visualise.canvas import Sheet
from srcnn.visualise.layers import NetworkSummary
from srcnn.visualise.tiles import draw_tiles

_NOTES = (
    "Sorted by variance, which is printed below each with the filter's number. Each is divided by its largest weight:",
    "grey is 0, white is plus and black is minus that weight, so a filter that does almost nothing shows "
    "noise and a small variance.",
)


def first_filters(summary: NetworkSummary) -> NDArray[np.float32]:
    """The filters of the first layer, (n, channels, height, width), in the order of the file.

    Parameters
    ----------
    summary : NetworkSummary
        The network.

    Returns
    -------
    float32 array
        Not to be written to.

    Raises
    ------
    WeightsError
        If the network has no convolution.
    """
    if not summary.convolutions:
        raise WeightsError(f"the network {summary.card.name!r} has no convolution")
    weights = summary.convolutions[0].weights
    assert weights is not None
    return weights


def by_variance(filters: Floats) -> Sequence[int]:
    """Indices of the filters by descending variance; ties keep their order.

    Parameters
    ----------
    filters : (n, channels, height, width) float array
        As `first_filters` gives them.

    Returns
    -------
    sequence of int
        Positions along the first axis.
    """
    return [int(i) for i in np.argsort(-_variances(filters), kind="stable")]


def shown(weights: Floats) -> Bytes:
    """One filter (channels, height, width) as an image: 0 is grey, its largest weight white or black.

    Parameters
    ----------
    weights : (channels, height, width) float array
        The filter.

    Returns
    -------
    uint8 array
        Grey or RGB.
    """
    largest = float(np.abs(weights).max())
    values = 0.5 + 0.5 * weights.astype(np.float64) / (largest or 1.0)
    if len(weights) == 3:
        return to_integers(np.moveaxis(values, 0, 2))
    return to_integers(values[0])


def draw_filters(summary: NetworkSummary) -> Sheet:
    """Lay out the filters of the first layer.

    Parameters
    ----------
    summary : NetworkSummary
        The network.

    Returns
    -------
    Sheet
        The filters in the order of their variances.
    """
    filters = first_filters(summary)
    order, variances = by_variance(filters), _variances(filters)
    count, _, height, width = filters.shape
    title = f"{summary.card.name} x{summary.card.scale}: the {count} filters {height}x{width} of the first layer"
    return draw_tiles(
        [shown(filters[i]) for i in order], [f"{i + 1}: {variances[i]:.2g}" for i in order], title, _NOTES
    )


def _variances(filters: Floats) -> Floats:
    return np.asarray(filters.reshape(len(filters), -1).astype(np.float64).var(axis=1))
