"""Encode rows of pixels as a file, strip by strip if the encoder of the format allows it.

PNG, JPEG and GIF are written by libvips, TIFF by this package, the rest by Pillow, which needs the whole image.
Metadata is added here, so that it does not depend on the encoder.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from srcnn import forks
from srcnn.errors import ImageError, SrcnnError
from srcnn.files.decoding import one_line
from srcnn.files.formats import Format
from srcnn.files.libvips import encode_avif, start_threads
from srcnn.files.libvips_writer import Splice, write_by_libvips
from srcnn.files.metadata.avif import placeholder, with_cicp
from srcnn.files.metadata.fit import fitted, loss_line
from srcnn.files.metadata.gif import gif_extensions, with_gif_extensions
from srcnn.files.metadata.jpeg import jpeg_segments, scan_start, with_jpeg_segments
from srcnn.files.metadata.png import png_chunks, with_png_chunks
from srcnn.files.picture import Metadata, Picture
from srcnn.files.pillow import picture_to_pil, rgb_to_cmyk
from srcnn.files.strips import Strip, Strips, strips_of
from srcnn.files.tiff import TiffWriter
from srcnn.image.arrays import to_bytes, to_floats, to_integers
from srcnn.output import DEFAULTS, STRONGEST, Encoding, WriteOptions

if TYPE_CHECKING:
    from PIL import Image

_FILTER = "paeth"  # a filter chosen for each row saves under 1 % and takes twice the time
_WEBP_METHODS = (0, 1, 1, 2, 3, 3, 4, 5, 5, 6)  # of every level of compression


def check_size(fmt: Format, height: int, width: int, *, samples: int = 3) -> None:
    """Refuse an image that is too large for the format.

    Parameters
    ----------
    fmt : Format
        The output format.
    height, width : int
        In pixels.
    samples : int
        Bytes per pixel.

    Raises
    ------
    ImageError
        If a side or the whole image is too large; the message names formats that can hold it.
    """
    what = f"{width}x{height}"
    if max(height, width) > fmt.longest:
        raise ImageError(
            f"{fmt.name} holds at most {fmt.longest} pixels per side, but the image has {what}; use .png or .tif"
        )
    if fmt.most_bytes is not None and height * (width + 1) * samples > fmt.most_bytes:
        raise ImageError(
            f"{fmt.name} holds at most {fmt.most_bytes / 1e9:.1f} GB of pixels, too little for {what}; use .png or .tif"
        )


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
    check_size(fmt, image.height, image.width, samples=1 if image.grey else 3)
    metadata, notes = fit_metadata(image, fmt)
    encoding = options.encoding(fmt.name.lower(), was_exact=metadata.format == fmt.name and metadata.lossless)
    rows = _Rows(image, fmt, metadata, encoding)
    try:
        _encode(rows, fmt, file, threads)
    except (SrcnnError, MemoryError):
        raise
    except Exception as error:  # encoders, too, raise almost anything
        if error is rows.failure or isinstance(error, OSError):
            raise
        raise ImageError(f"{fmt.name} encoding failed ({one_line(error)})") from error
    return (*options.unused(fmt.name.lower()), *notes)


def fit_metadata(image: Strips, fmt: Format) -> tuple[Metadata, tuple[str, ...]]:
    """Adapt the properties of an image to the format, and list what is lost.

    Parameters
    ----------
    image : Strips
        The image.
    fmt : Format
        Of the file.

    Returns
    -------
    (Metadata, tuple of str)
        The metadata as the format holds it, and one line for each loss.
    """
    notes: list[str] = []
    metadata = image.metadata
    if image.alpha and not fmt.alpha:
        notes.append(f"transparency was flattened onto white, because {fmt.name} has none")
    elif image.alpha and not fmt.partial_alpha and metadata.format != fmt.name:
        notes.append(f"partial transparency became all or nothing, because {fmt.name} has no other")
    if fmt.colours is not None and metadata.format != fmt.name:
        notes.append(f"the colours were reduced to the {fmt.colours} of {fmt.name}")
    if image.bits > fmt.bits and metadata.format != fmt.name:
        notes.append(f"16 bits were reduced to the {fmt.bits} of {fmt.name}")
    bits = 8 if fmt.bits == 8 else image.bits
    if metadata.kind == "cmyk" and (not fmt.cmyk or (image.alpha and fmt.alpha) or bits == 16):
        metadata = replace(metadata, kind="rgb")
    grey = image.grey and fmt.grey
    metadata, lost = fitted(metadata, fmt, image.height, image.width, grey=grey)
    return metadata, (*notes, *loss_line(lost, fmt))


@dataclass
class _Rows:
    """Convert the rows of an image to what the format can hold."""

    image: Strips
    fmt: Format
    metadata: Metadata
    encoding: Encoding
    failure: BaseException | None = None  # from whatever computes the rows

    @property
    def alpha(self) -> bool:
        return self.image.alpha and self.fmt.alpha

    @property
    def cmyk(self) -> bool:
        return self.metadata.kind == "cmyk" and not self.image.grey and not self.alpha and self.bits == 8

    @property
    def bits(self) -> int:
        return 8 if self.fmt.bits == 8 else self.image.bits

    @property
    def shape(self) -> tuple[int, int, int]:
        bands = 4 if self.cmyk else (1 if self.image.grey else 3) + self.alpha
        return self.image.height, self.image.width, bands

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    def bands(self) -> Iterator[NDArray[Any]]:
        """Strips (h, W, bands)."""
        for pixels, alpha in self.strips():
            values = (
                np.asarray(rgb_to_cmyk(Picture(pixels, None, self.metadata)))
                if self.cmyk
                else Picture(pixels, alpha).bands
            )
            yield values if values.ndim == 3 else values[..., None]

    def strips(self) -> Iterator[Strip]:
        try:
            for pixels, alpha in self.image.rows():
                yield self._fit(pixels, alpha)
        except BaseException as error:
            self.failure = error
            raise

    def whole(self) -> Picture:
        """The whole image in memory."""
        pixels: NDArray[Any] = np.empty((*self.shape[:2], 1 if self.image.grey else 3), self.dtype)
        opacity: NDArray[Any] | None = np.empty(self.shape[:2], self.dtype) if self.alpha else None
        top = 0
        for part, alpha in self.strips():
            here = slice(top, top + len(part))
            pixels[here] = part.reshape(*part.shape[:2], -1)
            if opacity is not None:
                opacity[here] = alpha
            top += len(part)
        return Picture(pixels[..., 0] if self.image.grey else pixels, opacity, self.metadata)

    def _fit(self, pixels: NDArray[Any], alpha: NDArray[Any] | None) -> Strip:
        if alpha is not None and not self.fmt.alpha:
            opacity = to_floats(alpha, np.float64)
            if pixels.ndim == 3:
                opacity = opacity[..., None]
            flat = to_floats(pixels, np.float64) * opacity + (1 - opacity)
            pixels, alpha = to_integers(flat, pixels.dtype.type), None
        if self.image.bits > self.bits:
            pixels, alpha = to_bytes(pixels), None if alpha is None else to_bytes(alpha)
        return pixels, alpha


def _encode(rows: _Rows, fmt: Format, file: IO[bytes], threads: int | None) -> None:
    if fmt.name == "TIFF":
        writer = TiffWriter(file, threads=threads)
        writer.add(rows.bands(), rows.shape, rows.dtype, rows.metadata, cmyk=rows.cmyk, level=rows.encoding.compression)
        writer.end()
    elif fmt.name in ("PNG", "JPEG", "GIF") and not (forks.threads_lost("libvips") and rows.bits == 8):
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


def _splice(rows: _Rows, fmt: Format) -> Splice:
    """The function that adds metadata to the first bytes of a PNG or JPEG file."""
    if fmt.name == "PNG":
        chunks = png_chunks(rows.metadata)
        return lambda head: with_png_chunks(head, chunks) if b"IDAT" in head else None
    if fmt.name == "GIF":
        extensions = gif_extensions(rows.metadata)
        return lambda head: with_gif_extensions(head, extensions)
    segments = jpeg_segments(rows.metadata, cmyk=rows.cmyk)
    return lambda head: None if scan_start(head) is None else with_jpeg_segments(head, segments)


def _encode_whole(rows: _Rows, fmt: Format) -> bytes:
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
