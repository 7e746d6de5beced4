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
from srcnn.files.metadata.entries import Entry, laid_out, longs, shorts
from srcnn.files.metadata.tiff import DESCRIPTIVE, tiff_entries
from srcnn.files.picture import Metadata
from srcnn.files.strips import regrouped
from srcnn.files.tiff_directory import Tags
from srcnn.files.tiff_layout import (
    BITS,
    COMPRESSION,
    EXTRA_SAMPLES,
    HEIGHT,
    ORIENTATION,
    PHOTOMETRIC,
    SAMPLE_FORMAT,
    SAMPLES,
    WIDTH,
)

ICC = 34675
_RESOLUTION = (282, 283, 296)  # across, down, unit
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_LENGTHS, _PREDICTOR = 273, 278, 279, 317
_SUBFILE_TYPE, _PAGE_NUMBER, _PAGE = 254, 297, 2
_HEADER = 16  # bytes from which on a file is BigTIFF
_ADOBE_DEFLATE, _HORIZONTAL, _FLOATING = 8, 2, 3
_FLOAT = 3  # sample format
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


class TiffWriter:
    """Writes the images of a losslessly compressed TIFF file one after the other, or of a BigTIFF above 4 GB.

    Parameters
    ----------
    file : binary file
        Empty and seekable.
    images : int
        How many will be added.
    threads : int, optional
        That compress; as many as there are processors when not given.
        They change no byte.
    """

    def __init__(self, file: IO[bytes], images: int = 1, *, threads: int | None = None) -> None:
        self._file = file
        self._images = images
        self._threads = threads or os.cpu_count() or 1
        # Whether the file is BigTIFF is known only at its end; there is room for either header, and the directories
        # come last.
        file.write(bytes(_HEADER))
        self._at = _HEADER
        self._directories: list[tuple[dict[int, Entry], list[int]]] = []  # with the offsets of the strips

    def add(
        self,
        strips: Iterable[np.ndarray[Any, Any]],
        shape: tuple[int, int, int],
        dtype: np.dtype[Any],
        metadata: Metadata,
        *,
        cmyk: bool = False,
        level: int,
    ) -> None:
        """Write an image.

        Parameters
        ----------
        strips : iterable of (h, W, 1 … 4) arrays
            All rows from the top: grey, grey and alpha, RGB, RGB and alpha, or the four inks.
        shape : (int, int, int)
            Height, width and bands of the whole.
        dtype : dtype
            uint8, uint16 or float32.
        metadata : Metadata
            All that it says is written; of CMYK it is ``cmyk_icc``.
        cmyk : bool
            Whether four bands are CMYK.
        level : int
            Of deflate: 0 to 9.
        """
        height, width, bands = shape
        rows = max(1, _STRIP_BYTES // (width * bands * dtype.itemsize))
        offsets, lengths = [], []
        for strip in _compressed(regrouped(strips, rows), level, self._threads):
            self._file.write(strip)
            offsets.append(self._at)
            lengths.append(len(strip))
            self._at += len(strip)
        self._pad()
        entries = dict(tiff_entries(metadata, height, width, cmyk=cmyk))
        entries |= {
            WIDTH: longs([width]),
            HEIGHT: longs([height]),
            BITS: shorts(*[dtype.itemsize * 8] * bands),
            COMPRESSION: shorts(_ADOBE_DEFLATE),
            PHOTOMETRIC: shorts(5 if cmyk else 1 if bands <= 2 else 2),
            ORIENTATION: shorts(1),
            SAMPLES: shorts(bands),
            _ROWS_PER_STRIP: longs([rows]),
            _STRIP_LENGTHS: longs(lengths),
            _PREDICTOR: shorts(_FLOATING if dtype.kind == "f" else _HORIZONTAL),
        }
        if dtype.kind == "f":
            entries[SAMPLE_FORMAT] = shorts(*[_FLOAT] * bands)
        if bands in (2, 4) and not cmyk:
            entries[EXTRA_SAMPLES] = shorts(2)  # colours not premultiplied
        if self._images > 1:
            entries[_SUBFILE_TYPE] = longs([_PAGE])
            entries[_PAGE_NUMBER] = shorts(len(self._directories), min(self._images, 65535))
        self._directories.append((entries, offsets))

    def end(self) -> None:
        """Write the directories and the header."""
        start, big = self._at, self._at >= _LARGEST_CLASSIC
        for number, (entries, offsets) in enumerate(self._directories, 1):
            entries[_STRIP_OFFSETS] = longs(offsets, big=big)
            data = laid_out(entries, self._at, big=big, more=number < len(self._directories))
            self._file.write(data)
            self._at += len(data)
        self._file.seek(0)
        self._file.write(
            b"II+\0\x08\0\0\0" + start.to_bytes(8, "little") if big else b"II*\0" + start.to_bytes(4, "little")
        )

    def _pad(self) -> None:
        """Directories start at even offsets."""
        self._file.write(bytes(self._at % 2))
        self._at += self._at % 2


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
    if rows.dtype.kind == "f":
        return zlib.compress(_differences_of_floats(rows).tobytes(), level)
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.astype(rows.dtype.newbyteorder("<")).tobytes(), level)


def _differences_of_floats(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bytes of each row by their significance, the highest first, then differences of neighbours of one band.

    Source: Adobe, *TIFF Technical Note 3*, 2005.
    """
    height, _, bands = rows.shape
    big = np.ascontiguousarray(rows.astype(">f4")).view(np.uint8).reshape(height, -1, 4)
    planes = np.ascontiguousarray(big.transpose(0, 2, 1)).reshape(height, -1)
    differences = planes.copy()
    differences[:, bands:] -= planes[:, :-bands]
    return differences
