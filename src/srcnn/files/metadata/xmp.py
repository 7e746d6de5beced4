"""XMP packets: properties read and replaced; everything else in a packet stays as it is.

Source: ISO 16684-1 (XMP data model and its serialisation as RDF/XML).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from xml.dom import minidom
from xml.parsers.expat import ExpatError

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
XMP = "http://ns.adobe.com/xap/1.0/"
_TIFF, _EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
_PANORAMA, _CAMERA = "http://ns.google.com/photos/1.0/panorama/", "http://ns.google.com/photos/1.0/camera/"
_GAIN_MAP, _CONTAINER = "http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.google.com/photos/1.0/container/"
_APPLE_GAIN_MAP = "http://ns.apple.com/HDRGainMap/1.0/"
_OF_PIXELS = (_TIFF, _EXIF, _PANORAMA, _CAMERA, _GAIN_MAP, _CONTAINER, _APPLE_GAIN_MAP, "Thumbnails")
_PANORAMA_PIXELS = (
    "CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels", "FullPanoWidthPixels", "FullPanoHeightPixels",
    "CroppedAreaLeftPixels", "CroppedAreaTopPixels",
)  # fmt: skip
XMLNS = "http://www.w3.org/2000/xmlns/"
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = '\n<?xpacket end="w"?>'
_EMPTY = f'<x:xmpmeta xmlns:x="{META}"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'


def parse_xmp(xmp: bytes | None) -> minidom.Document | None:
    """The packet as a document; None if it is absent, not well-formed, or has a DOCTYPE, which XMP never has.

    Parameters
    ----------
    xmp : bytes or None
        The packet.

    Returns
    -------
    minidom.Document or None
        The document.
    """
    if not xmp or b"<!DOCTYPE" in xmp:
        return None
    try:
        document = minidom.parseString(xmp.strip(b"\0 \t\r\n"))
    except (ExpatError, ValueError, LookupError):
        return None
    return None if document.doctype is not None else document


def new_xmp() -> minidom.Document:
    """An empty document.

    Returns
    -------
    minidom.Document
        Without any description.
    """
    return minidom.parseString(_EMPTY)


def serialise_xmp(document: minidom.Document) -> bytes:
    """The packet of a document, in UTF-8, without padding.

    Parameters
    ----------
    document : minidom.Document
        What `parse_xmp` or `new_xmp` gave.

    Returns
    -------
    bytes
        The packet.
    """
    root = document.documentElement
    assert root is not None
    parts: list[str] = []
    _write(root, parts)
    return (_HEAD + "".join(parts) + _TAIL).encode("utf-8", "replace")


def descriptions(document: minidom.Document) -> list[minidom.Element]:
    """The elements that hold the properties of the image itself.

    Parameters
    ----------
    document : minidom.Document
        The packet.

    Returns
    -------
    list of minidom.Element
        Those at the top level.
    """
    return [
        element
        for rdf in document.getElementsByTagNameNS(RDF, "RDF")
        for element in _children(rdf)
        if (element.namespaceURI, element.localName) == (RDF, "Description")
    ]


def property_of(document: minidom.Document, namespace: str, name: str) -> str | None:
    """The text of a simple property, stored as an attribute or as an element.

    Parameters
    ----------
    document : minidom.Document
        The packet.
    namespace : str
        Of the property.
    name : str
        Without its prefix.

    Returns
    -------
    str or None
        None where it is absent.
    """
    for description in descriptions(document):
        if description.hasAttributeNS(namespace, name):
            return str(description.getAttributeNS(namespace, name))
        for element in _children(description):
            if (element.namespaceURI, element.localName) == (namespace, name):
                return "".join(_texts(element)).strip()
    return None


def remove_property(document: minidom.Document, namespace: str, name: str | None = None) -> int:
    """Remove a property, or all of a namespace, and return how many there were.

    Parameters
    ----------
    document : minidom.Document
        The packet, which is changed.
    namespace : str
        Of the property.
    name : str, optional
        Without its prefix; all of the namespace when None.

    Returns
    -------
    int
        How many there were.
    """
    found = 0
    for description in descriptions(document):
        attributes = [a for a in list(description.attributes.values()) if _is(a, namespace, name)]
        for attribute in attributes:
            description.removeAttributeNode(attribute)
        elements = [e for e in _children(description) if _is(e, namespace, name)]
        for element in elements:
            description.removeChild(element)
        found += len(attributes) + len(elements)
        if attributes + elements and _says_nothing(description) and description.parentNode is not None:
            description.parentNode.removeChild(description)
    return found


def set_properties(document: minidom.Document, namespace: str, prefix: str, values: Mapping[str, str]) -> None:
    """Set simple properties, replacing those with the same names.

    Parameters
    ----------
    document : minidom.Document
        The packet, which is changed.
    namespace : str
        Of the properties.
    prefix : str
        Of the namespace, where it is new.
    values : mapping of str to str
        By their names.
    """
    for name in values:
        remove_property(document, namespace, name)
    present = descriptions(document)
    description = document.createElementNS(RDF, "rdf:Description")
    description.setAttributeNS(XMLNS, "xmlns:rdf", RDF)
    # All descriptions in one packet describe the same resource.
    description.setAttributeNS(RDF, "rdf:about", present[0].getAttributeNS(RDF, "about") if present else "")
    description.setAttributeNS(XMLNS, f"xmlns:{prefix}", namespace)
    for name, value in values.items():
        description.setAttributeNS(namespace, f"{prefix}:{name}", value)
    _rdf(document).appendChild(description)


def for_size(xmp: bytes | None, height: int, width: int) -> bytes | None:
    """The packet of an upright image of the given size.

    Sizes and orientation are set, and pixel counts of a panorama are scaled.
    Thumbnails, and references to gain maps and videos that the file no longer holds, are removed.
    A packet without any of these is returned unchanged.

    Parameters
    ----------
    xmp : bytes or None
        The packet.
    height, width : int
        Pixels of the image.

    Returns
    -------
    bytes or None
        A changed copy.
    """
    if xmp is None or not any(namespace.encode() in xmp for namespace in _OF_PIXELS):
        return xmp
    document = parse_xmp(xmp)
    if document is None:
        return xmp
    before = serialise_xmp(document)
    sizes = {
        (_TIFF, "Orientation"): "1", (_TIFF, "ImageWidth"): str(width), (_TIFF, "ImageLength"): str(height),
        (_EXIF, "PixelXDimension"): str(width), (_EXIF, "PixelYDimension"): str(height),
    }  # fmt: skip
    for (namespace, name), size in sizes.items():
        _replace(document, namespace, name, partial(_constant, size))
    old = property_of(document, _PANORAMA, "CroppedAreaImageWidthPixels") or ""
    if old.isdigit() and int(old):
        for name in _PANORAMA_PIXELS:
            _replace(document, _PANORAMA, name, partial(_scaled, Fraction(width, int(old))))
    for namespace in (_GAIN_MAP, _CONTAINER, _APPLE_GAIN_MAP):
        remove_property(document, namespace)
    for name in ("MotionPhoto", "MotionPhotoVersion", "MotionPhotoPresentationTimestampUs",
                 "MicroVideo", "MicroVideoVersion",
                 "MicroVideoOffset", "MicroVideoPresentationTimestampUs"):  # fmt: skip
        remove_property(document, _CAMERA, name)
    remove_property(document, XMP, "Thumbnails")
    after = serialise_xmp(document)
    return xmp if after == before else after


def _constant(value: str, _: str) -> str:
    return value


def _scaled(ratio: Fraction, text: str) -> str:
    return str(round(int(text) * ratio)) if text.isdigit() else text


def _replace(document: minidom.Document, namespace: str, name: str, change: Callable[[str], str]) -> None:
    """Change the text of a simple property in place."""
    for description in descriptions(document):
        if description.hasAttributeNS(namespace, name):
            attribute = description.getAttributeNodeNS(namespace, name)
            assert attribute is not None
            attribute.value = change(attribute.value.strip())
        for element in _children(description):
            if _is(element, namespace, name) and not _children(element):
                text = change("".join(_texts(element)).strip())
                for child in list(element.childNodes):
                    element.removeChild(child)
                element.appendChild(document.createTextNode(text))


def add_description(document: minidom.Document, description: minidom.Element) -> None:
    """Copy the description of another packet into this one, with the namespaces in scope.

    Parameters
    ----------
    document : minidom.Document
        The packet, which is changed.
    description : minidom.Element
        Of another packet.
    """
    copy = document.importNode(description, True)
    around = description.parentNode
    while isinstance(around, minidom.Element):
        for attribute in around.attributes.values():
            if attribute.namespaceURI == XMLNS and not copy.hasAttribute(attribute.name):
                copy.setAttributeNS(XMLNS, attribute.name, attribute.value)
        around = around.parentNode
    _rdf(document).appendChild(copy)


def _rdf(document: minidom.Document) -> minidom.Element:
    """The element that holds the descriptions; created if missing."""
    found = document.getElementsByTagNameNS(RDF, "RDF")
    if found:
        return found[0]
    rdf = document.createElementNS(RDF, "rdf:RDF")
    rdf.setAttributeNS(XMLNS, "xmlns:rdf", RDF)
    root = document.documentElement
    assert root is not None
    root.appendChild(rdf)
    return rdf


def _is(node: minidom.Element | minidom.Attr, namespace: str, name: str | None) -> bool:
    return node.namespaceURI == namespace and name in (None, node.localName)


def _says_nothing(description: minidom.Element) -> bool:
    return not _children(description) and all(a.namespaceURI in (XMLNS, RDF) for a in description.attributes.values())


def _children(element: minidom.Element) -> list[minidom.Element]:
    return [child for child in element.childNodes if isinstance(child, minidom.Element)]


def _texts(node: minidom.Element) -> Iterator[str]:
    for child in node.childNodes:
        if isinstance(child, minidom.Text):
            yield child.data
        elif isinstance(child, minidom.Element):
            yield from _texts(child)


def _write(node: minidom.Node, parts: list[str]) -> None:
    """Append the XML of a node; minidom's own writer turns a line feed in an attribute into a space."""
    if isinstance(node, minidom.Element):
        parts.append(f"<{node.tagName}")
        parts.extend(f' {a.name}="{_escaped(a.value, attribute=True)}"' for a in node.attributes.values())
        if not node.childNodes:
            parts.append("/>")
            return
        parts.append(">")
        for child in node.childNodes:
            _write(child, parts)
        parts.append(f"</{node.tagName}>")
    elif isinstance(node, minidom.Text):  # CDATA counts as text
        parts.append(_escaped(node.data))
    else:
        parts.append(node.toxml())


def _escaped(text: str, *, attribute: bool = False) -> str:
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        text = text.replace(character, reference)
    if attribute:
        for character, reference in (('"', "&quot;"), ("\n", "&#10;"), ("\t", "&#9;")):
            text = text.replace(character, reference)
    return text
