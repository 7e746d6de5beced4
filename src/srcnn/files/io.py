"""Read and write image files.

libvips (pyvips) reads what it can, and Pillow the rest; `srcnn.files.encoding` writes the formats.
Both are imported only when an image is read or written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from srcnn.errors import ImageError, OptionError
from srcnn.files.animation.frames import Animation
from srcnn.files.animation.read import is_animated, read_animation
from srcnn.files.atomic import replacing
from srcnn.files.decoding import decode
from srcnn.files.document import Document, has_pages, read_document
from srcnn.files.encoding import encode_strips
from srcnn.files.formats import Format, format_of
from srcnn.files.limits import MAX_PIXELS
from srcnn.files.paths import local_path
from srcnn.files.picture import Picture
from srcnn.files.sources import Source, bytes_of, modified_ns_of, name_of
from srcnn.files.strips import Strips, strips_of
from srcnn.options import whole
from srcnn.output import DEFAULTS, WriteOptions, checked_options

T = TypeVar("T")


def read_image(path: Source, *, max_pixels: int | None = MAX_PIXELS) -> Picture:
    """Read an image exactly: 8 or 16 bits, grey or RGB, alpha separate, rotated upright.

    Parameters
    ----------
    path : path, bytes or open file
        A PNG, JPEG, WebP, BMP, TIFF, AVIF, GIF, JPEG 2000, PNM, ICO or TGA file, and with the extra ``formats`` HEIC
        and JPEG XL, recognised by its content and not by its name: its path, its bytes, or a file opened in binary
        mode, which is read from where it stands and stays open.
    max_pixels : int or None
        Larger images are refused before they are decoded (a small file can claim any size); None lifts the limit.

    Returns
    -------
    Picture
        Palette and CMYK images come as RGB (CMYK through its profile into sRGB), 1-bit ones as 8-bit grey.
        Of a file with several pages or frames it is the first, and ``metadata.notes`` says so.

    Raises
    ------
    ImageError
        If the file is missing, no image, empty, truncated, damaged or too large; one line that says what and why.
    OptionError
        If ``max_pixels`` is no whole number of at least 1, or ``path`` is none of these.

    Examples
    --------
    >>> import srcnn
    >>> image = srcnn.read_image("examples/chart.png")
    >>> image
    Picture(192x160, RGB, 8 bits, PNG)
    >>> image.pixels.shape, image.pixels.dtype
    ((160, 192, 3), dtype('uint8'))
    """
    picture, modified_ns = _decoded(path, max_pixels, lambda data, most: decode(data, max_pixels=most))
    return replace(picture, metadata=replace(picture.metadata, modified_ns=modified_ns))


def read_whole(path: Source, fmt: Format, *, max_pixels: int | None = MAX_PIXELS) -> Picture | Animation | Document:
    """Read all of a file that a format can hold: an image as `read_image` does, all frames, or all pages.

    Parameters
    ----------
    path : path
        As `read_image` takes it.
    fmt : Format
        In which it will be written.
    max_pixels : int or None
        As `read_image` takes it; of one frame or page.

    Returns
    -------
    Picture, Animation or Document
        An animation if there are several frames of GIF, APNG or WebP and ``fmt`` is one of them; a document if there
        are several pages of TIFF and ``fmt`` is TIFF.

    Raises
    ------
    ImageError
        As `read_image` raises it; a damaged frame or page is named.
    OptionError
        If ``max_pixels`` is no whole number of at least 1.
    """

    def decoded(data: bytes, most: int | None) -> Picture | Animation | Document:
        if fmt.animated and is_animated(data):
            return read_animation(data, max_pixels=most)
        if fmt.pages and has_pages(data):
            return read_document(data, max_pixels=most)
        return decode(data, max_pixels=most)

    found, modified_ns = _decoded(path, max_pixels, decoded)
    if isinstance(found, Document):
        return replace(found, name=name_of(path), modified_ns=modified_ns)
    return replace(found, metadata=replace(found.metadata, modified_ns=modified_ns))


def _decoded(path: Source, max_pixels: int | None, decoder: Callable[[bytes, int | None], T]) -> tuple[T, int | None]:
    """What a file holds, and when it was modified."""
    max_pixels = None if max_pixels is None else whole("max_pixels", max_pixels)
    data = bytes_of(path)
    try:
        return decoder(data, max_pixels), modified_ns_of(path)
    except ImageError as error:
        raise ImageError(f"cannot read {name_of(path)}: {error}") from error


def write_image(
    path: str | Path,
    image: Picture | Strips,
    *,
    options: WriteOptions = DEFAULTS,
    threads: int | None = None,
) -> tuple[str, ...]:
    """Write an image file atomically; its suffix determines the format, unless ``options`` names one.

    Parameters
    ----------
    path : path
        An existing file is replaced at the very end, so a failure leaves the old one.
    image : Picture or Strips
        All that its metadata says is kept as far as the format can hold it (docs/formats.md).
        An image read from CMYK becomes CMYK again in JPEG and TIFF.
        Of strips PNG, JPEG and TIFF hold a few at a time, the other formats all.
    options : WriteOptions
        Format, quality, compression and date of the file.
    threads : int, optional
        That compress TIFF.

    Returns
    -------
    tuple of str
        What the format could not hold, such as "transparency was flattened onto white, …" and one line that names all
        lost metadata; also what of the options the format has no choice of. Empty when there is nothing to say.

    Raises
    ------
    ImageError
        If the suffix names no format, the image is too large for it, or the file cannot be written.
    OptionError
        If ``image`` is no `Picture`, ``path`` has the suffix of another format than ``options`` names, or ``threads``
        makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import srcnn
    >>> image = srcnn.Picture(np.zeros((4, 5, 3), np.uint8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = srcnn.write_image(f"{folder}/image.png", image)
    ...     again = srcnn.read_image(f"{folder}/image.png")
    >>> lost, again.pixels.shape, again.metadata.format
    ((), (4, 5, 3), 'PNG')
    """
    path = local_path(path)
    if not isinstance(image, (Picture, Strips)):
        raise OptionError(
            f"image must be a Picture, got {type(image).__name__}; make one from an array with Picture(pixels)"
        )
    threads = None if threads is None else whole("threads", threads)
    fmt = format_of(path, checked_options(options).format)
    strips = strips_of(image) if isinstance(image, Picture) else image
    modified_ns = strips.metadata.modified_ns if options.keep_date else None
    with replacing(path, modified_ns=modified_ns) as part, part.open("r+b") as file:
        try:
            return encode_strips(strips, fmt, file, options, threads=threads)
        except ImageError as error:
            raise ImageError(f"cannot write {path}: {error}") from error
