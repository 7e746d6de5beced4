"""Pictures from files and into files.

libvips (pyvips) reads what it can, Pillow the rest; Pillow writes what has 8 bits, libvips what has 16. Both are imported when a
picture is read or written, not before.
"""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import ImageError, OptionError, reason
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.atomic import write_bytes
from srcnn.image.decoding import decode, one_line
from srcnn.image.formats import Format, format_of, sniff
from srcnn.image.libvips import encode_by_libvips
from srcnn.image.limits import MAX_PIXELS
from srcnn.image.metadata.avif import placeholder, with_cicp
from srcnn.image.metadata.fit import fitted, loss_line
from srcnn.image.metadata.jpeg import jpeg_segments, with_jpeg_segments
from srcnn.image.metadata.png import png_chunks, with_png_chunks
from srcnn.image.paths import is_folder, local_path
from srcnn.image.picture import Metadata, Picture
from srcnn.image.pillow import picture_to_pil
from srcnn.image.tiff import encode_tiff
from srcnn.options import whole

if TYPE_CHECKING:
    from PIL import Image


def read_image(path: str | Path, *, max_pixels: int | None = MAX_PIXELS) -> Picture:
    """Read a picture exactly: 8 or 16 bits, grey or RGB, alpha apart, turned upright.

    Parameters
    ----------
    path : path
        A PNG, JPEG, WebP, BMP, TIFF, AVIF or GIF file, recognised by its content and not by its name.
    max_pixels : int or None
        Larger pictures are refused before they are decoded (a small file can claim any size); None lifts the limit.

    Returns
    -------
    Picture
        Palette and CMYK pictures come as RGB (CMYK through its profile into sRGB), 1-bit ones as 8-bit grey. Of a file with several
        pages or frames it is the first, and ``metadata.notes`` says so.

    Raises
    ------
    ImageError
        If the file is missing, no picture, empty, truncated, damaged or too large; one line that says what and why.
    OptionError
        If ``max_pixels`` is no whole number of at least 1.
    """
    path = local_path(path)
    max_pixels = None if max_pixels is None else whole("max_pixels", max_pixels)
    data = _read_bytes(path)
    try:
        return decode(data, max_pixels=max_pixels)
    except ImageError as error:
        raise ImageError(f"cannot read {path}: {error}") from error


def write_image(path: str | Path, picture: Picture) -> tuple[str, ...]:
    """Write a picture into a file whose format its suffix names, whole or not at all.

    Parameters
    ----------
    path : path
        An existing file is replaced at the very end, so a failure leaves the old one.
    picture : Picture
        All that its metadata says is kept as far as the format can hold it (docs/formats.md).
        A picture read from CMYK becomes CMYK again in JPEG and TIFF.

    Returns
    -------
    tuple of str
        What the format could not hold: "transparency was laid over white", one line that names all metadata lost, …
        Empty when nothing was lost.

    Raises
    ------
    ImageError
        If the suffix names no format, the picture is too large for it, or the file cannot be written.
    OptionError
        If ``picture`` is no `Picture`.

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
    if not isinstance(picture, Picture):
        raise OptionError(f"picture must be a Picture, got {type(picture).__name__}; make one of an array with Picture(pixels)")
    fmt = format_of(path)
    if is_folder(path):
        raise ImageError(f"cannot write {path}: it is a folder")
    try:
        data, notes = encode(picture, fmt)
    except ImageError as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    write_bytes(path, data)
    return notes


def encode(picture: Picture, fmt: Format) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a file of the given format, and what it could not hold; see `write_image`."""
    height, width = picture.pixels.shape[:2]
    if max(height, width) > fmt.longest:
        raise ImageError(f"{fmt.name} holds at most {fmt.longest} pixels a side, the picture has {width}x{height}; use .png or .tif")
    try:
        picture, notes = _fit(picture, fmt)
        data = _encode(picture, fmt)
    except ImageError:
        raise
    except Exception as error:  # encoders, too, raise nearly anything
        raise ImageError(f"{fmt.name} encoding failed ({one_line(error)})") from error
    return data, notes


def _fit(picture: Picture, fmt: Format) -> tuple[Picture, tuple[str, ...]]:
    """The picture as the format can hold it, and what was lost."""
    notes: list[str] = []
    if picture.alpha is not None and not fmt.alpha:
        opacity = to_floats(picture.alpha, np.float64)
        if picture.pixels.ndim == 3:
            opacity = opacity[..., None]
        flat = to_floats(picture.pixels, np.float64) * opacity + (1 - opacity)
        picture = replace(picture, pixels=to_integers(flat, picture.pixels.dtype.type), alpha=None)
        notes.append(f"transparency was laid over white, for {fmt.name} has none")
    if picture.bits > fmt.bits:
        if fmt.bits == 8:
            alpha = None if picture.alpha is None else _to_bytes(picture.alpha)
            picture = replace(picture, pixels=_to_bytes(picture.pixels), alpha=alpha)
        if picture.metadata.format != fmt.name:
            notes.append(f"16 bits were reduced to the {fmt.bits} of {fmt.name}")
    metadata = picture.metadata
    if metadata.kind == "cmyk" and (not fmt.cmyk or picture.alpha is not None or picture.bits == 16):
        metadata = replace(metadata, kind="rgb")
    grey = picture.pixels.ndim == 2 and fmt.grey
    metadata, lost = fitted(metadata, fmt, *picture.pixels.shape[:2], grey=grey)
    return replace(picture, metadata=metadata), (*notes, *loss_line(lost, fmt))


def _to_bytes(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return to_integers(to_floats(values, np.float64))


def _encode(picture: Picture, fmt: Format) -> bytes:
    if picture.bits == 16:
        if fmt.name == "TIFF":
            return encode_tiff(picture.bands, picture.metadata)
        data = encode_by_libvips(picture, fmt)
        if fmt.name == "PNG":
            return with_png_chunks(data, png_chunks(picture.metadata))
        return _with_code(data, picture.metadata)
    image = picture_to_pil(picture)
    if fmt.name == "TIFF":
        return encode_tiff(np.asarray(image), picture.metadata, cmyk=image.mode == "CMYK")
    options: dict[str, Any] = {str(key): value for key, value in image.info.items()}
    image.info.clear()
    metadata = picture.metadata
    match fmt.name:
        case "PNG":
            return with_png_chunks(_saved(image, fmt), png_chunks(metadata))
        case "JPEG":
            data = _saved(image, fmt, quality=95, subsampling=0, optimize=True)
            return with_jpeg_segments(data, jpeg_segments(metadata, cmyk=image.mode == "CMYK"))
        case "WEBP":
            # A lossless picture of another format gets the lossy kind too: who asks for WebP asks for a small file.
            options |= {"lossless": True} if picture.metadata.format == "WEBP" and picture.metadata.lossless else {"quality": 95}
        case "AVIF":
            # Tiles chosen by the number of processors would make the bytes depend on the machine.
            options |= {"quality": 90, "subsampling": "4:0:0" if image.mode == "L" else "4:4:4", "autotiling": False}
            # Pillow would lay EXIF out anew, which breaks maker notes, and fail where it is damaged.
            held = placeholder(metadata.exif)
            data = _saved(image, fmt, **options | {"exif": held})
            return _with_code(data.replace(held, metadata.exif, 1) if held and metadata.exif else data, metadata)
    return _saved(image, fmt, **options)


def _with_code(avif: bytes, metadata: Metadata) -> bytes:
    code = None if metadata.coding is None else metadata.coding.cicp
    return avif if code is None else with_cicp(avif, code)


def _saved(image: Image.Image, fmt: Format, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, fmt.name, **options)
    return stream.getvalue()


def _read_bytes(path: Path) -> bytes:
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ImageError(f"cannot read {path}: it is a folder, not an image")
        if not stat.S_ISREG(kind):
            raise ImageError(f"cannot read {path}: it is not a regular file")
        with path.open("rb") as file:
            head = file.read(64)
            # A file that is no image need not be read whole to know it.
            return head + file.read() if sniff(head) is not None else head
    except ImageError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise ImageError(f"cannot read {path}: {reason(error)}") from error
