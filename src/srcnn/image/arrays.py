"""What a picture is in memory: array types, the checks at the public door, and 8/16-bit conversion."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import RangeError, ShapeError

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
Image = NDArray[Any]


def check_picture(image: Image, name: str = "image") -> None:
    """Raise unless ``image`` is a non-empty (H, W) or (H, W, 3) array of finite numbers."""
    if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ShapeError(f"{name} must have shape (H, W) or (H, W, 3), got {image.shape}")
    if image.size == 0:
        raise ShapeError(f"{name} is empty: shape {image.shape}")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise RangeError(f"{name} holds NaN or infinite values; replace them before this call")


def check_plane(image: Image, name: str = "luma") -> None:
    """Raise unless ``image`` is one non-empty plane (H, W) of finite numbers."""
    check_picture(image, name)
    if image.ndim != 2:
        raise ShapeError(f"{name} must be one plane of shape (H, W), got {image.shape}")


def to_integers(image: Floats, dtype: type[np.unsignedinteger[Any]] = np.uint8) -> NDArray[Any]:
    """Bring ``[0, 1]`` floats to 8 or 16 bits: scale, clip, round half up (the protocol's rounding, as MATLAB rounds)."""
    white = float(np.iinfo(dtype).max)
    scaled = np.clip(np.asarray(image) * np.asarray(white, image.dtype), 0, white)
    return np.asarray(np.floor(scaled + np.asarray(0.5, image.dtype))).astype(dtype)


def to_floats(image: Image, dtype: type[np.floating[Any]] = np.float32) -> Floats:
    """Bring 8- or 16-bit values to ``[0, 1]``; floats are only cast."""
    if image.dtype.kind == "f":
        return image.astype(dtype, copy=False)
    if image.dtype not in (np.uint8, np.uint16):
        raise RangeError(f"a picture must be uint8, uint16 or float, got {image.dtype}")
    white = np.iinfo(image.dtype).max
    return np.asarray(image.astype(dtype) / dtype(white))
