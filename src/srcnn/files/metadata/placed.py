"""Metadata of an image that was resized and cropped, or made for a print."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from srcnn.files.exif import cropped_exif, updated_exif
from srcnn.files.metadata.entries import read_entries, with_entries
from srcnn.files.metadata.geo import Georeference, cropped, resized
from srcnn.files.metadata.tiff import resolution_entries
from srcnn.files.metadata.xmp import for_size, parse_xmp, remove_property, serialise_xmp

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata
    from srcnn.sizes import Layout

_RESOLUTION = 282
_OF_PLACES = {  # namespaces of XMP that describe places of the whole image
    "http://ns.google.com/photos/1.0/panorama/": "the panorama in XMP (the image was cropped)",
    "http://www.metadataworkinggroup.com/schemas/regions/": "the regions in XMP (the image was cropped)",
    "http://ns.microsoft.com/photo/1.2/": "the people in XMP (the image was cropped)",
}


def for_layout(metadata: Metadata, layout: Layout, resolution: float | None = None) -> Metadata:
    """The metadata of a result: places as seen from its corner where it is cropped, and the resolution of a print.

    What only depends on the size is updated when a file is written, whatever the image was made from.

    Parameters
    ----------
    metadata : Metadata
        Of the image that it is made from.
    layout : Layout
        How it was resized and cropped.
    resolution : float, optional
        Dots per inch that it is made for.

    Returns
    -------
    Metadata
        With what cannot be said of a part named in ``left_out``.
    """
    if layout.size != layout.whole:
        metadata = _cropped(metadata, layout)
    if resolution is None:
        return metadata
    exif, dpi = metadata.exif, (resolution, resolution)
    if exif is not None and _RESOLUTION in read_entries(exif):
        exif = with_entries(exif, resolution_entries(dpi))
    return replace(metadata, dpi=dpi, exif=exif)


def _cropped(metadata: Metadata, layout: Layout) -> Metadata:
    part = (layout.top, layout.left, *layout.size)
    xmp, left_out = _without_places(for_size(metadata.xmp, *layout.whole))
    return replace(
        metadata,
        exif=cropped_exif(updated_exif(metadata.exif, *layout.whole), *part),
        xmp=xmp,
        geo=_cropped_georeference(metadata.geo, layout),
        left_out=(*metadata.left_out, *left_out),
    )


def _without_places(xmp: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    """The packet of a part of an image, and the names of what it no longer holds."""
    document = parse_xmp(xmp) if xmp is not None and any(space.encode() in xmp for space in _OF_PLACES) else None
    if document is None:
        return xmp, ()
    found = tuple(name for space, name in _OF_PLACES.items() if remove_property(document, space))
    return (serialise_xmp(document) if found else xmp), found


def _cropped_georeference(geo: Georeference | None, layout: Layout) -> Georeference | None:
    if geo is None:
        return None
    whole = Georeference(resized(geo, *layout.whole), *layout.whole)
    return cropped(whole, layout.top, layout.left, *layout.size)
