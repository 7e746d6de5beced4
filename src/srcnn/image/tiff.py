"""TIFF files written with their EXIF, and what their tags describe: libvips writes no EXIF, and Pillow no 16-bit colour.

Adobe, *TIFF Revision 6.0*, 1992: section 14 for the differencing predictor, section 18 for alpha.
"""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.image.exif import bare_exif
from srcnn.image.picture import Metadata
from srcnn.image.tiff_directory import SUB_DIRECTORIES, Tags, read_tags
from srcnn.image.tiff_layout import BITS, EXTRA_SAMPLES, HEIGHT, ORIENTATION, PHOTOMETRIC, WIDTH

ICC, XMP = 34675, 700
_RESOLUTION = (282, 283, 296)  # across, down, unit
_DESCRIPTIVE = (270, 271, 272, 305, 306, 315, 33432, *SUB_DIRECTORIES)  # of the picture, not of how its file is laid out
_ADOBE_DEFLATE, _HORIZONTAL = 8, 2
_STRIP_BYTES = 1 << 20


def metadata_of_tags(tags: Tags) -> Metadata:
    """Profile, EXIF and resolution of a TIFF picture."""
    from PIL.Image import Exif

    exif = Exif()
    for tag in _DESCRIPTIVE:
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
        Its profile, EXIF, XMP and resolution are written; of CMYK it is ``cmyk_icc``.
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
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    values = values[..., None] if values.ndim == 2 else values
    height, width, bands = values.shape
    rows = max(1, _STRIP_BYTES // (width * bands * values.itemsize))
    strips = [_packed(values[top : top + rows]) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]
    if sum(lengths) > 2**32 - 2**24:
        raise ImageError("the picture is too large for a TIFF file (4 GB); use .png")
    directory = ImageFileDirectory_v2()
    if metadata.exif is not None:
        for tag, value in read_tags(metadata.exif).items():
            if tag in _DESCRIPTIVE and value:
                directory[tag] = value
                if tag in SUB_DIRECTORIES:
                    directory.tagtype[tag] = 4
    directory[WIDTH], directory[HEIGHT] = width, height
    directory[BITS] = (values.itemsize * 8,) * bands
    directory[259] = _ADOBE_DEFLATE
    directory[PHOTOMETRIC] = 5 if cmyk else 1 if bands <= 2 else 2
    directory[ORIENTATION] = 1
    directory[277] = bands
    directory[278] = rows
    directory[317] = _HORIZONTAL
    if bands in (2, 4) and not cmyk:
        directory[EXTRA_SAMPLES] = 2  # colours not premultiplied
    icc = metadata.cmyk_icc if cmyk else metadata.icc
    if icc is not None:
        directory[ICC] = icc
    if metadata.xmp is not None:
        directory[XMP] = metadata.xmp
        directory.tagtype[XMP] = 1
    if metadata.dpi is not None:
        directory[282], directory[283] = metadata.dpi
        directory[296] = 2
    directory.tagtype[273] = directory.tagtype[279] = 4
    directory[273] = tuple(np.cumsum([0, *lengths[:-1]]).tolist())  # counted from the end of the directory
    directory[279] = tuple(lengths)
    stream = io.BytesIO()
    directory.save(stream)
    return stream.getvalue() + b"".join(strips)


def _packed(rows: np.ndarray[Any, Any]) -> bytes:
    """A strip: differences along each row, little-endian, deflated."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.astype(rows.dtype.newbyteorder("<")).tobytes(), 6)
