"""Photoshop image resources, which include IPTC.

Source: Adobe, *Photoshop File Formats Specification*, 2019, image resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_IPTC = 1028
# Resources that describe the old pixels or are stored elsewhere: layers, channels, thumbnails, guides, slices, profile,
# EXIF, XMP.
_STALE = {
    1000, 1003, 1006, 1007, 1024, 1026, 1032, 1033, 1036, 1037, 1039, 1044, 1045, 1050, 1053, 1054, 1057, 1058, 1059,
    1060, 1065, 1067,
    1069, 1072, 1077, 1078, 1080, 1082, 1083, 1085, 1086, 1088,
}  # fmt: skip


@dataclass(frozen=True)
class Resources:
    """IPTC-IIM records, and all other resources that stay valid for an upscaled image."""

    iptc: bytes | None
    others: bytes | None


def split_resources(blocks: bytes) -> Resources:
    """Split a sequence of resources; everything after a damaged one is ignored.

    Parameters
    ----------
    blocks : bytes
        The sequence.

    Returns
    -------
    Resources
        IPTC, and the others.
    """
    iptc, others = None, []
    for number, content, block in _blocks(blocks):
        if number == _IPTC:
            iptc = iptc or content
        elif number not in _STALE:
            others.append(block)
    return Resources(iptc or None, b"".join(others) or None)


def with_iptc(others: bytes | None, iptc: bytes | None) -> bytes:
    """Join the resources into one sequence.

    Parameters
    ----------
    others : bytes or None
        Resources without IPTC.
    iptc : bytes or None
        IPTC records.

    Returns
    -------
    bytes
        The sequence; empty where there is neither.
    """
    if iptc is None:
        return others or b""
    length = len(iptc).to_bytes(4, "big")
    return b"8BIM" + _IPTC.to_bytes(2, "big") + bytes(2) + length + iptc + bytes(len(iptc) % 2) + (others or b"")


def _blocks(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content and raw bytes of every resource."""
    at = 0
    while data[at : at + 4] in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"):
        name = data[at + 6] + 1 if at + 6 < len(data) else 0
        start = at + 6 + name + name % 2 + 4
        end = start + int.from_bytes(data[start - 4 : start], "big")
        if end > len(data):
            return
        after = end + (end - start) % 2
        yield int.from_bytes(data[at + 4 : at + 6], "big"), data[start:end], data[at:after]
        at = after
