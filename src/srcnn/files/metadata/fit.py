"""Metadata that a given file format can hold, and the names of what it cannot.

What a format cannot hold is converted if that keeps its meaning (gamma and primaries become a colour profile), or else
named.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from srcnn.files.exif import updated_exif
from srcnn.files.formats import PROPERTIES, Format, Property
from srcnn.files.metadata.coding import ColourCoding, is_srgb, profile_of
from srcnn.files.metadata.entries import Entries, read_entries, with_entries
from srcnn.files.metadata.enumeration import enumerated
from srcnn.files.metadata.jpeg import LONGEST_EXIF, LONGEST_ICC
from srcnn.files.metadata.jpeg_markers import LONGEST
from srcnn.files.metadata.tiff import resolution_entries
from srcnn.files.metadata.xmp import for_size, parse_xmp

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata

_FIELDS: tuple[Property, ...] = (
    "exif",
    "xmp",
    "iptc",
    "photoshop",
    "comments",
    "texts",
    "geo",
)  # named as the fields of `Metadata`
_MOST_LOSSES = 20  # that a line names: more than there are kinds of metadata, fewer than a file can hold unknown chunks
_NO_EXIF = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
_RESOLUTION = 282
# Dots per inch from which and up to which a place holds a resolution: JFIF whole ones in 16 bits, PNG and BMP whole
# dots per metre, TIFF and EXIF fractions of ten thousandths.
_RANGES = {"JPEG": (1, 65_535), "PNG": (0.0254, 1e6), "BMP": (0.0254, 1e6), "TIFF": (1e-4, 1e6), "EXIF": (1e-4, 1e6)}


def fitted(metadata: Metadata, fmt: Format, height: int, width: int, *, grey: bool) -> tuple[Metadata, tuple[str, ...]]:
    """The metadata that a file of this format can hold, and the names of what is lost.

    Parameters
    ----------
    metadata : Metadata
        Metadata of the image; its kind says whether the file will hold CMYK.
    fmt : Format
        The format of the file.
    height, width : int
        Size of the image in pixels.
    grey : bool
        Whether the file will hold grey values alone.

    Returns
    -------
    metadata : Metadata
        Without anything that the format cannot hold.
    lost : tuple of str
        Names for `loss_line`.
    """
    lost: dict[str, None] = dict.fromkeys(metadata.left_out)
    metadata = replace(metadata, left_out=())
    metadata, named = _fitted_colour(metadata, fmt, grey=grey)
    lost |= dict.fromkeys(named)
    metadata = replace(
        metadata, exif=updated_exif(metadata.exif, height, width), xmp=for_size(metadata.xmp, height, width)
    )
    if metadata.dpi is not None and not _is_within(metadata.dpi, fmt.name if "resolution" in fmt.holds else "none"):
        if "exif" in fmt.holds and _is_within(metadata.dpi, "EXIF"):
            metadata = replace(metadata, exif=_with_resolution(metadata.exif, metadata.dpi))
        else:
            lost[PROPERTIES["resolution"]] = None
        if "resolution" in fmt.holds:
            metadata = replace(metadata, dpi=None)
    if fmt.name == "JPEG":
        metadata, named = _fitted_segments(metadata)
        lost |= dict.fromkeys(named)
    for name in _FIELDS:
        value = getattr(metadata, name)
        if value and name not in fmt.holds:
            words = enumerated(list(dict.fromkeys(text.keyword for text in metadata.texts))) if name == "texts" else ""
            lost[PROPERTIES[name] + (f" ({words})" if words else "")] = None
            empty: Any = () if isinstance(value, tuple) else None
            metadata = replace(metadata, **{name: empty})
    return metadata, tuple(lost)


def loss_line(lost: tuple[str, ...], fmt: Format) -> tuple[str, ...]:
    """One line that names everything lost, or no line.

    Parameters
    ----------
    lost : tuple of str
        Names of what is lost.
    fmt : Format
        That cannot hold it.

    Returns
    -------
    tuple of str
        Of one text, or empty.
    """
    return (f"not in the {fmt.name} file: {enumerated(lost, _MOST_LOSSES)}",) if lost else ()


def _fitted_colour(metadata: Metadata, fmt: Format, *, grey: bool) -> tuple[Metadata, list[str]]:
    """Keep profile and coding, or convert the coding into a profile."""
    lost = []
    icc, coding = metadata.icc, metadata.coding
    if metadata.cmyk_icc is not None and metadata.kind != "cmyk":
        lost.append("the CMYK profile (CMYK became RGB)")
        metadata = replace(metadata, cmyk_icc=None)
    if icc is not None and not ("icc" in fmt.holds and icc[16:20] == (b"GRAY" if grey else b"RGB ")):
        kind = "of colour" if grey else "of grey"
        lost.append(PROPERTIES["icc"] + (f" {kind} values" if "icc" in fmt.holds else ""))
        icc = None
    if coding is None or metadata.kind == "cmyk":
        return replace(metadata, icc=icc, coding=None), lost
    if "gamma" in fmt.holds:
        return replace(metadata, icc=icc), lost
    if "cicp" in fmt.holds and coding.cicp is not None and coding.full_range:
        return replace(metadata, icc=icc, coding=ColourCoding(cicp=coding.cicp)), lost
    # A profile in the file replaces gamma and primaries; an HDR code takes precedence over it.
    if (metadata.icc is None or coding.hdr) and not is_srgb(coding):
        made = profile_of(coding, grey=grey) if "icc" in fmt.holds else None
        icc = icc or made
        if made is None:
            words = ", ".join(word for word in (coding.hdr, "" if coding.full_range else "narrow range") if word)
            lost.append(PROPERTIES["cicp" if coding.cicp else "gamma"] + (f" ({words})" if words else ""))
        elif coding.hdr:
            lost.append(f"{PROPERTIES['cicp']} ({coding.hdr}; replaced by a colour profile)")
    return replace(metadata, icc=icc, coding=None), lost


def _fitted_segments(metadata: Metadata) -> tuple[Metadata, list[str]]:
    """Drop what is too long for the segments of a JPEG file."""
    lost = []
    if metadata.exif is not None and len(metadata.exif) > LONGEST_EXIF:
        metadata = replace(metadata, exif=None)
        lost.append(f"{PROPERTIES['exif']} (too long)")
    profile = metadata.cmyk_icc if metadata.kind == "cmyk" else metadata.icc
    if profile is not None and len(profile) > LONGEST_ICC:
        metadata = replace(metadata, icc=None, cmyk_icc=None)
        lost.append(f"{PROPERTIES['icc']} (too long)")
    if metadata.xmp is not None and len(metadata.xmp) > LONGEST - 100 and parse_xmp(metadata.xmp) is None:
        metadata = replace(metadata, xmp=None)
        lost.append(f"{PROPERTIES['xmp']} (too long)")
    if any(len(comment.encode("utf-8", "replace")) > LONGEST for comment in metadata.comments):
        lost.append("the end of a comment (too long)")
    return metadata, lost


def _is_within(dpi: tuple[float, float], place: str) -> bool:
    low, high = _RANGES.get(place, (1, 0))
    return all(low <= value <= high for value in dpi)


def _with_resolution(exif: bytes | None, dpi: tuple[float, float]) -> bytes:
    """EXIF with the resolution, if it has none itself."""
    exif = exif or _NO_EXIF
    present: Entries = read_entries(exif)
    return exif if _RESOLUTION in present else with_entries(exif, resolution_entries(dpi))
