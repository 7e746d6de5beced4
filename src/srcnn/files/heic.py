"""HEIC images, through pillow-heif; AVIF's relatives, with HEVC inside. Source: ISO/IEC 23008-12 (HEIF)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import missing_extra
from srcnn.files.limits import Header
from srcnn.files.picture import Metadata
from srcnn.files.pillow import metadata_of_info

_WORKING = 8.0  # bytes per pixel of the decoder: planes, and a copy


def decode_heic(data: bytes, check: Any) -> tuple[NDArray[Any], Metadata, int]:
    """Decode the primary image, which comes upright.

    Parameters
    ----------
    data : bytes
        The file.
    check : callable
        Given the `Header`, before anything is decoded; it raises where the image is too large.

    Returns
    -------
    (array, Metadata, int)
        Values (H, W, 1 … 4) of 8 or 16 bits, metadata, and the number of images in the file.

    Raises
    ------
    MissingExtraError
        If pillow-heif is not installed.
    Exception
        pillow-heif raises almost anything on damaged data.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise missing_extra("reading HEIC images", "pillow-heif", "formats") from error
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    (width, height), deep = file.size, file.mode.endswith(";16")
    check(Header(width=width, height=height, bands=4, bits=16 if deep else 8, working=_WORKING))
    values = np.asarray(file)
    if deep:
        values = _widened(values, int(file.info.get("bit_depth", 16)))
    return values, metadata_of_info(file.info, "HEIC"), len(file)


def _widened(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """16 bits in full range from ``bits`` in the upper part of each value."""
    most = 2**bits - 1
    return np.asarray(((values >> (16 - bits)).astype(np.uint32) * 65535 + most // 2) // most, np.uint16)
