"""Conversion between Pillow images and `Picture`; Pillow is imported only when needed."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.exif import bare_exif, orientation_of, updated_exif
from srcnn.files.picture import Kind, Metadata, Picture, picture_from_strips
from srcnn.files.tiff import dpi_of_tags, metadata_of_tags
from srcnn.files.tiff_directory import SUB_DIRECTORIES, read_tags
from srcnn.files.tiff_layout import orientation_in

if TYPE_CHECKING:
    from PIL import Image


def picture_from_pil(image: Image.Image, metadata: Metadata | None = None) -> Picture:
    """Turn a Pillow image of any mode into a `Picture`, upright.

    Parameters
    ----------
    image : PIL.Image.Image
        Modes 1, L, LA, P, PA, RGB, RGBA, CMYK, YCbCr, I;16 and relatives; mode I when its values fit 16 bits.
    metadata : Metadata, optional
        What is known of the file already; otherwise it is taken from ``image.info``.

    Returns
    -------
    Picture
        A transparent palette or a transparent colour becomes alpha. A palette of greys without a profile becomes grey.

    Raises
    ------
    ImageError
        If the mode has no 8- or 16-bit equivalent, or the file behind the image is damaged.
    """
    metadata = metadata_from_pil(image) if metadata is None else metadata
    tables_hold = _is_as_opened(image)
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"cannot decode the Pillow image: {error}") from error
    if tables_hold:
        setattr(image, _DECODED, image.size)
    kind = _KINDS.get(image.mode, "rgb")
    tags = getattr(image, "tag_v2", {})
    stored = orientation_in(tags) if image.format == "TIFF" else orientation_of(metadata.exif)
    metadata = replace(metadata, kind=kind)
    strips = _strips(image)
    if image.mode == "CMYK":
        convert, metadata = cmyk_converter(metadata)
        strips = (convert(strip) for strip in strips)
    plain_palette = image.mode in ("P", "PA") and metadata.icc is None
    return picture_from_strips(strips, (image.height, image.width), metadata, stored, grey_if_equal=plain_palette)


def picture_to_pil(picture: Picture) -> Image.Image:
    """Turn a `Picture` into a Pillow image: L, LA, RGB, RGBA, CMYK (if it was CMYK) or I;16 (16-bit grey).

    Parameters
    ----------
    picture : Picture
        Of 8 bits, or 16-bit grey.

    Returns
    -------
    PIL.Image.Image
        With profile, EXIF, XMP and resolution in its ``info``.

    Raises
    ------
    ImageError
        For 16-bit colour or 16-bit alpha, which Pillow cannot hold, and for floats.
    """
    from PIL import Image

    if picture.bits == 32 or (picture.bits == 16 and (picture.pixels.ndim == 3 or picture.alpha is not None)):
        raise ImageError(
            "Pillow has no 16-bit colour or alpha, and its floats have no alpha; use the image's arrays, or "
            "to_integers(to_floats(pixels)) for 8 bits"
        )
    metadata = picture.metadata
    if picture.bits == 16:
        image = Image.fromarray(picture.pixels)
    elif metadata.kind == "cmyk" and picture.alpha is None and picture.pixels.ndim == 3:
        image = rgb_to_cmyk(picture)
    else:
        image = Image.fromarray(picture.bands)
    exif = updated_exif(metadata.exif, *picture.pixels.shape[:2])
    profile = metadata.cmyk_icc if image.mode == "CMYK" else metadata.icc
    for key, value in (
        ("icc_profile", profile),
        ("exif", exif and b"Exif\0\0" + exif),
        ("xmp", metadata.xmp),
        ("dpi", metadata.dpi),
    ):
        if value:
            image.info[key] = value
    return image


def metadata_from_pil(image: Image.Image) -> Metadata:
    """Profile, EXIF (its orientation as found) and resolution of a Pillow image.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode.

    Returns
    -------
    Metadata
        What it says.
    """
    kind = _KINDS.get(image.mode, "rgb")
    if image.format == "TIFF":
        found = image.getexif()
        return replace(metadata_of_tags(dict(found) | {tag: found.get_ifd(tag) for tag in SUB_DIRECTORIES}), kind=kind)
    metadata = metadata_of_info(image.info, image.format, kind)
    tables: dict[int, list[int]] = getattr(image, "quantization", None) or {} if _is_as_opened(image) else {}
    if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB") or not tables:
        return metadata
    return replace(metadata, quantisation=tuple(tables[min(tables)]))


def metadata_of_info(info: Mapping[Any, Any], format_name: str | None, kind: Kind = "rgb") -> Metadata:
    """Profile, EXIF and resolution from the entries of Pillow's ``info``.

    Parameters
    ----------
    info : mapping of object to object
        ``info`` of a Pillow image.
    format_name : str or None
        Of the file.
    kind : Kind
        How the file stored colour.

    Returns
    -------
    Metadata
        What it says.
    """
    icc, exif, xmp = info.get("icc_profile"), _exif(info), info.get("xmp")
    return Metadata(
        format=format_name,
        kind=kind,
        icc=icc if isinstance(icc, bytes) and icc else None,
        exif=exif,
        xmp=xmp if isinstance(xmp, bytes) and xmp else None,
        dpi=_dpi(info.get("dpi")) or _dpi_of_exif(exif),
    )


def _is_as_opened(image: Image.Image) -> bool:
    """Whether an image still has the pixels of its file.

    ``draft`` and ``thumbnail`` change an opened image in place, and once it is decoded Pillow does not know what its
    file held. So one that is not decoded yet counts, and one that was decoded here and kept its size since.
    """
    if getattr(image, "tile", None):
        return not getattr(image, "decoderconfig", None)
    return getattr(image, _DECODED, None) == image.size


def cmyk_converter(metadata: Metadata) -> tuple[Callable[[NDArray[Any]], NDArray[Any]], Metadata]:
    """The conversion of 8-bit CMYK arrays to sRGB, and the metadata of the result.

    That is the profile, which moves to ``cmyk_icc``, or Pillow's formula where there is no usable one.

    Parameters
    ----------
    metadata : Metadata
        Of the CMYK image.

    Returns
    -------
    (callable, Metadata)
        A function from (h, W, 4) to (h, W, 3) uint8 arrays, and the metadata.
    """
    from PIL import Image

    transform = None if metadata.icc is None else _transform(metadata.icc, None, "CMYK", "RGB")

    def convert(inks: NDArray[Any]) -> NDArray[Any]:
        image = Image.fromarray(np.ascontiguousarray(inks), mode="CMYK")
        return np.asarray(image.convert("RGB") if transform is None else transform(image))

    return convert, replace(metadata, icc=None, cmyk_icc=metadata.cmyk_icc if transform is None else metadata.icc)


def rgb_to_cmyk(picture: Picture) -> Image.Image:
    """Convert an 8-bit RGB image to CMYK by the profile it came with, or by the inverse of Pillow's formula.

    Parameters
    ----------
    picture : Picture
        Of 8 bits.

    Returns
    -------
    PIL.Image.Image
        Of mode CMYK.
    """
    from PIL import Image

    profile = picture.metadata.cmyk_icc
    if profile is not None:
        transform = _transform(None, profile, "RGB", "CMYK")
        if transform is not None:
            return transform(Image.fromarray(picture.pixels))
    # The most black that gives the colour: R = (255 - C)(255 - K) / 255.
    pixels = picture.pixels.astype(np.float64)
    white = pixels.max(axis=2)
    ink = 255 - 255 * pixels / np.maximum(white, 1)[..., None]
    ink[white == 0] = 0
    return Image.fromarray(np.floor(np.dstack([ink, 255 - white]) + 0.5).astype(np.uint8), mode="CMYK")


_DECODED = "_srcnn_decoded"  # an attribute of an image: its size when it was decoded here
_STRIP_PIXELS = 1 << 20
_KINDS: dict[str, Kind] = {
    "1": "1-bit", "L": "grey", "LA": "grey", "La": "grey", "P": "palette", "PA": "palette", "CMYK": "cmyk",
    "I": "grey", "I;16": "grey", "I;16L": "grey", "I;16B": "grey", "I;16N": "grey",
}  # fmt: skip


def _strips(image: Image.Image) -> Iterator[NDArray[Any]]:
    """The image as arrays of 1 to 4 bands (CMYK: 4), a few rows at a time to avoid copies of the whole image."""
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield _values(image.crop((0, top, image.width, min(top + rows, image.height))))


def _values(image: Image.Image) -> NDArray[Any]:
    if image.mode in ("P", "PA"):
        transparent = image.mode == "PA" or "transparency" in image.info
        return np.asarray(image.convert("RGBA" if transparent else "RGB"))
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return np.asarray(image.convert("RGBA" if image.mode == "RGB" else "LA"))
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return np.asarray(image)
    target = {"1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}.get(image.mode)
    if target is not None:
        return np.asarray(image.convert(target))
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() >= 0 and values.max() <= 65535:
            return values.astype(np.uint16)
        raise ImageError("an image of 32-bit integers cannot be upscaled; save it with 8 or 16 bits first")
    raise ImageError(
        f"an image of Pillow's mode {image.mode} cannot be upscaled; convert it to RGB or to 8- or 16-bit grey first"
    )


def _transform(
    source: bytes | None, target: bytes | None, source_mode: str, target_mode: str
) -> Callable[[Image.Image], Image.Image] | None:
    """Conversion between profiles (None: sRGB), relative colorimetric with black point compensation, or None."""
    import io

    from PIL import Image, ImageCms

    try:
        before, after = (
            ImageCms.createProfile("sRGB") if profile is None else ImageCms.ImageCmsProfile(io.BytesIO(profile))
            for profile in (source, target)
        )
        transform = ImageCms.buildTransform(
            before,
            after,
            source_mode,
            target_mode,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        transform.apply(Image.new(source_mode, (1, 1)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return transform.apply


def _exif(info: Mapping[Any, Any]) -> bytes | None:
    exif, text = info.get("exif"), info.get("Raw profile type exif")
    if not isinstance(exif, bytes) and isinstance(text, str):  # as ImageMagick stores it in PNG: name, length, digits
        try:
            exif = bytes.fromhex(text.split("\n", 3)[-1])
        except ValueError:
            exif = None
    return bare_exif(exif) if isinstance(exif, bytes) else None


def _dpi(dpi: Any) -> tuple[float, float] | None:
    try:
        across, down = float(dpi[0]), float(dpi[1])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _dpi_of_exif(exif: bytes | None) -> tuple[float, float] | None:
    """WebP and AVIF have no place of their own for the resolution."""
    if exif is None:
        return None
    try:
        return dpi_of_tags(read_tags(exif))
    except (ValueError, TypeError, struct.error):
        return None
