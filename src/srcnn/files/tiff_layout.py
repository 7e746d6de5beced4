"""The meaning of the bands of a TIFF file, from its tags.

One table lists the supported photometric interpretations; all others are refused by name.

Sources: Adobe, *TIFF Revision 6.0*, 1992, sections 8 (baseline), 16 (CMYK), 18 (extra samples), 21 (YCbCr), 23 (Lab);
*Digital Negative Specification 1.7*, 2023; libtiff's `tiff.h` for the numbers of compressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from srcnn.errors import ImageError
from srcnn.files.limits import Header
from srcnn.files.tiff_directory import SUB_IFDS, Pages, Tags

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION = 256, 257, 258, 259, 262, 274
SAMPLES, PLANES, INK_SET, EXTRA_SAMPLES, SAMPLE_FORMAT = 277, 284, 332, 338, 339
_COEFFICIENTS, _SUBSAMPLING, _REFERENCE = 529, 530, 532
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT = 278, 322, 323
_UNCOMPRESSED, _JPEG = 1, 7
_SEPARATE = 2
ASSOCIATED, UNASSOCIATED = 1, 2
_UNSPECIFIED = 0
_WHITE_IS_ZERO = 0
RGB = 2  # photometric interpretation
_FLOAT, _FLOAT_BITS = 3, 32  # libvips reads no others

Colour = Literal["grey", "rgb", "palette", "cmyk", "ycbcr"]


@dataclass(frozen=True)
class _Photometric:
    """One kind of colour."""

    colour: Colour
    samples: int  # samples that make up the colour
    bits: tuple[int, ...]  # of a sample


_GREY = _Photometric("grey", 1, (1, 2, 4, 8, 16))
_PHOTOMETRIC = {
    _WHITE_IS_ZERO: _GREY,  # libvips inverts it
    1: _GREY,
    RGB: _Photometric("rgb", 3, (8, 16)),
    3: _Photometric("palette", 1, (1, 2, 4, 8)),
    5: _Photometric("cmyk", 4, (8, 16)),
    6: _Photometric("ycbcr", 3, (8,)),
}
_TO_RGB = "save it as RGB first"
_DEVELOP = "develop it with a raw converter first"
_UNKNOWN = {
    4: ("a transparency mask", "open the image that it belongs to"),
    8: ("CIE L*a*b*", _TO_RGB),
    9: ("ICC L*a*b*", _TO_RGB),
    10: ("ITU L*a*b*", _TO_RGB),
    32803: ("a colour filter array (a raw photo)", _DEVELOP),
    32844: ("LogL (high dynamic range)", "tone-map it to 8 or 16 bits first"),
    32845: ("LogLuv (high dynamic range)", "tone-map it to 8 or 16 bits first"),
    34892: ("linear raw data (a raw photo)", _DEVELOP),
    51177: ("a depth map", "open the image that it belongs to"),
    52527: ("a semantic mask", "open the image that it belongs to"),
}
# libtiff always supports these; others depend on how it was built.
_USUAL_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946)
_COMPRESSIONS = {
    6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32809: "ThunderScan", 32908: "PixarFilm",
    32909: "PixarLog", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG", 34676: "SGILog",
    34677: "SGILog24", 34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG of a raw photo", 34925: "LZMA",
    50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TiffLayout:
    """The bands of the image, in the order in which libvips returns them."""

    header: Header
    start: int  # offset of its directory
    alone: bool  # whether the file has no other directory
    colour: Colour
    colours: int  # number of colour bands: libvips expands a palette to three
    alpha: int | None  # index of the alpha band
    alpha_named: bool  # whether the file names it; otherwise it is the one remaining band
    premultiplied: bool  # whether colours were multiplied by alpha
    white_is_zero: bool
    separate: bool  # whether each of several bands has a plane of its own
    one_bit: bool
    floats: bool
    compression: str | None  # its name, if libvips may lack it
    orientation: int
    coefficients: tuple[float, ...]  # weights of red, green and blue in Y
    reference: tuple[float, ...]  # black and white levels of Y, Cb and Cr
    notes: tuple[str, ...]


def layout_of(pages: Pages) -> TiffLayout:
    """Determine the layout of the image in a file.

    Parameters
    ----------
    pages : Pages
        What the file says.

    Returns
    -------
    TiffLayout
        Of the image in full size.

    Raises
    ------
    ImageError
        If its kind is not supported; the message names it and says what to do.
    ValueError
        If its tags contradict each other.
    """
    tags = pages.tags
    if not pages.full and SUB_IFDS in tags:
        raise ImageError(
            f"its full image is in a sub-directory, as in raw photos (DNG), which is not supported; {_DEVELOP}"
        )
    photometric = _photometric(tags)
    samples, bits = numbers(tags, SAMPLES, 1)[0], _bits(tags, photometric)
    if samples < photometric.samples:
        raise ValueError(f"it has {samples} samples per pixel, but its colour needs {photometric.samples}")
    compression = numbers(tags, COMPRESSION, 1)[0]
    colour = photometric.colour
    if colour == "ycbcr":
        if compression == _JPEG:
            colour = "rgb"  # libtiff converts JPEG-compressed data
        elif samples > 3:
            raise ImageError(f"YCbCr TIFF with more than three bands is not supported; {_TO_RGB}")
        elif numbers(tags, _SUBSAMPLING, 2) not in ((1, 1), (1,)):
            what = "YCbCr TIFF with subsampled chroma"
            raise ImageError(f"{what} is supported with JPEG compression only; {_TO_RGB}")
    extra = samples - photometric.samples
    colours = 3 if colour in ("palette", "ycbcr") else photometric.samples
    separate = samples > 1 and numbers(tags, PLANES, 1)[0] == _SEPARATE
    if separate and (colour == "palette" or _TILE_WIDTH in tags):
        what = "a palette and further bands" if colour == "palette" else "tiles"
        raise ImageError(f"TIFF of {what} in planes of their own is not supported; save it with interleaved samples")
    alpha, named = _alpha(tags, extra)
    left_out = extra - (alpha is not None)
    header = Header(
        width=numbers(tags, WIDTH, 0)[0],
        height=numbers(tags, HEIGHT, 0)[0],
        bands=colours + extra,
        bits=max(bits, 8),
        buffer=_block(tags) * samples * bits // 8,
    )
    notes = []
    if not pages.full:
        notes.append("the file holds only a reduced copy of its image")
    if left_out:
        which = "1 band that is" if left_out == 1 else f"{left_out} bands that are"
        was = "was" if left_out == 1 else "were"
        notes.append(f"{which} neither colour nor transparency {was} dropped")
    return TiffLayout(
        header=header,
        start=pages.start,
        alone=pages.alone,
        colour=colour,
        colours=colours,
        alpha=None if alpha is None else colours + alpha,
        alpha_named=named,
        premultiplied=alpha is not None and numbers(tags, EXTRA_SAMPLES, _UNSPECIFIED)[alpha] == ASSOCIATED,
        white_is_zero=numbers(tags, PHOTOMETRIC, 1)[0] == _WHITE_IS_ZERO,
        separate=separate,
        one_bit=bits == 1,
        floats=_floating(tags),
        compression=None
        if compression in _USUAL_COMPRESSIONS
        else _COMPRESSIONS.get(compression, f"number {compression}"),
        orientation=orientation_in(tags),
        coefficients=_floats(tags, _COEFFICIENTS, (0.299, 0.587, 0.114)),
        reference=_floats(tags, _REFERENCE, (0, 255, 128, 255, 128, 255)),
        notes=tuple(notes),
    )


def _block(tags: Tags) -> int:
    """Pixels of a strip or tile, which is decoded as a whole; uncompressed strips are read in parts."""
    if _TILE_WIDTH in tags:
        return numbers(tags, _TILE_WIDTH, 1)[0] * numbers(tags, _TILE_HEIGHT, 1)[0]
    if numbers(tags, COMPRESSION, 1)[0] == _UNCOMPRESSED:
        return 0
    height = numbers(tags, HEIGHT, 0)[0]
    return numbers(tags, WIDTH, 0)[0] * min(numbers(tags, _ROWS_PER_STRIP, height)[0], height)


def numbers(tags: Tags, tag: int, default: int) -> tuple[int, ...]:
    """The integers of a tag, however many.

    Parameters
    ----------
    tags : Tags
        Of the directory.
    tag : int
        Which one.
    default : int
        Where the tag is absent.

    Returns
    -------
    tuple of int
        At least one.
    """
    value = tags.get(tag, default)
    return tuple(int(v) for v in value) if isinstance(value, (tuple, bytes)) else (int(value),)


def orientation_in(tags: Tags) -> int:
    """The orientation of a TIFF image; 1 where it is missing or has no meaning.

    Parameters
    ----------
    tags : Tags
        Of the directory.

    Returns
    -------
    int
        From 1 to 8.
    """
    found = numbers(tags, ORIENTATION, 1)[0]
    return found if 1 <= found <= 8 else 1


def _photometric(tags: Tags) -> _Photometric:
    if PHOTOMETRIC not in tags:
        raise ValueError("it lacks the meaning of its samples (PhotometricInterpretation)")
    number = numbers(tags, PHOTOMETRIC, 1)[0]
    if number not in _PHOTOMETRIC:
        what, to_do = _UNKNOWN.get(number, (f"number {number}", _TO_RGB))
        raise ImageError(f"TIFF with photometric interpretation {what} is not supported; {to_do}")
    found = _PHOTOMETRIC[number]
    if found.colour == "cmyk" and (numbers(tags, INK_SET, 1)[0] != 1 or numbers(tags, SAMPLES, 1)[0] < 4):
        raise ImageError(f"TIFF with inks other than cyan, magenta, yellow and black is not supported; {_TO_RGB}")
    return found


def _bits(tags: Tags, photometric: _Photometric) -> int:
    bits, formats = set(numbers(tags, BITS, 1)), set(numbers(tags, SAMPLE_FORMAT, 1))
    if formats == {_FLOAT} and bits == {_FLOAT_BITS} and photometric.colour in ("grey", "rgb"):
        if numbers(tags, PHOTOMETRIC, 1)[0] == _WHITE_IS_ZERO:  # libvips inverts whole numbers alone
            raise ImageError(
                "TIFF samples that are floats with 0 for white are not supported; save it with 0 for black"
            )
        return _FLOAT_BITS
    if not formats <= {1, 4}:
        values = {2: "signed integers", 3: "floating-point numbers", 5: "complex integers", 6: "complex numbers"}.get(
            max(formats), "unknown"
        )
        raise ImageError(
            f"TIFF samples that are {values} of {max(bits)} bits are not supported; save it with 8 or 16 bits first"
        )
    several = numbers(tags, SAMPLES, 1)[0] > 1
    if len(bits) > 1 or not bits <= set(photometric.bits) or (several and max(bits) < 8):
        said = "-".join(str(b) for b in numbers(tags, BITS, 1)[:8])
        raise ImageError(f"TIFF samples of {said} bits are not supported; save it with 8 or 16 bits first")
    return max(bits)


def _floating(tags: Tags) -> bool:
    return numbers(tags, SAMPLE_FORMAT, 1)[0] == _FLOAT


def _alpha(tags: Tags, extra: int) -> tuple[int | None, bool]:
    """The index of the extra sample that is alpha, and whether the file names it.

    One extra band without a declaration, or "unspecified", is alpha in almost all programs that write such files.
    """
    kinds = numbers(tags, EXTRA_SAMPLES, _UNSPECIFIED)[:extra]
    for number, kind in enumerate(kinds):
        if kind in (ASSOCIATED, UNASSOCIATED):
            return number, True
    return (0, False) if extra == 1 else (None, True)


def _floats(tags: Tags, tag: int, default: tuple[float, ...]) -> tuple[float, ...]:
    value = tags.get(tag)
    try:
        found = tuple(float(v) for v in value) if isinstance(value, tuple) else ()
    except (TypeError, ValueError, ZeroDivisionError):
        return default
    return found if len(found) == len(default) else default
