"""Encode rows of pixels as a file, strip by strip if the encoder of the format allows it.

PNG, JPEG and GIF are written by libvips, TIFF by this package, the rest by Pillow, which needs the whole image.
Metadata is added here, so that it does not depend on the encoder.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from srcnn import forks
from srcnn.errors import ImageError, SrcnnError
from srcnn.files.decoding import one_line
from srcnn.files.fitted import FittedRows, fitted_rows
from srcnn.files.formats import Format
from srcnn.files.libvips import encode_avif, start_threads
from srcnn.files.libvips_writer import Splice, write_by_libvips
from srcnn.files.metadata.avif import placeholder, with_cicp
from srcnn.files.metadata.gif import gif_extensions, with_gif_extensions
from srcnn.files.metadata.jpeg import jpeg_segments, scan_start, with_jpeg_segments
from srcnn.files.metadata.png import png_chunks, with_png_chunks
from srcnn.files.picture import Metadata, Picture
from srcnn.files.pillow import picture_to_pil
from srcnn.files.strips import Strips, strips_of
from srcnn.files.tiff import TiffWriter
from srcnn.output import DEFAULTS, STRONGEST, Encoding, WriteOptions

if TYPE_CHECKING:
    from PIL import Image

_FILTER = "paeth"  # a filter chosen for each row saves under 1 % and takes twice the time
_WEBP_METHODS = (0, 1, 1, 2, 3, 3, 4, 5, 5, 6)  # of every level of compression


def encode(picture: Picture, fmt: Format, options: WriteOptions = DEFAULTS) -> tuple[bytes, tuple[str, ...]]:
    """Encode an image in memory; returns the file and what it could not hold (see `encode_strips`).

    Parameters
    ----------
    picture : Picture
        The image.
    fmt : Format
        Of the file.
    options : WriteOptions
        How it is written.

    Returns
    -------
    (bytes, tuple of str)
        The file, and what the format could not hold.
    """
    stream = io.BytesIO()
    notes = encode_strips(strips_of(picture), fmt, stream, options)
    return stream.getvalue(), notes


def encode_strips(
    image: Strips, fmt: Format, file: IO[bytes], options: WriteOptions = DEFAULTS, *, threads: int | None = None
) -> tuple[str, ...]:
    """Write an image in the given format.

    Parameters
    ----------
    image : Strips
        For WebP, BMP and AVIF the whole image is held in memory.
    fmt : Format
        The output format.
    file : binary file
        Empty and seekable.
    options : WriteOptions
        How it is written.
    threads : int, optional
        Threads that compress TIFF; they change no byte.

    Returns
    -------
    tuple of str
        What the format could not hold, and what of the options it has no choice of.

    Raises
    ------
    ImageError
        If the image is too large for the format, or its encoder fails.
        Errors while the rows are computed are raised unchanged.
    """
    if fmt.pages:
        return encode_pages((image,), 1, fmt, file, options, threads=threads)
    rows, notes = fitted_rows(image, fmt, options)
    with _errors_in_words(rows):
        _encode(rows, fmt, file)
    return (*options.unused(fmt.name.lower()), *notes)


def encode_pages(
    pages: Iterable[Strips],
    count: int,
    fmt: Format,
    file: IO[bytes],
    options: WriteOptions = DEFAULTS,
    *,
    threads: int | None = None,
) -> tuple[str, ...]:
    """Write a file of several images, of which one is computed at a time.

    Parameters
    ----------
    pages : iterable of Strips
        Of any sizes, depths and colours.
    count : int
        How many there are.
    fmt : Format
        A format that holds several pages: TIFF.
    file : binary file
        Empty and seekable.
    options : WriteOptions
        How it is written.
    threads : int, optional
        As `encode_strips` takes it.

    Returns
    -------
    tuple of str
        What the format could not hold of any page.

    Raises
    ------
    ImageError
        As `encode_strips`.
    """
    writer = TiffWriter(file, count, threads=threads)
    said = dict.fromkeys(options.unused(fmt.name.lower()))
    for image in pages:
        rows, notes = fitted_rows(image, fmt, options)
        with _errors_in_words(rows):
            level = rows.encoding.compression
            writer.add(rows.bands(), rows.shape, rows.dtype, rows.metadata, cmyk=rows.cmyk, level=level)
        said |= dict.fromkeys(notes)
    writer.end()
    return tuple(said)


@contextmanager
def _errors_in_words(rows: FittedRows) -> Iterator[None]:
    """What an encoder raises as an `ImageError`; what the rows raise as it is."""
    try:
        yield
    except (SrcnnError, MemoryError):
        raise
    except Exception as error:  # encoders, too, raise almost anything
        if error is rows.failure or isinstance(error, OSError):
            raise
        raise ImageError(f"{rows.fmt.name} encoding failed ({one_line(error)})") from error


def _encode(rows: FittedRows, fmt: Format, file: IO[bytes]) -> None:
    if fmt.name in ("PNG", "JPEG", "GIF") and not (forks.threads_lost("libvips") and rows.bits == 8):
        start_threads()
        save = _saver(fmt, rows.encoding)
        write_by_libvips(file, rows.bands(), rows.shape, save, cmyk=rows.cmyk, splice=_splice(rows, fmt))
    else:
        file.write(_encode_whole(rows, fmt))


def _saver(fmt: Format, encoding: Encoding) -> Any:
    def save(image: Any, target: Any) -> None:
        if fmt.name == "PNG":
            # libvips would otherwise add its own resolution and EXIF.
            image.pngsave_target(target, keep="none", compression=encoding.compression, filter=_FILTER)
        elif fmt.name == "GIF":
            image.gifsave_target(target, keep="none")
        else:
            # Optimised tables would need the whole image at once, and save 3 %.
            image.jpegsave_target(target, keep="none", Q=encoding.quality, subsample_mode="off")

    return save


def _splice(rows: FittedRows, fmt: Format) -> Splice:
    """The function that adds metadata to the first bytes of a PNG or JPEG file."""
    if fmt.name == "PNG":
        chunks = png_chunks(rows.metadata)
        return lambda head: with_png_chunks(head, chunks) if b"IDAT" in head else None
    if fmt.name == "GIF":
        extensions = gif_extensions(rows.metadata)
        return lambda head: with_gif_extensions(head, extensions)
    segments = jpeg_segments(rows.metadata, cmyk=rows.cmyk)
    return lambda head: None if scan_start(head) is None else with_jpeg_segments(head, segments)


def _encode_whole(rows: FittedRows, fmt: Format) -> bytes:
    picture, encoding = rows.whole(), rows.encoding
    metadata = picture.metadata
    if fmt.name == "AVIF" and (picture.bits == 16 or encoding.lossless):
        return _with_code(encode_avif(picture, encoding), metadata)
    image = picture_to_pil(picture)
    options: dict[str, Any] = {str(key): value for key, value in image.info.items()}
    image.info.clear()
    match fmt.name:
        case "PNG":
            return with_png_chunks(_saved(image, fmt, compress_level=encoding.compression), png_chunks(metadata))
        case "JPEG":
            data = _saved(image, fmt, quality=encoding.quality, subsampling=0)
            return with_jpeg_segments(data, jpeg_segments(metadata, cmyk=image.mode == "CMYK"))
        case "GIF":
            data = _saved(image.convert("RGBA"), fmt)
            return with_gif_extensions(data, gif_extensions(metadata)) or data
        case "WEBP":
            # Images of lossless formats become lossy WebP too: users who ask for WebP want a small file.
            options |= {"lossless": True} if encoding.lossless else {"quality": encoding.quality}
            options["method"] = _WEBP_METHODS[encoding.compression]
        case "AVIF":
            # Tiles depending on the number of processors would make the bytes depend on the machine.
            options |= {"subsampling": "4:0:0" if image.mode == "L" else "4:4:4", "autotiling": False}
            options |= {"quality": encoding.quality, "speed": STRONGEST - encoding.compression}
            # Pillow would rewrite EXIF, which breaks maker notes, and fail if it is damaged.
            held = placeholder(metadata.exif)
            data = _saved(image, fmt, **options | {"exif": held})
            return _with_code(data.replace(held, metadata.exif, 1) if held and metadata.exif else data, metadata)
    return _saved(image, fmt, **options)


def _with_code(avif: bytes, metadata: Metadata) -> bytes:
    code = None if metadata.coding is None else metadata.coding.cicp
    return avif if code is None else with_cicp(avif, code)


def _saved(image: Image.Image, fmt: Format, **options: Any) -> bytes:
    stream = io.BytesIO()
    try:
        image.save(stream, fmt.name, **options)
    except OSError as error:  # from the encoder: the file is not involved yet
        raise ImageError(f"{fmt.name} encoding failed ({one_line(error)})") from error
    return stream.getvalue()
