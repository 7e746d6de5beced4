"""Metadata as entries of a TIFF directory.

Sources: Adobe, *TIFF Revision 6.0*, 1992; CIPA DC-008 (Exif 2.32), 4.6.3; *XMP Specification Part 3*, 1.1.6 (TIFF).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.coding import ColourCoding
from srcnn.files.metadata.entries import Entries, Entry, laid_out, rational, read_entries, shorts
from srcnn.files.metadata.enumeration import enumerated
from srcnn.files.metadata.geo import GEO_TAGS, Georeference, georeference, resized
from srcnn.files.metadata.photoshop import Resources, split_resources, with_iptc

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata

_EXIF, _GPS, _DESCRIPTION, _XMP, _IPTC, _PHOTOSHOP, _ICC, _LAYERS = 34665, 34853, 270, 700, 33723, 34377, 34675, 37724
# Tags about the image, not about the layout of its file: names, places, dates, people, rights, ratings.
DESCRIPTIVE = (
    269, _DESCRIPTION, 271, 272, 285, 305, 306, 315, 316, 18246, 18249, 33432, _EXIF, _GPS, 40091, 40092, 40093,
    40094, 40095,
)  # fmt: skip
_ORIENTATION = 274
_WHITE_POINT, _PRIMARIES, _TRANSFER = 318, 319, 301
# Tags with the layout, coding and resolution of the old file, and tags that are read elsewhere.
_OF_THE_FILE = {
    *range(254, 268), *range(273, 285), 286, 287, 288, 289, 290, 291, 292, 293, 296, 297, *range(317, 348),
    *range(512, 522),
    *range(529, 533), 559, 700, 32781, *range(32995, 33000), 33723, 34377, 34675, 40965, 50908, 65535, *DESCRIPTIVE,
    *GEO_TAGS,
}  # fmt: skip
_NAMES = {
    _LAYERS: "Photoshop layers",
    _TRANSFER: "its transfer function",
    330: "its further directories",
    0xCD41: "content credentials (C2PA), which are valid for the original only",
}
# Descriptions in which programs record the old pixels.
_RECORDS = re.compile(rb"\s*(ImageJ=|<\?xml[^>]*>.*<OME|<OME|\{\"shape\":|SCANIMAGE|state\.config)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class TiffSays:
    """Metadata in the directory of a TIFF file, without profile and resolution."""

    exif: bytes | None
    xmp: bytes | None
    resources: Resources
    coding: ColourCoding | None
    geo: Georeference | None
    left_out: tuple[str, ...]


def read_tiff(data: Buffer, at: int) -> TiffSays:
    """Read the entries of an image.

    Parameters
    ----------
    data : Buffer
        The file.
    at : int
        The offset of its directory.

    Returns
    -------
    TiffSays
        What it says.
    """
    entries = read_entries(data, at)
    size = [int.from_bytes(entries[tag].content, "little") if tag in entries else 0 for tag in (257, 256)]
    left_out: dict[str, None] = {_NAMES[tag]: None for tag in _NAMES if tag in entries}
    unknown = [str(tag) for tag in sorted(entries) if tag not in _OF_THE_FILE and tag not in _NAMES]
    if unknown:
        left_out[f"private TIFF tags ({enumerated(unknown)})"] = None
    geo = georeference(entries, *size) if min(size) else None
    if geo is not None and _ORIENTATION in entries and entries[_ORIENTATION].content[:2] != b"\1\0":
        left_out["the georeference of an image that is stored rotated"] = None
        geo = None
    described = {tag: entry for tag, entry in entries.items() if tag in DESCRIPTIVE}
    if _DESCRIPTION in described and _RECORDS.match(described[_DESCRIPTION].content[:4096]):
        left_out["a program's description of the old pixels"] = None
        del described[_DESCRIPTION]
    xmp = _bytes_of(entries, _XMP)
    resources = split_resources(_bytes_of(entries, _PHOTOSHOP) or b"")
    iptc = _bytes_of(entries, _IPTC) or resources.iptc
    if _ICC in entries or _TRANSFER not in entries:
        left_out.pop(_NAMES[_TRANSFER], None)
    return TiffSays(
        exif=exif_of_entries(described),
        xmp=xmp,
        resources=Resources(iptc, resources.others),
        coding=None if _ICC in entries else _coding(entries),
        geo=geo,
        left_out=tuple(left_out),
    )


def exif_of_entries(entries: Entries) -> bytes | None:
    """An EXIF structure of the descriptive entries of a directory.

    Parameters
    ----------
    entries : Entries
        Of the directory.

    Returns
    -------
    bytes or None
        The structure.
    """
    kept = {tag: entry for tag, entry in entries.items() if tag in DESCRIPTIVE}
    return b"II*\0\x08\0\0\0" + laid_out(kept, 8) if kept else None


def tiff_entries(metadata: Metadata, height: int, width: int, *, cmyk: bool = False) -> Entries:
    """All entries with metadata for an image of the given size.

    Parameters
    ----------
    metadata : Metadata
        As TIFF can hold it.
    height, width : int
        Pixels of the image.
    cmyk : bool
        Whether the pixels are CMYK.

    Returns
    -------
    Entries
        Tag and entry.
    """
    kept = read_entries(metadata.exif) if metadata.exif is not None else {}
    entries = {tag: entry for tag, entry in kept.items() if tag in DESCRIPTIVE}
    icc = metadata.cmyk_icc if cmyk else metadata.icc
    blocks = None if metadata.photoshop is None else with_iptc(metadata.photoshop, metadata.iptc)
    for tag, kind, content in (
        (_XMP, 1, metadata.xmp),
        (_IPTC, 7, metadata.iptc),
        (_PHOTOSHOP, 1, blocks),
        (_ICC, 7, icc),
    ):
        if content:
            entries[tag] = Entry(kind, len(content), content)
    if metadata.dpi is not None:
        entries |= resolution_entries(metadata.dpi)
    return entries | ({} if metadata.geo is None else dict(resized(metadata.geo, height, width)))


def resolution_entries(dpi: tuple[float, float]) -> Entries:
    """Dots per inch, across and down.

    Parameters
    ----------
    dpi : (float, float)
        Across and down.

    Returns
    -------
    Entries
        Tag and entry.
    """
    return {282: rational(dpi[0]), 283: rational(dpi[1]), 296: shorts(2)}


def _bytes_of(entries: Entries, tag: int) -> bytes | None:
    """The bytes of an entry, whatever its declared type."""
    entry = entries.get(tag)
    return entry.content if entry is not None and entry.content else None


def _coding(entries: Entries) -> ColourCoding | None:
    """White point and primaries (section 20); the exponent is that of the default transfer function."""
    found = [_rationals(entries[tag]) if tag in entries else () for tag in (_WHITE_POINT, _PRIMARIES)]
    if [len(values) for values in found] != [2, 6]:
        return None
    return ColourCoding(gamma=45455, primaries=tuple(round(100_000 * value) for values in found for value in values))


def _rationals(entry: Entry) -> tuple[float, ...]:
    if entry.kind != 5:
        return ()
    numbers = struct.unpack(f"<{2 * entry.count}I", entry.content)
    return tuple(above / below if below else 0.0 for above, below in zip(numbers[::2], numbers[1::2], strict=True))
