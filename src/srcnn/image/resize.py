"""Resampling as in MATLAB's ``imresize``, on which every published figure of the field is based.

Keys, *Cubic convolution interpolation for digital image processing*, 1981, with a = -1/2.
When an image is downscaled, the kernel is widened by the factor (antialiasing); without that every PSNR changes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError, ShapeError
from srcnn.image.arrays import Floats, Image, check_image
from srcnn.options import choice, positive, shown, whole

PadMode = Literal["edge", "symmetric"]
PAD_MODES: tuple[PadMode, ...] = ("edge", "symmetric")
Kernel = Callable[[Floats], Floats]
_PART = 2**16  # pixels of an axis whose taps are computed at once


@dataclass(frozen=True, eq=False)
class Taps:
    """Resampling along one axis: output pixel ``i`` is ``sum_k weight[i, k] * input[index[i, k]]``."""

    index: NDArray[np.intp]  # (n_out, n_taps)
    weight: NDArray[np.float64]  # (n_out, n_taps), rows sum to 1

    def __getitem__(self, rows: slice) -> "Taps":
        """The taps of a range of output pixels."""
        return Taps(self.index[rows], self.weight[rows])


def cubic_kernel(t: Floats) -> Floats:
    """Keys' cubic kernel, a = -1/2, zero outside ``|t| <= 2``.

    Parameters
    ----------
    t : float array
        Distances in pixels.

    Returns
    -------
    float array
        Weights.
    """
    a = np.abs(t)
    near = 1.5 * a**3 - 2.5 * a**2 + 1.0
    far = -0.5 * a**3 + 2.5 * a**2 - 4.0 * a + 2.0
    return np.asarray(np.where(a <= 1, near, np.where(a <= 2, far, 0.0)))


@lru_cache(maxsize=64)
def bicubic_taps(n_in: int, n_out: int, factor: Fraction, padding: PadMode = "edge") -> Taps:
    """Bicubic taps of an axis; the kernel is widened when ``factor < 1``.

    Parameters
    ----------
    n_in, n_out : int
        Pixels of the axis before and after.
    factor : Fraction
        By which it grows.
    padding : PadMode
        How the axis goes on beyond its ends.

    Returns
    -------
    Taps
        Weights and places for every pixel of the result.
    """
    stretch = min(float(factor), 1.0)
    return kernel_taps(n_in, n_out, factor, lambda t: cubic_kernel(stretch * t), 4.0 / stretch, padding)


def kernel_taps(
    n_in: int, n_out: int, factor: Fraction, kernel: Kernel, width: float, padding: PadMode = "edge"
) -> Taps:
    """Taps of an axis for a kernel of the given full ``width`` in input pixels, aligned at the image's outer edges.

    Parameters
    ----------
    n_in, n_out : int
        Pixels of the axis before and after.
    factor : Fraction
        By which it grows.
    kernel : Kernel
        From distances to weights.
    width : float
        Of the kernel, in pixels.
    padding : PadMode
        How the axis goes on beyond its ends.

    Returns
    -------
    Taps
        Weights and places for every pixel of the result.

    Raises
    ------
    ShapeError
        If nothing is left of the axis.
    OptionError
        If ``padding`` is no mode of padding.
    """
    if n_in < 1 or n_out < 1:
        raise ShapeError(f"the result must have at least one pixel per side, got {n_in} pixels resized to {n_out}")
    choice("padding", padding, PAD_MODES)
    f = float(factor)

    def of(outputs: slice) -> tuple[NDArray[Any], NDArray[Any]]:
        # 1-based positions, as in MATLAB, so that rounding is the same.
        u = np.arange(outputs.start + 1, outputs.stop + 1) / f + 0.5 * (1 - 1 / f)
        first = np.floor(u - width / 2)
        position = first[:, None] + np.arange(math.ceil(width) + 2)
        weight = kernel(u[:, None] - position)
        return position, weight / weight.sum(axis=1, keepdims=True)

    # What is computed on the way is many times as large as the taps, so a long axis is done in parts.
    parts = [slice(start, min(start + _PART, n_out)) for start in range(0, n_out, _PART)]
    used = np.any([np.any(of(part)[1] != 0, axis=0) for part in parts], axis=0)
    taps = Taps(np.empty((n_out, used.sum()), np.intp), np.empty((n_out, used.sum())))
    for part in parts:
        position, weight = of(part)
        taps.index[part] = _within(position[:, used].astype(np.intp) - 1, n_in, padding)
        taps.weight[part] = weight[:, used]
    taps.index.setflags(write=False)
    taps.weight.setflags(write=False)
    return taps


def _within(index: NDArray[np.intp], length: int, padding: PadMode) -> NDArray[np.intp]:
    """Pixels of an axis in place of those beyond its ends."""
    if padding == "edge":
        return np.clip(index, 0, length - 1)
    index = np.mod(index, 2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


def apply_taps(image: Floats, taps: Taps, axis: int) -> Floats:
    """Resample one axis in double precision.

    Parameters
    ----------
    image : array
        Of any number of axes.
    taps : Taps
        Of this axis.
    axis : int
        Which one.

    Returns
    -------
    float array
        As long as the taps say along this axis, in the dtype of the image; float64 of integers.
    """
    if axis == 1:
        # Whole rows are copied faster than single pixels.
        return np.ascontiguousarray(
            np.swapaxes(apply_taps(np.ascontiguousarray(np.swapaxes(image, 0, 1)), taps, 0), 0, 1)
        )
    column = (slice(None),) + (None,) * (image.ndim - 1)
    out = np.zeros((len(taps.index), *image.shape[1:]))
    for index, weight in zip(taps.index.T, taps.weight.T, strict=True):
        out += image[index] * weight[column]
    return out.astype(image.dtype) if image.dtype.kind == "f" else out


def imresize(
    image: Image,
    factor: float | Fraction | None = None,
    *,
    shape: tuple[int, int] | None = None,
    padding: PadMode = "edge",
) -> Floats:
    """Resize an image by bicubic interpolation as MATLAB's ``imresize`` does, antialiased when downscaling.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) array
        Integers are treated as float64 of the same values. Nothing is clipped or rounded.
    factor : float or Fraction
        Output size over input size; the output has ``ceil(factor * n)`` pixels a side. Give it or ``shape``.
    shape : (int, int)
        Output height and width; each axis has its own factor then.
    padding : {"edge", "symmetric"}
        What lies outside the image. "edge" is what MATLAB did until R2015a and what the papers' figures rest on,
        "symmetric" what it has done since R2015b.

    Returns
    -------
    array
        In the dtype of ``image`` (each axis is stored in it, as single precision was by the authors); float64 for
        integers.

    Raises
    ------
    ShapeError
        If the array is not an image, or would be left without pixels.
    RangeError
        If it holds NaN or infinite values.
    OptionError
        If not exactly one of ``factor`` and ``shape`` is given, or one of them or ``padding`` makes no sense.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.imresize(np.array([[0.0, 1.0]]), 2).round(3).tolist()[0]
    [-0.07, 0.203, 0.797, 1.07]
    """
    check_image(image)
    choice("padding", padding, PAD_MODES)
    if (factor is None) == (shape is None):
        raise OptionError("give imresize either factor or shape")
    if shape is None:
        assert factor is not None
        ratio = Fraction(positive("factor", factor)).limit_denominator(10_000)
        ratios = (ratio, ratio)
        shape = (math.ceil(ratio * image.shape[0]), math.ceil(ratio * image.shape[1]))
    else:
        shape = _shape(shape)
        ratios = (Fraction(shape[0], image.shape[0]), Fraction(shape[1], image.shape[1]))
    if min(shape) < 1:
        raise ShapeError(f"the result must have at least one pixel per side, got {shape[0]}x{shape[1]}")
    # MATLAB resizes the axis with the smaller factor first, axis 0 on a tie.
    for axis in sorted((0, 1), key=lambda a: ratios[a]):
        image = apply_taps(image, bicubic_taps(image.shape[axis], shape[axis], ratios[axis], padding), axis)
    return image


def _shape(shape: object) -> tuple[int, int]:
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise OptionError(f"shape must be (height, width), got {shown(shape)}")
    return whole("the height in shape", shape[0], at_least=0), whole("the width in shape", shape[1], at_least=0)


def modcrop(image: Image, scale: int) -> Image:
    """Crop at the bottom and right so that both sides are multiples of ``scale``.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) array
        Of any dtype.
    scale : int
        At least 1.

    Returns
    -------
    array
        A view of ``image``.

    Raises
    ------
    OptionError
        If ``scale`` is no whole number of at least 1.
    ShapeError
        If the array is not an image, or a side is shorter than ``scale``.
    RangeError
        If it holds NaN or infinite values.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.modcrop(np.zeros((10, 14)), 4).shape
    (8, 12)
    """
    check_image(image)
    scale = whole("scale", scale)
    if image.shape[0] < scale or image.shape[1] < scale:
        raise ShapeError(f"an image of {image.shape[1]}x{image.shape[0]} pixels is too small for scale {scale}")
    return image[: image.shape[0] - image.shape[0] % scale, : image.shape[1] - image.shape[1] % scale]


def shave(image: Image, border: int) -> Image:
    """Crop ``border`` pixels from every side; an error if nothing would be left.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) array
        The image.
    border : int
        Pixels.

    Returns
    -------
    array
        A view.

    Raises
    ------
    ShapeError
        If ``border`` is negative, or nothing would be left.
    """
    if border < 0 or 2 * border >= min(image.shape[:2]):
        raise ShapeError(
            f"cannot crop {border} pixels from every side of an image of {image.shape[1]}x{image.shape[0]}"
        )
    return image[border : image.shape[0] - border, border : image.shape[1] - border]
