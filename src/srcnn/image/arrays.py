"""Images in memory: array types, checks of public arguments, and 8- and 16-bit conversion."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.options import shown

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
Image = NDArray[Any]

_OVERSHOOT = 0.5  # floats may exceed [0, 1] by this much, as unclipped bicubic results do


def check_image(image: Image, name: str = "image") -> None:
    """Raise unless ``image`` is a non-empty (H, W) or (H, W, 3) array of finite numbers.

    Parameters
    ----------
    image : array
        What was given.
    name : str
        What the caller calls it.

    Raises
    ------
    ShapeError
        If it is no array of that shape.
    RangeError
        If it does not hold real numbers, or one is NaN or infinite.
    """
    if not isinstance(image, np.ndarray):
        raise ShapeError(f"{name} must be a NumPy array, got {shown(image)}")
    if image.dtype.kind not in "fiub":
        raise RangeError(f"{name} must hold real numbers, got {image.dtype}")
    if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ShapeError(f"{name} must have shape (H, W) or (H, W, 3), got {image.shape}")
    if image.size == 0:
        raise ShapeError(f"{name} is empty: shape {image.shape}")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise RangeError(f"{name} holds NaN or infinite values; replace them before this call")


def check_plane(image: Image, name: str = "luma") -> None:
    """Raise unless ``image`` is one non-empty plane (H, W) of finite numbers.

    Parameters
    ----------
    image : array
        What was given.
    name : str
        What the caller calls it.

    Raises
    ------
    ShapeError
        If it is not one plane.
    RangeError
        If it does not hold real numbers, or one is NaN or infinite.
    """
    check_image(image, name)
    if image.ndim != 2:
        raise ShapeError(f"{name} must be one plane of shape (H, W), got {image.shape}")


def is_integers(image: Image) -> bool:
    """Whether an array holds unsigned integers of 8 or 16 bits, in either byte order.

    Parameters
    ----------
    image : array
        Any array.

    Returns
    -------
    bool
        False for floats, signed integers and other widths.
    """
    return image.dtype.kind == "u" and image.dtype.itemsize <= 2


def to_integers(image: Floats, dtype: type[np.unsignedinteger[Any]] = np.uint8) -> NDArray[Any]:
    """Convert ``[0, 1]`` floats to 8 or 16 bits: scale, clip, round half up (as the protocol and MATLAB do).

    Parameters
    ----------
    image : float array
        Of any shape; values outside ``[0, 1]`` are clipped.
    dtype : type
        ``numpy.uint8`` or ``numpy.uint16``.

    Returns
    -------
    array
        Of that type, 0 to 255 or 0 to 65535.

    Raises
    ------
    RangeError
        If the array holds no floats, or NaN.
    OptionError
        If ``dtype`` is not uint8 or uint16.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.to_integers(np.array([0.0, 0.5, 1.2])).tolist()
    [0, 128, 255]
    """
    if not isinstance(image, np.ndarray) or image.dtype.kind != "f":
        raise RangeError(f"image must be an array of floats, got {getattr(image, 'dtype', None) or shown(image)}")
    dtype = _type_of("dtype", dtype, "uint8 or uint16", (np.uint8, np.uint16))
    if image.dtype.itemsize < 4:
        image = image.astype(np.float32)  # float16 ends at 65504
    white = float(np.iinfo(dtype).max)
    scaled = np.clip(np.asarray(image) * np.asarray(white, image.dtype), 0, white)
    try:
        with np.errstate(invalid="raise"):
            return np.asarray(np.floor(scaled + np.asarray(0.5, image.dtype))).astype(dtype)
    except FloatingPointError:
        raise RangeError("image holds NaN; replace it before this call") from None


def to_floats(image: Image, dtype: type[np.floating[Any]] = np.float32) -> Floats:
    """Convert 8- or 16-bit values to ``[0, 1]``; floats are only cast.

    Parameters
    ----------
    image : uint8, uint16 or float array
        Of any shape.
    dtype : type
        ``numpy.float32``, or another type of floats.

    Returns
    -------
    array
        Of that type, in ``[0, 1]``; what was a float keeps its value.

    Raises
    ------
    RangeError
        If the array holds neither.
    OptionError
        If ``dtype`` is no type of floats.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.to_floats(np.array([0, 51, 255], np.uint8), np.float64).tolist()
    [0.0, 0.2, 1.0]
    """
    if not isinstance(image, np.ndarray):
        raise RangeError(f"image must be an array of uint8, uint16 or floats, got {shown(image)}")
    dtype = _type_of("dtype", dtype, "a float type", (np.float16, np.float32, np.float64, np.longdouble))
    if image.dtype.kind == "f":
        return image.astype(dtype, copy=False)
    if not is_integers(image):
        raise RangeError(f"image must be uint8, uint16 or float, got {image.dtype}")
    wide = np.promote_types(dtype, np.float32)  # float16 ends at 65504
    return np.asarray(image.astype(wide) / wide.type(np.iinfo(image.dtype).max)).astype(dtype, copy=False)


def _type_of(name: str, dtype: Any, what: str, types: tuple[type[Any], ...]) -> type[Any]:
    try:
        found: type[Any] = np.dtype(dtype).type
    except (TypeError, ValueError):
        found = object
    if dtype is None or found not in types:
        raise OptionError(f"{name} must be {what}, got {shown(dtype)}")
    return found


def to_bytes(pixels: Image) -> Bytes:
    """8-bit values of 8- or 16-bit pixels, rounded half up.

    Parameters
    ----------
    pixels : array
        Of 8 or 16 bits.

    Returns
    -------
    uint8 array
        The array itself where it has 8 bits.
    """
    return pixels if pixels.dtype == np.uint8 else to_integers(to_floats(pixels, np.float64))


def as_rgb(pixels: Image) -> Image:
    """A grey image with its plane three times; a colour image as it is.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) array
        Grey or RGB.

    Returns
    -------
    (H, W, 3) array
        RGB, of the same type.
    """
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def split_alpha(image: Image) -> tuple[Image, Image | None]:
    """The colour and the alpha of an array of a user's, checked.

    Parameters
    ----------
    image : (H, W) or (H, W, 1 to 4) array
        uint8, uint16 or floats in [0, 1]; the last of two or four bands is alpha.

    Returns
    -------
    (H, W) or (H, W, 3) array, and (H, W) array or None
        Views.

    Raises
    ------
    ShapeError
        If it is no image.
    RangeError
        If it holds NaN, values outside its range, or another dtype.
    """
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 2, 3, 4)):
        raise ShapeError(f"image must have shape (H, W) or (H, W, 1 to 4 channels), got {image.shape}")
    if image.dtype.kind != "f" and not is_integers(image):
        raise RangeError(f"image must be uint8, uint16 or float, got {image.dtype}")
    bands = 1 if image.ndim == 2 else image.shape[2]
    pixels = image if image.ndim == 2 else image[..., 0] if bands <= 2 else image[..., :3]
    check_image(pixels)
    alpha = image[..., -1] if bands in (2, 4) else None
    if alpha is not None:
        check_image(alpha, "the alpha of image")
    if image.dtype.kind == "f" and not within(image, _OVERSHOOT):
        raise RangeError(
            f"image must lie in [0, 1] where it holds floats, got {image.min():g} to {image.max():g}; divide by its "
            "maximum value, or pass uint8"
        )
    return pixels, alpha


def within(image: Floats, overshoot: float) -> bool:
    """Whether values lie in [0, 1], up to what an unclipped result may leave it by.

    Parameters
    ----------
    image : float array
        Not empty.
    overshoot : float
        How far that is.

    Returns
    -------
    bool
        False also where one is NaN.
    """
    return bool(image.min() >= -overshoot and image.max() <= 1 + overshoot)
