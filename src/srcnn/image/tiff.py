"""TIFF files written with their EXIF, and what their tags describe: libvips writes no EXIF, and Pillow no 16-bit colour.

Adobe, *TIFF Revision 6.0*, 1992: section 14 for the differencing predictor, section 18 for alpha.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.image.exif import bare_exif
from srcnn.image.metadata.entries import laid_out, longs, shorts
from srcnn.image.metadata.tiff import DESCRIPTIVE, tiff_entries
from srcnn.image.picture import Metadata
from srcnn.image.tiff_directory import Tags
from srcnn.image.tiff_layout import BITS, COMPRESSION, EXTRA_SAMPLES, HEIGHT, ORIENTATION, PHOTOMETRIC, SAMPLES, WIDTH

ICC = 34675
_RESOLUTION = (282, 283, 296)  # across, down, unit
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_LENGTHS, _PREDICTOR = 273, 278, 279, 317
_HEADER = 8
_ADOBE_DEFLATE, _HORIZONTAL = 8, 2
_STRIP_BYTES = 1 << 20


def metadata_of_tags(tags: Tags) -> Metadata:
    """Profile, EXIF and resolution of a TIFF picture."""
    from PIL.Image import Exif

    exif = Exif()
    for tag in DESCRIPTIVE:
        if tags.get(tag):
            exif[tag] = tags[tag]
    icc = tags.get(ICC)
    return Metadata(
        format="TIFF",
        icc=icc if isinstance(icc, bytes) and icc else None,
        exif=bare_exif(exif.tobytes()) if len(exif) else None,
        dpi=dpi_of_tags(tags),
    )


def dpi_of_tags(tags: Tags) -> tuple[float, float] | None:
    """Resolution in dots per inch; None when it is absent, without a unit, or no number."""
    across, down, unit = (tags.get(tag) for tag in _RESOLUTION)
    per_inch = {2: 1.0, 3: 2.54}.get(unit if isinstance(unit, int) else 2)
    try:
        values = (float(across) * (per_inch or 0), float(down) * (per_inch or 0))  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return values if all(0 < v < 1e6 for v in values) else None


def encode_tiff(values: np.ndarray[Any, Any], metadata: Metadata, *, cmyk: bool = False) -> bytes:
    """The bytes of a TIFF file, losslessly compressed.

    Parameters
    ----------
    values : (H, W) or (H, W, 2 … 4) uint8 or uint16 array
        Grey, grey and alpha, RGB, RGB and alpha, or the four inks.
    metadata : Metadata
        All that it says is written; of CMYK it is ``cmyk_icc``.
    cmyk : bool
        Whether four bands are inks.

    Returns
    -------
    bytes

    Raises
    ------
    ImageError
        If the file would pass 4 GB.
    """
    values = values[..., None] if values.ndim == 2 else values
    height, width, bands = values.shape
    rows = max(1, _STRIP_BYTES // (width * bands * values.itemsize))
    strips = [_packed(values[top : top + rows]) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]
    if sum(lengths) > 2**32 - 2**24:
        raise ImageError("the picture is too large for a TIFF file (4 GB); use .png")
    entries = dict(tiff_entries(metadata, height, width, cmyk=cmyk))
    entries |= {
        WIDTH: longs([width]),
        HEIGHT: longs([height]),
        BITS: shorts(*[values.itemsize * 8] * bands),
        COMPRESSION: shorts(_ADOBE_DEFLATE),
        PHOTOMETRIC: shorts(5 if cmyk else 1 if bands <= 2 else 2),
        _STRIP_OFFSETS: longs(np.cumsum([_HEADER, *lengths[:-1]]).tolist()),
        ORIENTATION: shorts(1),
        SAMPLES: shorts(bands),
        _ROWS_PER_STRIP: longs([rows]),
        _STRIP_LENGTHS: longs(lengths),
        _PREDICTOR: shorts(_HORIZONTAL),
    }
    if bands in (2, 4) and not cmyk:
        entries[EXTRA_SAMPLES] = shorts(2)  # colours not premultiplied
    padding = bytes(sum(lengths) % 2)
    start = _HEADER + sum(lengths) + len(padding)
    header = b"II*\0" + start.to_bytes(4, "little")
    return b"".join([header, *strips, padding, laid_out(entries, start)])


def _packed(rows: np.ndarray[Any, Any]) -> bytes:
    """A strip: differences along each row, little-endian, deflated."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.astype(rows.dtype.newbyteorder("<")).tobytes(), 6)
