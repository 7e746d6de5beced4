"""Read the metadata of a file from its bytes without decoding the pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

from srcnn.files.exif import updated_exif
from srcnn.files.formats import Format
from srcnn.files.metadata import Buffer
from srcnn.files.metadata.avif import read_avif
from srcnn.files.metadata.gif import read_gif
from srcnn.files.metadata.jp2 import read_jp2, read_jxl
from srcnn.files.metadata.jpeg import read_jpeg
from srcnn.files.metadata.jpeg_xmp import jpeg_xmp
from srcnn.files.metadata.png import read_png
from srcnn.files.metadata.tiff import read_tiff
from srcnn.files.metadata.webp import read_webp
from srcnn.files.picture import Metadata, Picture
from srcnn.files.tiff_directory import read_chain

_DAMAGED = (IndexError, ValueError, struct.error, zlib.error)


def metadata_of(data: Buffer, fmt: Format, at: int | None = None) -> Metadata:
    """Metadata of a file, except profile, EXIF and resolution, which its decoder reads.

    Parameters
    ----------
    data : bytes or mmap
        A file.
    fmt : Format
        What it is.
    at : int, optional
        The offset of the directory of an image of a TIFF file; the first where it is not given.

    Returns
    -------
    Metadata
        Without damaged parts.
    """
    reader = _READERS.get(fmt.name)
    try:
        if fmt.name == "TIFF":
            return _of_tiff(data, at)
        return Metadata() if reader is None else reader(data)
    except _DAMAGED:
        return Metadata()


def read_xmp(data: Buffer, fmt: Format) -> bytes | None:
    """The XMP packet alone, without reading the image data.

    Parameters
    ----------
    data : Buffer
        The file.
    fmt : Format
        Its format.

    Returns
    -------
    bytes or None
        The packet.
    """
    if fmt.name != "JPEG":
        return metadata_of(data, fmt).xmp
    try:
        return jpeg_xmp(data)
    except _DAMAGED:
        return None


def described(image: Picture, data: Buffer, fmt: Format, at: int | None = None) -> Picture:
    """The image with all other metadata of its file.

    Parameters
    ----------
    image : Picture
        As it was decoded.
    data : Buffer
        The file.
    fmt : Format
        Its format.
    at : int, optional
        The offset of its directory in a TIFF file; that of the first where it is not given.

    Returns
    -------
    Picture
        The same pixels with more metadata.
    """
    found = metadata_of(data, fmt, at)
    height, width = image.pixels.shape[:2]
    return replace(
        image,
        metadata=replace(
            image.metadata,
            exif=image.metadata.exif if found.exif is None else updated_exif(found.exif, height, width),
            xmp=found.xmp, iptc=found.iptc, photoshop=found.photoshop, comments=found.comments, texts=found.texts,
            coding=None if image.metadata.kind == "cmyk" else found.coding, geo=found.geo, left_out=found.left_out,
        ),
    )  # fmt: skip


def _of_png(data: Buffer) -> Metadata:
    png = read_png(data)
    return Metadata(
        xmp=png.xmp, iptc=png.resources.iptc, photoshop=png.resources.others, comments=png.comments, texts=png.texts,
        coding=png.coding, left_out=png.left_out,
    )  # fmt: skip


def _of_jpeg(data: Buffer) -> Metadata:
    jpeg = read_jpeg(data)
    iptc, others = jpeg.resources.iptc, jpeg.resources.others
    return Metadata(xmp=jpeg.xmp, iptc=iptc, photoshop=others, comments=jpeg.comments, left_out=jpeg.left_out)


def _of_tiff(data: Buffer, at: int | None) -> Metadata:
    tiff = read_tiff(data, read_chain(data).start(0) if at is None else at)
    return Metadata(
        exif=tiff.exif, xmp=tiff.xmp, iptc=tiff.resources.iptc, photoshop=tiff.resources.others, coding=tiff.coding,
        geo=tiff.geo, left_out=tiff.left_out,
    )  # fmt: skip


def _of_webp(data: Buffer) -> Metadata:
    xmp, left_out = read_webp(data)
    return Metadata(xmp=xmp, left_out=left_out)


def _of_avif(data: Buffer) -> Metadata:
    avif = read_avif(data)
    return Metadata(xmp=avif.xmp, coding=avif.coding, left_out=avif.left_out)


def _of_gif(data: Buffer) -> Metadata:
    xmp, comments = read_gif(data)
    return Metadata(xmp=xmp, comments=comments)


def _of_jp2(data: Buffer) -> Metadata:
    xmp, _ = read_jp2(data)
    return Metadata(xmp=xmp)


def _of_jxl(data: Buffer) -> Metadata:
    xmp, left_out = read_jxl(data)
    return Metadata(xmp=xmp, left_out=left_out)


_READERS: dict[str, Callable[[Buffer], Metadata]] = {
    "PNG": _of_png, "JPEG": _of_jpeg, "WEBP": _of_webp, "AVIF": _of_avif, "HEIC": _of_avif,
    "GIF": _of_gif, "JPEG2000": _of_jp2, "JXL": _of_jxl,
}  # fmt: skip
