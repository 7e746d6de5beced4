"""XMP as JPEG segments: one packet, and an extension for what does not fit into a segment.

Source: Adobe, *XMP Specification Part 3*, 1.1.3 (JPEG).
"""

import hashlib
from xml.dom import minidom

from srcnn.files.metadata import Buffer
from srcnn.files.metadata.jpeg_markers import APP1, LONGEST, SOS, segment, segments
from srcnn.files.metadata.xmp import (
    add_description,
    descriptions,
    new_xmp,
    parse_xmp,
    property_of,
    remove_property,
    serialise_xmp,
    set_properties,
)

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_NOTE = "http://ns.adobe.com/xmp/note/"
_EXTENDED = "HasExtendedXMP"


def jpeg_xmp(data: Buffer) -> bytes | None:
    """The XMP packet of a JPEG file, with its extension if it has one.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    bytes or None
        The packet.
    """
    packet = None
    extensions: dict[bytes, dict[int, bytes]] = {}
    for marker, start, end in segments(data):
        if marker == SOS:
            break
        content = data[start + 4 : end] if marker == APP1 else b""
        if content.startswith(XMP) and packet is None:
            packet = content[len(XMP) :]
        elif content.startswith(EXTENSION):
            head = len(EXTENSION) + 32
            place = int.from_bytes(content[head + 4 : head + 8], "big")
            extensions.setdefault(content[len(EXTENSION) : head], {})[place] = content[head + 8 :]
    return _extended(packet, extensions) if packet and extensions else packet


def xmp_segments(xmp: bytes) -> list[bytes]:
    """One segment, or a main packet and its extension if that is too long.

    Parameters
    ----------
    xmp : bytes
        The packet.

    Returns
    -------
    list of bytes
        The segments; none if a long packet cannot be parsed, and so not be divided.
    """
    if len(xmp) <= LONGEST - len(XMP):
        return [segment(APP1, XMP + xmp)]
    document = parse_xmp(xmp)
    if document is None:
        return []
    # Short properties stay in the main packet, because many readers read no other.
    main, extension = new_xmp(), new_xmp()
    room = LONGEST - len(XMP) - 1000  # reserved for the packet around them and the reference
    for description in sorted(descriptions(document), key=_length):
        room -= _length(description)
        add_description(main if room >= 0 else extension, description)
    remove_property(main, _NOTE, _EXTENDED)
    remove_property(extension, _NOTE, _EXTENDED)
    full = serialise_xmp(extension)
    guid = hashlib.md5(full, usedforsecurity=False).hexdigest().upper()
    set_properties(main, _NOTE, "xmpNote", {_EXTENDED: guid})
    step = LONGEST - len(EXTENSION) - 40
    head = EXTENSION + guid.encode() + len(full).to_bytes(4, "big")
    return [
        segment(APP1, XMP + serialise_xmp(main)),
        *(segment(APP1, head + at.to_bytes(4, "big") + full[at : at + step]) for at in range(0, len(full), step)),
    ]


def _extended(packet: bytes, extensions: dict[bytes, dict[int, bytes]]) -> bytes:
    """Merge a main packet with the extension that it names."""
    document = parse_xmp(packet)
    guid = property_of(document, _NOTE, _EXTENDED) if document is not None else None
    parts = extensions.get((guid or "").encode())
    extension = parse_xmp(b"".join(content for _, content in sorted(parts.items()))) if parts else None
    if document is None or extension is None:
        return packet
    remove_property(document, _NOTE, _EXTENDED)
    for description in descriptions(extension):
        add_description(document, description)
    return serialise_xmp(document)


def _length(description: minidom.Element) -> int:
    """The bytes of a description in a separate packet."""
    alone = new_xmp()
    add_description(alone, description)
    return len(serialise_xmp(alone))
