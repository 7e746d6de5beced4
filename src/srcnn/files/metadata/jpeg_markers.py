"""The segments that a JPEG file consists of up to its first scan.

Source: ITU-T T.81, B.1.
"""

from collections.abc import Iterator

from srcnn.files.metadata import Buffer

APP0, APP1, APP2, APP11, APP13, ADOBE, COM, SOS, EOI = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xFE, 0xDA, 0xD9
LONGEST = 65533  # bytes of a segment without its marker and length


def segment(marker: int, content: bytes) -> bytes:
    """One segment with its marker and length.

    Parameters
    ----------
    marker : int
        Its second byte.
    content : bytes
        At most 65533 bytes.

    Returns
    -------
    bytes
        The segment.
    """
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def segments(data: Buffer) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of every segment up to the first scan; the scan ends with its header.

    Parameters
    ----------
    data : Buffer
        The file, or its beginning.

    Yields
    ------
    (int, int, int)
        The marker's second byte, and offsets in bytes: of the marker, and of what follows the segment.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at, min(end, len(data))
        if marker == SOS:
            return
        at = end
