"""One decoder for each format, which checks the structure of a file before it decodes.

The structure shows whether a file is too large or not supported, so only damaged files are reported as damaged.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.avif import avif_header, avif_quantiser, is_deep, is_grey
from srcnn.files.bmp import bmp_header
from srcnn.files.exif import orientation_of
from srcnn.files.formats import FORMATS, Format
from srcnn.files.gif import gif_ended, gif_frames, gif_header
from srcnn.files.heic import decode_heic
from srcnn.files.jpeg import JpegLayout, check_supported, jpeg_layout, with_end
from srcnn.files.jxl import decode_jxl
from srcnn.files.libvips import picture_from_libvips, same_pixels
from srcnn.files.limits import Header, check_limits
from srcnn.files.metadata.jp2 import jp2_bits, read_jp2
from srcnn.files.metadata.read import described
from srcnn.files.netpbm import decode_netpbm, is_bilevel, netpbm_header
from srcnn.files.picture import Codec, Kind, Metadata, Picture, Quantiser, picture_from_strips
from srcnn.files.pillow import metadata_from_pil, metadata_of_info, picture_from_pil
from srcnn.files.png import cleaned, png_header, stored_kind
from srcnn.files.tiff import metadata_of_tags
from srcnn.files.tiff_directory import Chain, read_pages, with_numbers
from srcnn.files.tiff_layout import ORIENTATION, layout_of, numbers
from srcnn.files.webp import webp_layout

if TYPE_CHECKING:
    from PIL import ImageFile

# The readers themselves instead of Image.open, which tries every reader of Pillow (one of which starts Ghostscript) and
# whose pixel limit is a global that could only be lifted for the whole program.
_READERS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
    "JPEG2000": ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "TGA": ("TgaImagePlugin", "TgaImageFile"),
    "ICO": ("IcoImagePlugin", "IcoImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "PNM": ("PpmImagePlugin", "PpmImageFile"),
}
_LOSSY = ("AVIF", "JPEG2000")  # where the file does not tell
_warnings_lock = threading.Lock()


def _decode_png(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    check_limits(png_header(data), max_pixels)
    clean = cleaned(data)
    metadata = _metadata(clean.data, fmt, stored_kind(data))
    metadata = replace(metadata, icc=clean.profile or metadata.icc, notes=(*metadata.notes, *clean.notes))
    return picture_from_libvips(clean.data, fmt, metadata, orientation=orientation_of(metadata.exif))


def _decode_jpeg(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    layout = jpeg_layout(data)
    check_supported(layout)
    check_limits(layout.header, max_pixels)
    if not layout.ended:
        if not same_pixels(with_end(data), with_end(data, more=True)):
            raise ValueError("it ends before its image is complete")
        data = with_end(data)
    metadata = replace(_metadata(data, fmt, "rgb"), lossless=False, quantisation=_table(layout))
    if not layout.ended:
        note = "the end marker of the file is missing, but its image is complete"
        metadata = replace(metadata, notes=(*metadata.notes, note))
    return picture_from_libvips(data, fmt, metadata, orientation=orientation_of(metadata.exif))


def _table(layout: JpegLayout) -> tuple[int, ...] | None:
    """The table of luminance; the first of four components, of CMYK, is none."""
    return layout.quantisation if layout.header.bands in (1, 3) else None


def _decode_webp(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    layout = webp_layout(data)
    check_limits(layout.header, max_pixels)
    info = {"icc_profile": layout.icc, "exif": layout.exif, "xmp": layout.xmp}
    metadata = metadata_of_info({key: value for key, value in info.items() if value}, fmt.name)
    notes = first_of(layout.frames, "frames")
    metadata = replace(metadata, lossless=layout.lossless, notes=notes)
    metadata = replace(metadata, quantiser=_quantiser("VP8", layout.quantiser))
    return picture_from_libvips(data, fmt, metadata, orientation=orientation_of(metadata.exif))


def _quantiser(codec: Codec, index: int | None) -> Quantiser | None:
    return None if index is None else Quantiser(codec, index)


def _decode_tiff(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    picture, count = decode_tiff_page(data, fmt, max_pixels, 0)
    notes = (*first_of(count, "pages"), *picture.metadata.notes)
    return replace(picture, metadata=replace(picture.metadata, notes=notes))


def decode_tiff_page(
    data: bytes, fmt: Format, max_pixels: int | None, page: int, chain: Chain | None = None
) -> tuple[Picture, int]:
    """Decode an image of a TIFF file.

    Parameters
    ----------
    data : bytes
        The file.
    fmt : Format
        TIFF.
    max_pixels : int or None
        The limit.
    page : int
        Which of the full-size images, from 0.
    chain : Chain, optional
        As `srcnn.files.tiff_directory.read_pages` takes it.

    Returns
    -------
    (Picture, int)
        The image, and how many there are.

    Raises
    ------
    ImageError
        If it is not supported or too large.
    Exception
        Decoders raise almost anything on damaged data.
    """
    pages = read_pages(data, page, chain)
    layout = layout_of(pages)
    check_limits(layout.header, max_pixels)
    with quietly():
        metadata = metadata_of_tags(pages.tags)
    if numbers(pages.tags, ORIENTATION, 1)[0] != layout.orientation:
        data = with_numbers(data, ORIENTATION, lambda _: layout.orientation)  # libvips would refuse the whole file
    kind: Kind = "palette" if layout.colour == "palette" else "1-bit" if layout.one_bit else "rgb"
    metadata = replace(metadata, kind=kind, notes=layout.notes)
    try:
        picture = picture_from_libvips(data, fmt, metadata, orientation=layout.orientation, layout=layout)
    except Exception as error:
        if layout.compression is None or isinstance(error, (ImageError, MemoryError)):
            raise
        what = f"the compression of this TIFF file ({layout.compression})"
        raise ImageError(f"{what} is not supported; save it with LZW, Deflate or none") from error
    return picture, pages.images


def _decode_avif(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    header = avif_header(data)
    if header is not None:
        check_limits(header, max_pixels)
    if is_deep(data):
        # libheif has already rotated the image.
        picture = picture_from_libvips(data, fmt, replace(_metadata(data, fmt, "rgb"), lossless=False))
    else:
        picture = _decode_by_pillow(data, fmt, header, max_pixels)
    quantiser = _quantiser("AV1", avif_quantiser(data))
    picture = replace(picture, metadata=replace(picture.metadata, quantiser=quantiser))
    return _grey_again(picture) if is_grey(data) else picture


def _decode_gif(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    picture = _decode_by_pillow(data, fmt, gif_header(data), max_pixels)
    return (
        picture if gif_ended(data) else _noted(picture, "the end marker of the file is missing, and so may be frames")
    )


def _decode_bmp(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    return _decode_by_pillow(data, fmt, bmp_header(data), max_pixels)


def _decode_unchecked(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    """Formats whose header Pillow reads before anything is decoded."""
    return _decode_by_pillow(data, fmt, None, max_pixels)


def _decode_pnm(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    check_limits(netpbm_header(data), max_pixels)
    kind: Kind = "1-bit" if is_bilevel(data) else "rgb"
    return _of_values(decode_netpbm(data), Metadata(format=fmt.name, kind=kind))


def _decode_heic(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    values, metadata, count = decode_heic(data, lambda header: check_limits(header, max_pixels))
    return _of_values(values, replace(metadata, lossless=False, notes=first_of(count, "images")))


def _decode_jxl(data: bytes, _: Format, max_pixels: int | None) -> Picture:
    found = decode_jxl(data, lambda header: check_limits(header, max_pixels))
    if isinstance(found, bytes):
        jpeg = FORMATS["JPEG"]
        return described(_decode_jpeg(found, jpeg, max_pixels), found, jpeg)
    values, metadata = found
    return _of_values(values, replace(metadata, lossless=False))


def _of_values(values: NDArray[Any], metadata: Metadata) -> Picture:
    """The image of values that a decoder has made upright."""
    return picture_from_strips([values], (values.shape[0], values.shape[1]), metadata)


def _decode_jp2(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    picture = _decode_by_pillow(data, fmt, None, max_pixels)
    metadata = picture.metadata
    _, icc = read_jp2(data)
    deep = metadata.kind == "rgb" and jp2_bits(data) > 8
    notes = (*metadata.notes, f"its {jp2_bits(data)} bits were read as 8") if deep else metadata.notes
    return replace(picture, metadata=replace(metadata, icc=icc or metadata.icc, notes=notes))


def _decode_by_pillow(data: bytes, fmt: Format, header: Header | None, max_pixels: int | None) -> Picture:
    if header is not None:
        check_limits(header, max_pixels)
    with quietly():
        image = reader_of(data, fmt)
        metadata, frames = metadata_from_pil(image), gif_frames(data) if fmt.name == "GIF" else _frames(image)
    width, height = image.size
    check_limits(replace(header or Header(width=width, height=height), width=width, height=height), max_pixels)
    metadata = replace(metadata, format=fmt.name, lossless=fmt.name not in _LOSSY, notes=first_of(frames, "frames"))
    image.load()
    return picture_from_pil(image, metadata)


def _metadata(data: bytes, fmt: Format, kind: Kind) -> Metadata:
    """Metadata that Pillow finds in a file that libvips decodes.

    An error in it does not make the image unreadable.
    """
    try:
        with quietly():
            image = reader_of(data, fmt)
            metadata, frames = metadata_from_pil(image), _frames(image)
    except (
        Exception
    ):  # Pillow raises almost anything on damaged data; the decoder tells whether the image is damaged, too
        return Metadata(
            format=fmt.name, kind=kind, notes=("profile, EXIF and texts of the file are damaged and were dropped",)
        )
    return replace(metadata, format=fmt.name, kind=kind, notes=first_of(frames, "frames"))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Silence Pillow's warnings about metadata; warning filters are global, hence the lock.

    Yields
    ------
    None
        While they are silent.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def reader_of(data: bytes | IO[bytes], fmt: Format) -> ImageFile.ImageFile:
    """Pillow's reader of a format, at the first frame of a file.

    Parameters
    ----------
    data : bytes or binary file
        The file.
    fmt : Format
        What it is.

    Returns
    -------
    ImageFile.ImageFile
        Nothing of it is decoded yet.

    Raises
    ------
    Exception
        Pillow raises almost anything on damaged data.
    """
    module, name = _READERS[fmt.name]
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    image: ImageFile.ImageFile = getattr(importlib.import_module(f"PIL.{module}"), name)(file)
    return image


def _noted(picture: Picture, note: str) -> Picture:
    metadata = picture.metadata
    return replace(picture, metadata=replace(metadata, notes=(*metadata.notes, note)))


def _grey_again(picture: Picture) -> Picture:
    """Turn three equal bands into one: some decoders return grey AVIF images that way."""
    if picture.pixels.ndim == 2:
        return picture
    red = picture.pixels[..., :1]
    if not (picture.pixels == red).all():
        return picture
    return replace(picture, pixels=np.ascontiguousarray(red[..., 0]), metadata=replace(picture.metadata, kind="grey"))


def _frames(image: ImageFile.ImageFile) -> int:
    return int(getattr(image, "n_frames", 1))


def first_of(count: int, what: str) -> tuple[str, ...]:
    """The note on a file of which only the first image was read.

    Parameters
    ----------
    count : int
        Images in the file.
    what : str
        What they are called: frames, pages.

    Returns
    -------
    tuple of str
        Empty where there is only one.
    """
    return (f"only the first of {count} {what} was read",) if count > 1 else ()


DECODERS: dict[str, Callable[[bytes, Format, int | None], Picture]] = {
    "PNG": _decode_png, "JPEG": _decode_jpeg, "WEBP": _decode_webp, "BMP": _decode_bmp, "TIFF": _decode_tiff,
    "AVIF": _decode_avif, "GIF": _decode_gif, "HEIC": _decode_heic, "JXL": _decode_jxl, "JPEG2000": _decode_jp2,
    "PNM": _decode_pnm, "ICO": _decode_unchecked, "TGA": _decode_unchecked,
}  # fmt: skip
