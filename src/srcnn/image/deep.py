"""Files of more than 8 bits a sample, by libvips: Pillow opens 16-bit colour as 8-bit without a word."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.image.formats import Format
from srcnn.image.picture import Metadata, Picture, picture_from_bands
from srcnn.image.tiff import encode_tiff

AVIF_BITS = 10  # what decoders of AVIF's main profile read; 12 need its professional one


def decode_deep(data: bytes, fmt: Format, metadata: Metadata, *, orientation: int = 1, extra_samples: tuple[int, ...] = (2,)) -> Picture:
    """Decode a PNG, TIFF or AVIF file at its full depth.

    Parameters
    ----------
    data : bytes
        The file.
    fmt : Format
        What it is.
    metadata : Metadata
        What is known of it.
    orientation : int
        The EXIF orientation that is still to be applied.
    extra_samples : tuple of int
        TIFF's meaning of the bands after the colours: 1 premultiplied alpha, 2 alpha, 0 something else (left out).

    Returns
    -------
    Picture
        16-bit (AVIF's 10 or 12 bits widened), or 8-bit for a TIFF file of 8 bits.

    Raises
    ------
    ImageError
        If the samples are neither 8 nor 16 bits wide.
    pyvips.Error
        If the data is damaged.
    """
    import pyvips

    image = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="error")
    kind = metadata.kind
    if image.interpretation == "cmyk":
        kind, profile = "cmyk", metadata.icc
        image = image.icc_transform("srgb", depth=16, embedded=True) if profile else image.colourspace("rgb16")
        metadata = replace(metadata, icc=None, cmyk_icc=profile)
    values = np.asarray(image.numpy())
    if values.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{fmt.name} samples of type {values.dtype} are not supported; save it with 8 or 16 bits first")
    values = values[..., None] if values.ndim == 2 else values
    colours = 1 if values.shape[2] <= 2 else 3
    if values.shape[2] > colours and extra_samples[:1] in ((1,), (2,)):
        values = values[..., : colours + 1]
        if extra_samples[0] == 1:
            values = _unpremultiplied(values)
    else:
        values = values[..., :colours]
    kind = kind if kind == "cmyk" else "grey" if colours == 1 else "rgb"
    return picture_from_bands(values, replace(metadata, kind=kind), orientation)


def encode_deep(picture: Picture, fmt: Format) -> bytes:
    """The bytes of a PNG, TIFF or AVIF file of a 16-bit picture; exact but for AVIF."""
    if fmt.name == "TIFF":
        return encode_tiff(picture)
    import pyvips

    image = pyvips.Image.new_from_array(picture.bands)
    image = image.copy(interpretation="grey16" if picture.pixels.ndim == 2 else "rgb16")
    metadata = picture.metadata
    if fmt.name == "PNG":
        # libvips would write a resolution and EXIF of its own making where there is none.
        return _with_metadata(bytes(image.pngsave_buffer(keep="none")), metadata)
    for name, value in (("icc-profile-data", metadata.icc), ("exif-data", metadata.exif and b"Exif\0\0" + metadata.exif)):
        if value:
            image.set_type(pyvips.GValue.blob_type, name, value)
    if metadata.dpi is not None:
        image = image.copy(xres=metadata.dpi[0] / 25.4, yres=metadata.dpi[1] / 25.4)  # libvips stores them in the EXIF
    keep = pyvips.enums.ForeignKeep.ICC | pyvips.enums.ForeignKeep.EXIF if metadata.exif else pyvips.enums.ForeignKeep.ICC
    return bytes(image.heifsave_buffer(compression="av1", bitdepth=AVIF_BITS, Q=90, subsample_mode="off", keep=keep))


def _with_metadata(png: bytes, metadata: Metadata) -> bytes:
    """The PNG file with chunks for profile, resolution and EXIF in place of those that libvips wrote (PNG 3rd edition, section 11)."""
    added = b""
    if metadata.icc is not None:
        added += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi is not None:
        across, down = (int(dpi / 0.0254 + 0.5) for dpi in metadata.dpi)
        added += _chunk(b"pHYs", across.to_bytes(4, "big") + down.to_bytes(4, "big") + b"\1")
    if metadata.exif is not None:
        added += _chunk(b"eXIf", metadata.exif)
    out, at = [png[:8]], 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        name = png[at + 4 : at + 8]
        if name in (b"IHDR", b"IDAT", b"IEND"):
            out.append(png[at:end])
        if name == b"IHDR":
            out.append(added)
        at = end
    return b"".join(out)


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def _unpremultiplied(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    white = np.iinfo(values.dtype).max
    alpha = values[..., -1:].astype(np.float64)
    colours = np.floor(values[..., :-1] * (white / np.maximum(alpha, 1)) + 0.5)
    return np.dstack([np.minimum(colours, white).astype(values.dtype), values[..., -1]])
