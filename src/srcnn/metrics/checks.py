"""What every metric asks of its two images, checked once at the door."""

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import RangeError, ShapeError
from srcnn.image.arrays import Image, check_image
from srcnn.options import positive

Plane = NDArray[np.float64]  # (H, W), values 0 ... 255


def check_pair(hr: Image, sr: Image) -> None:
    """Raise unless both are images of one shape.

    Parameters
    ----------
    hr, sr : array
        What was given.

    Raises
    ------
    ShapeError
        If one is no image, or their shapes differ.
    RangeError
        If a value is NaN or infinite.
    """
    check_image(hr, "hr")
    check_image(sr, "sr")
    if hr.shape != sr.shape:
        raise ShapeError(
            f"hr and sr must have the same shape, got {hr.shape} and {sr.shape}; crop hr with modcrop(hr, scale) "
            "before it is degraded"
        )


def check_size(metric: str, image: Image, smallest: int) -> None:
    """Raise unless both sides of ``image`` have the pixels that ``metric`` needs.

    Parameters
    ----------
    metric : str
        As the error is to call it.
    image : array
        What is to be measured.
    smallest : int
        Pixels per side.

    Raises
    ------
    ShapeError
        If a side is shorter.
    """
    if min(image.shape[:2]) < smallest:
        raise ShapeError(
            f"{metric} needs images of at least {smallest} pixels per side, got {image.shape[1]}x{image.shape[0]}; "
            "measure a larger image, or leave this metric out"
        )


def prepare(hr: Image, sr: Image, data_range: float) -> tuple[Plane, Plane]:
    """Both images in float64 on 0 ... 255, the scale on which all six metrics are defined.

    Parameters
    ----------
    hr, sr : array
        What was given.
    data_range : float
        White minus black.

    Returns
    -------
    ((H, W) float64 array, (H, W) float64 array)
        New arrays.

    Raises
    ------
    ShapeError
        If one is not an image, or the shapes differ.
    RangeError
        If a value is NaN, infinite or outside ``[0, data_range]``.
    OptionError
        If ``data_range`` is not a positive number.
    """
    data_range = float(positive("data_range", data_range))
    check_pair(hr, sr)
    return _to_255(hr, "hr", data_range), _to_255(sr, "sr", data_range)


def prepare_planes(metric: str, hr: Image, sr: Image, data_range: float, smallest: int) -> tuple[Plane, Plane]:
    """As `prepare`, for a metric that is defined on one plane of at least ``smallest`` pixels a side.

    Parameters
    ----------
    metric : str
        As an error is to call it.
    hr, sr : array
        What was given.
    data_range : float
        White minus black.
    smallest : int
        Pixels per side that the metric needs.

    Returns
    -------
    ((H, W) float64 array, (H, W) float64 array)
        New arrays.

    Raises
    ------
    ShapeError
        If one is no plane, the shapes differ, or a side is too short.
    RangeError
        If a value is NaN, infinite or outside ``[0, data_range]``.
    OptionError
        If ``data_range`` is not a positive number.
    """
    check_pair(hr, sr)
    if hr.ndim != 2:
        raise ShapeError(
            f"{metric} is measured on one plane (H, W), usually luma, got hr of shape {hr.shape}; use luma_bytes(hr) "
            "first"
        )
    planes = prepare(hr, sr, data_range)
    check_size(metric, hr, smallest)
    return planes


def _to_255(image: Image, name: str, data_range: float) -> Plane:
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= data_range):
        hint = (
            "pass data_range=255.0 for 8-bit values"
            if data_range == 1 and high > 2
            else "clip it first, as the protocol does"
        )
        raise RangeError(f"{name} must lie in [0, {data_range:g}], got values from {low:g} to {high:g}; {hint}")
    plane = image.astype(np.float64)
    if data_range != 255:
        plane *= 255.0 / data_range
    return plane
