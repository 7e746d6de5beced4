"""Pictures from files and into files.

Pillow reads and writes what has 8 bits; libvips (pyvips) reads and writes what has 16, because Pillow opens 16-bit colour as 8-bit
without a word. Both are imported when a picture is read, not before.
"""

from __future__ import annotations

import importlib
import io
import os
import threading
import uuid
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.exif import orientation_of, updated_exif, upright
from srcnn.image.formats import FORMATS, READABLE_SUFFIXES, Format, format_of, is_lossless, sniff
from srcnn.image.picture import Metadata, Picture
from srcnn.image.pillow import bands_of, metadata_from_pil, picture_from_bands, picture_from_pil, picture_to_pil

if TYPE_CHECKING:
    from PIL import ImageFile

MAX_PIXELS = 200_000_000  # of an input: about the largest photo that a camera makes; 0.6 GB once it is decoded

# The readers themselves, not Image.open: that asks every reader Pillow has (one of which starts Ghostscript), and its limit of
# pixels is a global that could not be lifted here without lifting it for the whole program.
_READERS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
}
_warnings_lock = threading.Lock()


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
    """
    path = Path(path)
    data = _read_bytes(path)
    try:
        return decode(data, max_pixels=max_pixels)
    except ImageError as error:
        raise ImageError(f"cannot read {path}: {error}") from error


def decode(data: bytes, *, max_pixels: int | None = MAX_PIXELS) -> Picture:
    """Read a picture from the bytes of a file; see `read_image`."""
    if not data:
        raise ImageError("the file is empty")
    fmt = sniff(data[:64])
    if fmt is None:
        raise ImageError(f"it is not a picture of a known format ({', '.join(FORMATS)})")
    try:
        return _decode(data, fmt, max_pixels)
    except ImageError:
        raise
    except MemoryError:
        raise ImageError("it does not fit into memory") from None
    except Exception as error:  # decoders raise nearly anything on damaged data
        raise ImageError(f"the {fmt.name} data is damaged or truncated ({_one_line(error)})") from error


def write_image(path: str | Path, picture: Picture) -> tuple[str, ...]:
    """Write a picture into a file whose format its suffix names, whole or not at all.

    Parameters
    ----------
    path : path
        An existing file is replaced at the very end, so a failure leaves the old one.
    picture : Picture
        Its profile, EXIF and resolution are kept as far as the format can hold them. A picture read from CMYK becomes CMYK again
        in JPEG and TIFF.

    Returns
    -------
    tuple of str
        What the format could not hold: "transparency was laid over white", … Empty when nothing was lost.

    Raises
    ------
    ImageError
        If the suffix names no format, the picture is too large for it, or the file cannot be written.
    """
    path = Path(path)
    fmt = format_of(path)
    if path.is_dir():
        raise ImageError(f"cannot write {path}: it is a folder")
    try:
        data, notes = encode(picture, fmt)
    except ImageError as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    _write_bytes(path, data)
    return notes


def encode(picture: Picture, fmt: Format) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a file of the given format, and what it could not hold; see `write_image`."""
    height, width = picture.pixels.shape[:2]
    if max(height, width) > fmt.longest:
        raise ImageError(f"{fmt.name} holds at most {fmt.longest} pixels a side, the picture has {width}x{height}; use .png or .tif")
    picture, notes = _fit(picture, fmt)
    try:
        data = _encode_deep(picture, fmt) if picture.bits == 16 else _encode_plain(picture, fmt)
    except ImageError:
        raise
    except Exception as error:  # encoders, too, raise nearly anything
        raise ImageError(f"{fmt.name} encoding failed ({_one_line(error)})") from error
    return data, notes


def _decode(data: bytes, fmt: Format, max_pixels: int | None) -> Picture:
    # Pillow warns of oddities in metadata that do not touch the pixels; warning filters are global, hence the lock.
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(data, fmt)
        metadata = metadata_from_pil(image)
        frames = int(getattr(image, "n_frames", 1))
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageError(f"the {fmt.name} picture has no pixels ({width}x{height})")
    if max_pixels is not None and width * height > max_pixels:
        raise ImageError(
            f"the picture has {width}x{height} pixels, more than the limit of {max_pixels / 1e6:g} million; lift the limit if you trust it"
        )
    notes = (f"only the first of {frames} {'pages' if fmt.name == 'TIFF' else 'frames'} was read",) if frames > 1 else ()
    metadata = replace(metadata, format=fmt.name, lossless=is_lossless(data, fmt), notes=notes)
    if _is_deep(image, data, fmt):
        return _decode_deep(data, fmt, image, metadata)
    return picture_from_pil(image, metadata)


def _open(data: bytes, fmt: Format) -> ImageFile.ImageFile:
    module, name = _READERS[fmt.name]
    image: ImageFile.ImageFile = getattr(importlib.import_module(f"PIL.{module}"), name)(io.BytesIO(data))
    return image


def _is_deep(image: ImageFile.ImageFile, data: bytes, fmt: Format) -> bool:
    """Whether a sample has more than 8 bits."""
    if fmt.name == "PNG":
        return data[24] == 16  # the bit depth in IHDR
    if fmt.name == "AVIF":
        at = data.find(b"av1C")
        return at > 0 and bool(data[at + 6] & 0x40)  # high_bitdepth of AV1CodecConfigurationRecord
    if fmt.name == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        bits, sample = max(tags.get(258, (1,))), max(tags.get(339, (1,)))
        if sample != 1 or bits not in (1, 2, 4, 8, 16):
            raise ImageError(f"TIFF samples of {bits} bits (sample format {sample}) are not supported; save it with 8 or 16 bits")
        return bool(bits == 16)
    return False


def _decode_deep(data: bytes, fmt: Format, image: ImageFile.ImageFile, metadata: Metadata) -> Picture:
    import pyvips

    source = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="error")
    tags: Any = getattr(image, "tag_v2", {})
    orientation = orientation_of(metadata.exif)
    if fmt.name == "AVIF":
        orientation = 1  # libheif has turned it
    if fmt.name == "TIFF":
        orientation = tags.get(274, 1)
    if source.interpretation == "cmyk":
        profile = metadata.icc
        source = source.icc_transform("srgb", depth=16, embedded=True) if profile else source.colourspace("rgb16")
        metadata = replace(metadata, icc=None, cmyk_icc=profile, kind="cmyk")
    values = np.asarray(source.numpy())
    if values.dtype != np.uint16:
        raise ImageError(f"{fmt.name} samples of type {values.dtype} are not supported; save it with 8 or 16 bits")
    values = upright(values, orientation)
    if orientation >= 5 and metadata.dpi is not None:
        metadata = replace(metadata, dpi=metadata.dpi[::-1])
    metadata = replace(metadata, exif=updated_exif(metadata.exif, *values.shape[:2]))
    return picture_from_bands(values, metadata)


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
    if picture.bits == 16 and fmt.bits == 8:
        picture = replace(picture, pixels=_to_bytes(picture.pixels), alpha=None if picture.alpha is None else _to_bytes(picture.alpha))
        notes.append(f"16 bits were reduced to the 8 of {fmt.name}")
    return picture, tuple(notes)


def _to_bytes(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return to_integers(to_floats(values, np.float64))


def _encode_plain(picture: Picture, fmt: Format) -> bytes:
    metadata = picture.metadata
    if metadata.kind == "cmyk" and not fmt.cmyk:
        picture = replace(picture, metadata=replace(metadata, kind="rgb"))
    image = picture_to_pil(picture)
    options: dict[str, Any] = {str(key): value for key, value in image.info.items()}
    match fmt.name:
        case "PNG":
            pass
        case "JPEG":
            options |= {"quality": 95, "subsampling": 0, "optimize": True}
        case "WEBP":
            lossless = metadata.format == "WEBP" and metadata.lossless
            options |= {"lossless": True} if lossless else {"quality": 95}
        case "TIFF":
            options |= {"compression": "tiff_adobe_deflate", "tiffinfo": {317: 2}}
        case "AVIF":
            options |= {"quality": 90, "subsampling": "4:4:4", "autotiling": False}
    stream = io.BytesIO()
    image.info.clear()
    image.save(stream, fmt.name, **options)
    return stream.getvalue()


def _encode_deep(picture: Picture, fmt: Format) -> bytes:
    import pyvips

    image = pyvips.Image.new_from_array(bands_of(picture))
    image = image.copy(interpretation="grey16" if picture.pixels.ndim == 2 else "rgb16")
    if picture.metadata.dpi is not None:
        image = image.copy(xres=picture.metadata.dpi[0] / 25.4, yres=picture.metadata.dpi[1] / 25.4)
    if picture.metadata.icc is not None:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", picture.metadata.icc)
    match fmt.name:
        case "PNG":
            return bytes(image.pngsave_buffer(keep="icc"))
        case "TIFF":
            return bytes(image.tiffsave_buffer(compression="deflate", predictor="horizontal", keep="icc", resunit="inch"))
        case "AVIF":
            return bytes(image.heifsave_buffer(compression="av1", bitdepth=12, Q=90, subsample_mode="off", keep="icc"))
    raise ImageError(f"{fmt.name} cannot hold 16 bits")


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise ImageError(f"cannot read {path}: it is a folder, not a picture")
    if path.exists() and not path.is_file():
        raise ImageError(f"cannot read {path}: it is not a regular file")
    try:
        with path.open("rb") as file:
            head = file.read(64)
            # A file that is no picture need not be read whole to know it.
            return head + file.read() if sniff(head) is not None else head
    except OSError as error:
        raise ImageError(f"cannot read {path}: {_reason(error)}") from error


def _write_bytes(path: Path, data: bytes) -> None:
    """Write beside, then rename: a crash leaves the old file or the new one, never half a one."""
    beside = path.with_name(f".srcnn-{uuid.uuid4().hex}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ImageError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        beside.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or _one_line(error)).lower()


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:200] or type(error).__name__


__all__ = ["MAX_PIXELS", "READABLE_SUFFIXES", "Metadata", "Picture", "decode", "encode", "read_image", "write_image"]
