"""The georeference of a GeoTIFF, converted to another image size.

Sources: OGC 19-008r4 (GeoTIFF 1.1), 7 and annex B; *RPCs in GeoTIFF* (tag 50844); GDAL's documentation of tags 42112
and 42113.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcnn.files.metadata.entries import Entries, Entry

_PIXEL_SCALE, _TIE_POINTS, _TRANSFORMATION, _KEYS, _RPC = 33550, 33922, 34264, 34735, 50844
GEO_TAGS = (_PIXEL_SCALE, _TIE_POINTS, _TRANSFORMATION, _KEYS, 34736, 34737, 42112, 42113, _RPC)
_RASTER_TYPE, _PIXEL_IS_POINT = 1025, 2


@dataclass(frozen=True)
class Georeference:
    """The tags that place an image on the earth, and the image size that they are valid for."""

    entries: Entries
    height: int
    width: int


def georeference(entries: Entries, height: int, width: int) -> Georeference | None:
    """The georeference of a directory, or None; values beyond classic TIFF are ignored.

    Parameters
    ----------
    entries : Entries
        Of the directory.
    height, width : int
        Pixels of the image.

    Returns
    -------
    Georeference or None
        What they say.
    """
    found = {tag: entries[tag] for tag in GEO_TAGS if tag in entries}
    return Georeference(found, height, width) if found else None


def resized(geo: Georeference, height: int, width: int) -> Entries:
    """The tags for the same area with another number of pixels.

    Parameters
    ----------
    geo : Georeference
        Of the image.
    height, width : int
        Pixels of the new one.

    Returns
    -------
    Entries
        Entries of a TIFF directory.
    """
    across, down = width / geo.width, height / geo.height
    if (across, down) == (1, 1):
        return geo.entries
    # Coordinates of areas start at the corner of the first pixel, those of points at its centre.
    middle = 0.5 if _is_point(geo.entries) else 0.0

    def place(values: list[float], at: int, ratio: float) -> None:
        values[at] = (values[at] + middle) * ratio - middle

    def pixel_scale(values: list[float]) -> None:
        values[0] /= across
        values[1] /= down

    def tie_points(values: list[float]) -> None:
        for at in range(0, len(values) - 5, 6):
            place(values, at, across)
            place(values, at + 1, down)

    def transformation(values: list[float]) -> None:
        for row in range(0, len(values) - 3, 4):
            x, y = values[row] / across, values[row + 1] / down
            # The centre of the first pixel has moved outwards by the difference of half a pixel.
            values[row + 3] += middle * (x - values[row] + y - values[row + 1])
            values[row], values[row + 1] = x, y

    def rational_polynomials(values: list[float]) -> None:
        if len(values) == 92:  # offsets of line and sample (of pixel centres), and their scales
            for at, ratio in ((2, down), (3, across)):
                values[at] = (values[at] + 0.5) * ratio - 0.5
                values[at + 5] *= ratio

    changes: dict[int, Callable[[list[float]], None]] = {
        _PIXEL_SCALE: pixel_scale, _TIE_POINTS: tie_points, _TRANSFORMATION: transformation, _RPC: rational_polynomials,
    }  # fmt: skip
    return {tag: _changed(entry, changes[tag]) if tag in changes else entry for tag, entry in geo.entries.items()}


def cropped(geo: Georeference, top: int, left: int, height: int, width: int) -> Georeference:
    """The georeference of a part of an image.

    Parameters
    ----------
    geo : Georeference
        Of the whole image.
    top, left : int
        The first row and column of the part.
    height, width : int
        Pixels of the part.

    Returns
    -------
    Georeference
        With the same places on Earth for the pixels that are left.
    """

    def tie_points(values: list[float]) -> None:
        for at in range(0, len(values) - 5, 6):
            values[at] -= left
            values[at + 1] -= top

    def transformation(values: list[float]) -> None:
        for row in range(0, len(values) - 3, 4):
            values[row + 3] += left * values[row] + top * values[row + 1]

    def rational_polynomials(values: list[float]) -> None:
        if len(values) == 92:
            values[2] -= top
            values[3] -= left

    changes = {_TIE_POINTS: tie_points, _TRANSFORMATION: transformation, _RPC: rational_polynomials}
    return Georeference(
        {tag: _changed(entry, changes[tag]) if tag in changes else entry for tag, entry in geo.entries.items()},
        height,
        width,
    )


def _is_point(entries: Entries) -> bool:
    keys = entries.get(_KEYS)
    if keys is None or keys.kind != 3:
        return False
    shorts = struct.unpack(f"<{len(keys.content) // 2}H", keys.content)
    return any(shorts[at] == _RASTER_TYPE and shorts[at + 3] == _PIXEL_IS_POINT for at in range(4, len(shorts) - 3, 4))


def _changed(entry: Entry, change: Callable[[list[float]], None]) -> Entry:
    if entry.kind != 12 or entry.count < 2:
        return entry
    values = list(struct.unpack(f"<{entry.count}d", entry.content))
    change(values)
    return replace(entry, content=struct.pack(f"<{entry.count}d", *values))
