"""What libvips reads and writes: all TIFF, and PNG and AVIF of more than 8 bits a sample.

Pillow opens 16-bit colour as 8-bit without a word, and its TIFF reader prints to standard error what it finds damaged.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.image.formats import Format
from srcnn.image.picture import Metadata, Picture, picture_from_bands
from srcnn.image.pillow import cmyk_to_rgb

AVIF_BITS = 10  # what decoders of AVIF's main profile read; 12 need its professional one


def picture_from_libvips(data: bytes, fmt: Format, metadata: Metadata, *, orientation: int = 1, alpha: bool = True) -> Picture:
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
    alpha : bool
        Whether the band after the colours is alpha; of TIFF it may be anything, and is left out then.

    Returns
    -------
    Picture
        Of 8 or 16 bits (AVIF's 10 or 12 are widened).

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
        kind = "cmyk"
        if image.format == "uchar":
            values, metadata = _cmyk_values(np.asarray(image.numpy()), metadata)
        else:
            profile = metadata.icc
            image = image.icc_transform("srgb", depth=16, embedded=True) if profile else image.colourspace("rgb16")
            values, metadata = np.asarray(image.numpy()), replace(metadata, icc=None, cmyk_icc=profile)
    else:
        values = np.asarray(image.numpy())
    values = values.reshape(image.height, image.width, -1)  # pyvips drops the axes of one band, and all of a single grey pixel
    if values.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{fmt.name} samples of type {values.dtype} are not supported; save it with 8 or 16 bits first")
    colours = 1 if values.shape[2] <= 2 else 3
    if kind == "palette" and metadata.icc is None and (values[..., :3] == values[..., :1]).all():
        values, colours = values[..., :1], 1
    # libvips has divided the colours by a premultiplied alpha.
    values = values[..., : colours + 1 if alpha and kind != "cmyk" else colours]
    if kind == "rgb" and colours == 1:
        kind = "grey"
    return picture_from_bands(values, replace(metadata, kind=kind), orientation)


def encode_by_libvips(picture: Picture, fmt: Format) -> bytes:
    """The bytes of a PNG or AVIF file of a 16-bit picture; PNG is exact."""
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


def _cmyk_values(inks: np.ndarray[Any, Any], metadata: Metadata) -> tuple[np.ndarray[Any, Any], Metadata]:
    from PIL import Image

    rgb, metadata = cmyk_to_rgb(Image.fromarray(np.ascontiguousarray(inks[..., :4]), mode="CMYK"), metadata)
    return np.asarray(rgb), metadata
