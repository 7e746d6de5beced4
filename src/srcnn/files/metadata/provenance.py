"""Provenance as XMP properties: the version, model and scale with which an image was upscaled.

They have a namespace of their own, so that a later run recognises results.
Nothing depends on the time or the machine.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, replace
from pathlib import Path

from srcnn.files.formats import sniff
from srcnn.files.metadata.read import read_xmp
from srcnn.files.metadata.xmp import (
    XMP,
    new_xmp,
    parse_xmp,
    property_of,
    remove_property,
    serialise_xmp,
    set_properties,
)
from srcnn.files.picture import Metadata

SOFTWARE = "srcnn"
NAMESPACE = "urn:srcnn:provenance/"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How an image was upscaled."""

    software: str = SOFTWARE
    version: str
    model: str  # its name, or the name of its file without the folder
    scale: str  # a number as text: "3", "1.5"


def provenance(metadata: Metadata) -> Provenance | None:
    """The provenance in an XMP packet; None if it is missing or incomplete.

    Parameters
    ----------
    metadata : Metadata
        Of the file.

    Returns
    -------
    Provenance or None
        Version, model and scale.
    """
    if metadata.xmp is None or NAMESPACE.encode() not in metadata.xmp:
        return None
    document = parse_xmp(metadata.xmp)
    if document is None:
        return None
    software, version, model, scale = (
        property_of(document, NAMESPACE, name) for name in ("Software", "Version", "Model", "Scale")
    )
    if not (software and version and model and scale):
        return None
    return Provenance(software=software, version=version, model=model, scale=scale)


def with_provenance(metadata: Metadata, made: Provenance) -> Metadata:
    """Add a provenance to the XMP of the metadata; the rest of the packet stays.

    A packet that is not well-formed XML is replaced and reported as lost, because no reader could use it.
    ``xmp:CreatorTool`` is defined as the first tool, so it is set only if it is missing.

    Parameters
    ----------
    metadata : Metadata
        Of the image.
    made : Provenance
        Version, model and scale.

    Returns
    -------
    Metadata
        A changed copy.
    """
    document = parse_xmp(metadata.xmp)
    left_out = ("XMP, which is damaged",) if metadata.xmp and document is None else ()
    document = document or new_xmp()
    remove_property(document, NAMESPACE)
    values = {"Software": made.software, "Version": made.version, "Model": made.model, "Scale": made.scale}
    if property_of(document, XMP, "CreatorTool") is None:
        set_properties(document, XMP, "xmp", {"CreatorTool": f"{made.software} {made.version}"})
    set_properties(document, NAMESPACE, "srcnn", values)
    return replace(metadata, xmp=serialise_xmp(document), left_out=(*metadata.left_out, *left_out))


def file_provenance(path: Path) -> Provenance | None:
    """The provenance of a file, without decoding its pixels; None also if the file cannot be read.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Provenance or None
        Version, model and scale.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            fmt = sniff(data[:64])
            return None if fmt is None else provenance(Metadata(xmp=read_xmp(data, fmt)))
    except (OSError, ValueError):  # an empty file cannot be mapped: ValueError
        return None
