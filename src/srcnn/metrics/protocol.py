"""The evaluation protocol's last steps: to 8 bits, cut the border, measure.

The steps before them are `luma_bytes`, `modcrop`, and `degrade` and `enlarge` or a method.
Together they reproduce the published bicubic row of Set5 to the last printed digit; each step moves some figure when it
is left out.
"""

from collections.abc import Iterable

from srcnn.image.arrays import Bytes, Floats, Image, as_rgb, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import shave
from srcnn.metrics import Metric, get
from srcnn.metrics.checks import check_pair, check_size


def smallest_validated(scale: int) -> int:
    """The side of the smallest image that validation measures; something of it is left within the border.

    Parameters
    ----------
    scale : int
        Upscaling factor.

    Returns
    -------
    int
        Pixels, of the image cut to a multiple of ``scale``.
    """
    return max(16, 3 * scale)


def evaluate(hr: Bytes, sr: Floats, metrics: str | Iterable[str], *, border: int) -> dict[str, float]:
    """Steps 4 to 6: bring a method's luma to 8 bits, cut the border of both, measure.

    Parameters
    ----------
    hr : (H, W) uint8 array
        Ground truth, the protocol's 8-bit luma (`luma_bytes`) cut to a multiple of the scale.
    sr : (H, W) float array
        Estimate of it, ``[0, 1]``; what lies outside is clipped.
    metrics : str or iterable of str
        Names as `srcnn.metrics.get` takes them.
    border : int
        Pixels left out on every side; the protocol takes the scale.

    Returns
    -------
    dict of str to float
        One value a metric, in the order asked for.

    Raises
    ------
    ShapeError
        If the shapes differ or the image is too small for a metric.
    RangeError
        If ``sr`` holds NaN or infinite values.
    """
    check_pair(hr, sr)
    return measure(hr, to_integers(sr), metrics, border=border)


def measure(hr: Bytes, sr: Bytes, metrics: str | Iterable[str], *, border: int) -> dict[str, float]:
    """Steps 5 and 6 for two 8-bit planes; parameters and errors as in `evaluate`.

    Parameters
    ----------
    hr, sr : (H, W) uint8 array
        Ground truth and estimate.
    metrics : str | Iterable[str]
        Names as `srcnn.metrics.get` takes them.
    border : int
        Pixels left out on every side.

    Returns
    -------
    dict of str to float
        One value a metric, in the order asked for.
    """
    chosen = get(metrics)
    check_pair(hr, sr)
    return measure_planes(shave(hr, border), shave(sr, border), chosen, data_range=255.0)


def measure_planes(hr: Image, sr: Image, metrics: Iterable[Metric], *, data_range: float) -> dict[str, float]:
    """Step 6 alone, on planes of any range. All sizes are checked before the first metric is computed.

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``.
    metrics : iterable of Metric
        What to measure.
    data_range : float
        White minus black.

    Returns
    -------
    dict of str to float
        One value a metric, in the order given.
    """
    chosen = tuple(metrics)
    for metric in chosen:
        check_size(metric.title, hr, metric.smallest_side)
    return {metric.name: metric(hr, sr, data_range=data_range) for metric in chosen}


def luma_pair(hr: Bytes, sr: Bytes) -> tuple[Bytes, Bytes]:
    """Step 1 for both images: the protocol's luma of colour, grey as it is.

    A grey image beside a colour one is taken as a colour image of equal channels: full-range grey against studio-range
    luma would compare black with 16.

    Parameters
    ----------
    hr, sr : uint8 array
        Ground truth and estimate.

    Returns
    -------
    ((H, W) uint8 array, (H, W) uint8 array)
        Luma of both.
    """
    if hr.ndim != sr.ndim:
        hr, sr = as_rgb(hr), as_rgb(sr)
    return luma_bytes(hr), luma_bytes(sr)
