"""What a file says beside its pixels, read from its bytes without decoding them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from srcnn.image.formats import Format
from srcnn.image.metadata import Buffer
from srcnn.image.metadata.avif import avif_xmp
from srcnn.image.metadata.jpeg import jpeg_xmp
from srcnn.image.metadata.png import png_xmp
from srcnn.image.metadata.tiff import tiff_xmp
from srcnn.image.metadata.webp import webp_xmp
from srcnn.image.picture import Metadata

_DAMAGED = (IndexError, ValueError, struct.error, zlib.error)
_XMP = {"PNG": png_xmp, "JPEG": jpeg_xmp, "WEBP": webp_xmp, "TIFF": tiff_xmp, "AVIF": avif_xmp}


def read_xmp(data: Buffer, fmt: Format) -> bytes | None:
    """The XMP packet of a file; None where there is none, or its format has no place for one."""
    reader = _XMP.get(fmt.name)
    try:
        return (reader(data) or None) if reader is not None else None
    except _DAMAGED:
        return None


def described(metadata: Metadata, data: Buffer, fmt: Format) -> Metadata:
    """The metadata with what else the bytes of its file say; parts that are damaged are left out."""
    return replace(metadata, xmp=read_xmp(data, fmt))
