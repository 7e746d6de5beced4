"""Reading by libvips (PNG, JPEG, WebP, TIFF, and AVIF above 8 bits) and writing (16-bit and lossless AVIF).

Pillow silently opens 16-bit colour as 8-bit, its TIFF reader prints errors to standard error, and it needs three times
the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn import forks
from srcnn.errors import ImageError
from srcnn.files.floats import in_unit_range
from srcnn.files.formats import Format
from srcnn.files.picture import Metadata, Picture, picture_from_strips
from srcnn.files.pillow import cmyk_converter
from srcnn.files.tiff_directory import alone, with_numbers
from srcnn.files.tiff_layout import ASSOCIATED, EXTRA_SAMPLES, PHOTOMETRIC, RGB, UNASSOCIATED, TiffLayout
from srcnn.files.vips_library import vips_library
from srcnn.output import Encoding

_STRIP_BYTES = 1 << 22
AVIF_BITS = 10  # supported by decoders of AVIF's main profile; 12 bits need the professional profile


def picture_from_libvips(
    data: bytes,
    fmt: Format,
    metadata: Metadata,
    *,
    orientation: int = 1,
    layout: TiffLayout | None = None,
) -> Picture:
    """Decode a file at full bit depth.

    Parameters
    ----------
    data : bytes
        The file.
    fmt : Format
        What it is.
    metadata : Metadata
        Its metadata.
    orientation : int
        The EXIF orientation that has to be applied.
    layout : TiffLayout, optional
        The layout of a TIFF file; in other files the band after the colours is alpha.

    Returns
    -------
    Picture
        Of 8 or 16 bits (AVIF's 10 or 12 are widened), or of floats.

    Raises
    ------
    ImageError
        If the samples are neither 8 nor 16 bits wide nor the floats of a TIFF file, or some are no numbers.
    pyvips.Error
        If the data is damaged.
    """
    image, source = (_opened(data), None) if layout is None else _opened_tiff(_readable(data, layout), layout)
    floats = layout is not None and layout.floats
    if floats:
        image = image.cast("float")
    elif image.format not in ("uchar", "ushort"):
        raise ImageError(
            f"{fmt.name} samples of type {image.format} are not supported; save it with 8 or 16 bits first"
        )
    cmyk = image.interpretation == "cmyk" if layout is None else layout.colour == "cmyk"
    if layout is None:
        colours = 4 if cmyk else 1 if image.bands <= 2 else 3
        alpha = colours if image.bands > colours else None
    else:
        colours, alpha = layout.colours, layout.alpha
    if image.bands < colours + (alpha is not None):
        raise ValueError(f"it has {image.bands} bands, but its colour needs {colours}")
    colour, opacity = image.extract_band(0, n=colours), [] if alpha is None else [image.extract_band(alpha)]
    if layout is not None and layout.white_is_zero and _is_copied(layout):
        colour = colour.invert()
    if layout is not None and _is_divided_here(layout):
        colour = _divided(colour, opacity[0])
    if layout is not None and layout.colour == "ycbcr":
        colour = _rgb_of_ycbcr(colour, layout)
    by_pillow = None
    if cmyk:
        metadata = replace(metadata, kind="cmyk")
        if colour.format == "uchar":
            by_pillow, metadata = cmyk_converter(metadata)
        else:
            colour, metadata = _of_deep_cmyk(colour, metadata)
    strips = _strips(colour.bandjoin(opacity) if opacity else colour)
    if by_pillow is not None:
        strips = (np.dstack([by_pillow(strip[..., :4]), strip[..., 4:]]) for strip in strips)
    if floats:
        strips, metadata = in_unit_range(list(strips), metadata, colours)
    plain_palette = metadata.kind == "palette" and metadata.icc is None
    picture = picture_from_strips(
        strips, (image.height, image.width), metadata, orientation, grey_if_equal=plain_palette
    )
    del source  # libvips has read from it until now
    return picture if layout is None or layout.alpha_named else _told_of_alpha(picture)


def _readable(data: bytes, layout: TiffLayout) -> bytes:
    """The file as libvips reads it rightly.

    It takes every plane of grey and further bands, or of YCbCr, for all of them, unless their colour is one that it
    only copies.
    It divides by a premultiplied alpha itself, but takes the largest alpha of grey floats, of 16-bit CMYK and of such a
    copy for 255.
    """
    if _is_copied(layout):
        data = with_numbers(data, PHOTOMETRIC, lambda _: RGB)
    if _is_divided_here(layout):
        data = with_numbers(data, EXTRA_SAMPLES, lambda kind: UNASSOCIATED if kind == ASSOCIATED else kind)
    return data


def _is_copied(layout: TiffLayout) -> bool:
    return layout.colour in ("grey", "ycbcr") and layout.separate


def _is_divided_here(layout: TiffLayout) -> bool:
    misread = {"grey": layout.floats or layout.separate, "cmyk": layout.header.bits == 16}
    return layout.premultiplied and misread.get(layout.colour, False)


def _divided(colour: Any, alpha: Any) -> Any:
    """Colours that were multiplied by alpha, as they were before."""
    most = {"uchar": 255, "ushort": 65535, "float": 1}[colour.format]
    divided = colour.bandjoin(alpha).unpremultiply(max_alpha=most).extract_band(0, n=colour.bands)
    return divided if colour.format == "float" else divided.rint().cast(colour.format)


def same_pixels(first: bytes, second: bytes) -> bool:
    """Whether two files have the same pixels, decoded side by side in strips.

    Parameters
    ----------
    first, second : bytes
        Two files.

    Returns
    -------
    bool
        Of all pixels.

    Raises
    ------
    pyvips.Error
        If one of them is damaged.
    """
    one, other = _opened(first), _opened(second)
    if (one.width, one.height, one.bands, one.format) != (other.width, other.height, other.bands, other.format):
        return False
    return all(np.array_equal(a, b) for a, b in zip(_strips(one), _strips(other), strict=True))


def _opened(data: bytes) -> Any:
    return vips_library().Image.new_from_buffer(data, "", access="sequential", fail_on="error")


class _Source:
    """A file with some of its bytes changed, for which nothing is copied."""

    def __init__(self, data: bytes, changes: dict[int, bytes]) -> None:
        self._data = data
        self._changes = changes
        self._at = 0

    def read(self, length: int) -> bytes:
        at, part = self._at, self._data[self._at : self._at + length]
        self._at += len(part)
        for start, instead in self._changes.items():
            first, last = max(start, at), min(start + len(instead), at + len(part))
            if first < last:
                part = part[: first - at] + instead[first - start : last - start] + part[last - at :]
        return part

    def seek(self, offset: int, whence: int) -> int:
        self._at = offset + (0, self._at, len(self._data))[whence]
        return self._at


def _opened_tiff(data: bytes, layout: TiffLayout) -> tuple[Any, Any]:
    """One image of a file, and what has to be kept as long as it is read.

    Of several directories libvips is shown the one alone: by its number it would be looked for from the first on, in a
    copy of the file, so that a file of thousands of pages would take hours.
    """
    if layout.alone:
        return _opened(data), None
    vips, changed = vips_library(), _Source(data, alone(data, layout.start))
    source = vips.SourceCustom()
    source.on_read(changed.read)
    source.on_seek(changed.seek)
    return vips.Image.tiffload_source(source, access="sequential", fail_on="error"), source


def _strips(image: Any) -> Iterator[NDArray[Any]]:
    """All values of an image from the top, a few rows at a time.

    A region is computed by the calling thread, so that a forked process can read, too.
    """
    dtype = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}[image.format]
    rows = max(1, _STRIP_BYTES // (image.width * image.bands * np.dtype(dtype).itemsize))
    region = vips_library().Region.new(image)
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        yield np.frombuffer(region.fetch(0, top, image.width, count), dtype).reshape(count, image.width, image.bands)


def start_threads() -> None:
    """Record that libvips is about to start threads, or raise if it cannot.

    Raises
    ------
    ImageError
        If the process is a fork of one that had used libvips.
    """
    if forks.threads_lost("libvips"):
        raise ImageError(f"libvips cannot write here: {forks.advice('libvips')}")
    forks.note_threads("libvips")


def _told_of_alpha(picture: Picture) -> Picture:
    """The image of a file with an unnamed extra band, and a note on how the band was used."""
    if picture.alpha is None:
        return picture
    if picture.alpha.any():
        note = "an unnamed band was used as transparency"
    else:  # padding: nobody would save a fully transparent image
        picture, note = replace(picture, alpha=None), "an empty unnamed band was dropped"
    return replace(picture, metadata=replace(picture.metadata, notes=(*picture.metadata.notes, note)))


def _rgb_of_ycbcr(image: Any, layout: TiffLayout) -> Any:
    """Convert 8-bit YCbCr to RGB by the coefficients and reference levels of the file (TIFF 6.0, section 21)."""
    red, green, blue = layout.coefficients
    black, white = np.array(layout.reference[::2]), np.array(layout.reference[1::2])
    if min(layout.coefficients) <= 0 or (white == black).any():
        raise ValueError("its YCbCr coefficients are invalid")
    stretch = np.array([255.0, 127.0, 127.0]) / (white - black)
    from_blue, from_red = 2 - 2 * blue, 2 - 2 * red
    matrix = (
        np.array([[1, 0, from_red], [1, -blue * from_blue / green, -red * from_red / green], [1, from_blue, 0]])
        * stretch
    )
    return (image.recomb(matrix.tolist()) - (matrix @ black).tolist()).rint().cast("uchar").copy(interpretation="srgb")


def encode_avif(picture: Picture, encoding: Encoding) -> bytes:
    """Encode an image of 16 bits as AVIF, which keeps 10 of them, or one of 8 bits without loss, which Pillow cannot.

    Parameters
    ----------
    picture : Picture
        Of 8 or 16 bits.
    encoding : Encoding
        What was chosen.

    Returns
    -------
    bytes
        The file.
    """
    pyvips = vips_library()
    start_threads()
    image = pyvips.Image.new_from_array(picture.bands)
    grey, rgb = ("b-w", "srgb") if picture.bits == 8 else ("grey16", "rgb16")
    image = image.copy(interpretation=grey if picture.pixels.ndim == 2 else rgb)
    metadata = picture.metadata
    exif = metadata.exif and b"Exif\0\0" + metadata.exif
    for name, value in (("icc-profile-data", metadata.icc), ("exif-data", exif), ("xmp-data", metadata.xmp)):
        if value:
            image.set_type(pyvips.GValue.blob_type, name, value)
    if metadata.dpi is not None:
        image = image.copy(xres=metadata.dpi[0] / 25.4, yres=metadata.dpi[1] / 25.4)  # libvips stores them in EXIF
    keep = pyvips.enums.ForeignKeep.ICC | pyvips.enums.ForeignKeep.XMP
    if metadata.exif:
        keep |= pyvips.enums.ForeignKeep.EXIF
    bits = 8 if picture.bits == 8 else AVIF_BITS
    kept: dict[str, Any] = {"lossless": True} if encoding.lossless else {"Q": encoding.quality, "subsample_mode": "off"}
    effort = encoding.compression
    return bytes(image.heifsave_buffer(compression="av1", bitdepth=bits, effort=effort, keep=keep, **kept))


def _of_deep_cmyk(inks: Any, metadata: Metadata) -> tuple[Any, Metadata]:
    """Convert 16-bit CMYK to RGB, like `cmyk_converter` for 8 bits: by a usable profile or a formula."""
    _, found = cmyk_converter(metadata)
    if found.cmyk_icc is not None:
        profiled = inks.copy(interpretation="cmyk")
        rgb = profiled.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True, depth=16)
    else:
        light = inks.invert()
        rgb = (light.extract_band(0, n=3) * light.extract_band(3) / 65535).rint().cast("ushort")
    return rgb.copy(interpretation="rgb16"), found
