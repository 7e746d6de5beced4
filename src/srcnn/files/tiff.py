"""Write TIFF files with EXIF and other tags: libvips writes no EXIF, and Pillow no 16-bit colour.

Adobe, *TIFF Revision 6.0*, 1992: section 14 for the differencing predictor, section 18 for alpha.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

import numpy as np

from srcnn.files.exif import bare_exif
from srcnn.files.metadata.entries import laid_out, longs, shorts
from srcnn.files.metadata.tiff import DESCRIPTIVE, tiff_entries
from srcnn.files.picture import Metadata
from srcnn.files.strips import regrouped
from srcnn.files.tiff_directory import Tags
from srcnn.files.tiff_layout import BITS, COMPRESSION, EXTRA_SAMPLES, HEIGHT, ORIENTATION, PHOTOMETRIC, SAMPLES, WIDTH

ICC = 34675
_RESOLUTION = (282, 283, 296)  # across, down, unit
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_LENGTHS, _PREDICTOR = 273, 278, 279, 317
_HEADER = 16  # bytes from which on a file is BigTIFF
_ADOBE_DEFLATE, _HORIZONTAL = 8, 2
_STRIP_BYTES = 1 << 20
_LARGEST_CLASSIC = 2**32 - 2**24  # bytes before the directory of a file with 32-bit offsets


def metadata_of_tags(tags: Tags) -> Metadata:
    """Profile, EXIF and resolution of a TIFF image.

    Parameters
    ----------
    tags : Tags
        Of the directory.

    Returns
    -------
    Metadata
        What they say.
    """
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
    """Resolution in dots per inch; None if it is missing, without a unit, or not a number.

    Parameters
    ----------
    tags : Tags
        Of the directory.

    Returns
    -------
    (float, float) or None
        Across and down.
    """
    across, down, unit = (tags.get(tag) for tag in _RESOLUTION)
    per_inch = {2: 1.0, 3: 2.54}.get(unit if isinstance(unit, int) else 2)
    try:
        values = (float(across) * (per_inch or 0), float(down) * (per_inch or 0))  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return values if all(0 < v < 1e6 for v in values) else None


def write_tiff(
    file: IO[bytes],
    strips: Iterable[np.ndarray[Any, Any]],
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    metadata: Metadata,
    *,
    cmyk: bool = False,
    level: int,
    threads: int | None = None,
) -> None:
    """Write a losslessly compressed TIFF file, or BigTIFF above 4 GB.

    Parameters
    ----------
    file : binary file
        Empty and seekable.
    strips : iterable of (h, W, 1 … 4) arrays
        All rows from the top: grey, grey and alpha, RGB, RGB and alpha, or the four inks.
    shape : (int, int, int)
        Height, width and bands of the whole.
    dtype : dtype
        uint8 or uint16.
    metadata : Metadata
        All that it says is written; of CMYK it is ``cmyk_icc``.
    cmyk : bool
        Whether four bands are CMYK.
    level : int
        Of deflate: 0 to 9.
    threads : int, optional
        That compress; as many as there are processors when not given.
        They change no byte.
    """
    height, width, bands = shape
    rows = max(1, _STRIP_BYTES // (width * bands * dtype.itemsize))
    # Whether the file is BigTIFF is known only at its end; there is room for either header.
    file.write(bytes(_HEADER))
    lengths = []
    for strip in _compressed(regrouped(strips, rows), level, threads or os.cpu_count() or 1):
        file.write(strip)
        lengths.append(len(strip))
    padding = bytes(sum(lengths) % 2)
    start = _HEADER + sum(lengths) + len(padding)
    big = start >= _LARGEST_CLASSIC
    entries = dict(tiff_entries(metadata, height, width, cmyk=cmyk))
    entries |= {
        WIDTH: longs([width]),
        HEIGHT: longs([height]),
        BITS: shorts(*[dtype.itemsize * 8] * bands),
        COMPRESSION: shorts(_ADOBE_DEFLATE),
        PHOTOMETRIC: shorts(5 if cmyk else 1 if bands <= 2 else 2),
        _STRIP_OFFSETS: longs(np.cumsum([_HEADER, *lengths[:-1]]).tolist(), big=big),
        ORIENTATION: shorts(1),
        SAMPLES: shorts(bands),
        _ROWS_PER_STRIP: longs([rows]),
        _STRIP_LENGTHS: longs(lengths),
        _PREDICTOR: shorts(_HORIZONTAL),
    }
    if bands in (2, 4) and not cmyk:
        entries[EXTRA_SAMPLES] = shorts(2)  # colours not premultiplied
    file.write(padding + laid_out(entries, start, big=big))
    file.seek(0)
    file.write(b"II+\0\x08\0\0\0" + start.to_bytes(8, "little") if big else b"II*\0" + start.to_bytes(4, "little"))


def _compressed(strips: Iterator[np.ndarray[Any, Any]], level: int, threads: int) -> Iterator[bytes]:
    """The encoded strips in order; a few are compressed at once."""
    if threads == 1:
        yield from (_packed(strip, level) for strip in strips)
        return
    pending: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="srcnn-tiff") as pool:
        for strip in strips:
            pending.append(pool.submit(_packed, strip, level))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _packed(rows: np.ndarray[Any, Any], level: int) -> bytes:
    """Encode a strip: differences along each row, little-endian, deflated."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.astype(rows.dtype.newbyteorder("<")).tobytes(), level)
