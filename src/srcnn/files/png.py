"""The chunks of a PNG file: those that hinder a decoder but do not affect the pixels are removed before decoding.

Source: W3C, *PNG Specification (Third Edition)*, 2025, sections 5 (chunks and their checksums), 11 (what they hold),
13.2 (errors in them).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcnn.errors import ImageError
from srcnn.files.limits import LONGEST_TEXT, Header

if TYPE_CHECKING:
    from srcnn.files.picture import Kind

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BANDS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette is converted to RGB
_PALETTE = 3
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_APPLE = b"CgBI"
_LENGTHS = {b"pHYs": 9, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"tIME": 7, b"cICP": 4, b"acTL": 8}
_IMAGE_DATA = (b"IDAT", b"fdAT")
_AFTER_HEADER = 33  # bytes: the signature and the IHDR chunk
_EXIF_TEXT = b"Raw profile type exif\0"  # by ImageMagick
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_MOST_TEXT = 1 << 25  # total of all texts; Pillow accepts twice as much
LONGEST_PROFILE = 1 << 24  # decompressed; printer profiles have a few megabytes


@dataclass(frozen=True)
class Chunk:
    """One chunk."""

    name: bytes
    start: int  # offset of its length field
    end: int
    sound: bool  # whether its checksum is correct

    def content(self, data: bytes) -> bytes:
        """What the chunk holds.

        Parameters
        ----------
        data : bytes
            The file.

        Returns
        -------
        bytes
            Without length, name and checksum.
        """
        return data[self.start + 8 : self.end - 4]

    @property
    def length(self) -> int:
        """Bytes of its data."""
        return self.end - self.start - 12

    @property
    def ancillary(self) -> bool:
        """Whether a reader may pass it over."""
        return bool(self.name[0] & 0x20)


def chunks(data: bytes) -> Iterator[Chunk]:
    """The complete chunks of a file in order, up to a truncated one.

    Parameters
    ----------
    data : bytes
        The file.

    Yields
    ------
    Chunk
        In their order.
    """
    at = len(SIGNATURE)
    view = memoryview(data)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        name = data[at + 4 : at + 8]
        yield Chunk(name, at, end, zlib.crc32(view[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big"))
        if name == b"IEND":
            return
        at = end


def png_header(data: bytes) -> Header:
    """Size, bands and depth from the IHDR chunk, and from a tRNS chunk before the image data.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Header
        What it says.

    Raises
    ------
    ImageError
        If the file holds an unsupported critical chunk.
    ValueError
        If the file does not begin with an IHDR chunk.
    """
    if data[12:16] == _APPLE:
        raise ImageError("Apple's PNG variant for apps (CgBI) is not supported; convert it to plain PNG first")
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("it does not begin with an IHDR chunk")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    bits, colour = data[24], data[25]
    if colour not in _BANDS:
        raise ValueError(f"it has the unknown colour type {colour}")
    names = {chunk.name for chunk in _before_image(data) if chunk.sound}
    for name in sorted(names):
        if not name[0] & 0x20 and name.isalpha() and name not in _CRITICAL:
            raise ImageError(
                f"PNG with the critical chunk {name.decode()} is not supported; save it as plain PNG first"
            )
    transparent = colour in (0, 2, 3) and b"tRNS" in names
    bands = _BANDS[colour] + transparent
    # An interlaced image is in memory as a whole before its first row is complete.
    working = bands * max(bits, 8) / 8 if data[28] else 0.0
    return Header(width=width, height=height, bands=bands, bits=max(bits, 8), working=working)


def stored_kind(data: bytes) -> Kind:
    """How a file stores colour; "rgb" if the bands of the decoded image tell.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Kind
        By its colour type and depth.
    """
    if data[25] == _PALETTE:
        return "palette"
    return "1-bit" if data[24] == 1 and data[25] == 0 else "rgb"


def png_frames(data: bytes) -> int:
    """The number of frames that an APNG announces, without an image for other readers; 1 for any other PNG file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    int
        From the chunk that stands before the image data.
    """
    counts = [chunk.content(data)[:4] for chunk in _before_image(data) if chunk.name == b"acTL" and chunk.sound]
    return int.from_bytes(counts[0], "big") if counts else 1


@dataclass(frozen=True)
class Cleaned:
    """A PNG file that a decoder accepts."""

    data: bytes
    profile: bytes | None  # from a valid chunk that was removed because it is too long for the decoder
    notes: tuple[str, ...]  # what was removed and is lost


def cleaned(data: bytes) -> Cleaned:
    """Remove or repair what would stop a decoder although the image is complete.

    These are ancillary chunks with a wrong checksum or length, texts and profiles that are too long for a decoder,
    transparency for more colours than there are, and wrong checksums of image data, which has another checksum inside.
    EXIF that follows the image data, where no decoder looks for its orientation, comes to stand before it.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Cleaned
        The file for the decoder, and what was done.
    """
    edits: list[tuple[Chunk, bytes]] = []  # chunks and their replacements
    notes: list[str] = []
    profile = None
    moved = b""
    texts = colours = 0
    seen: set[bytes] = set()
    for chunk in chunks(data):
        name = chunk.name.decode("latin-1")
        late, first = b"IDAT" in seen, chunk.name not in seen
        if chunk.sound or not chunk.ancillary:
            seen.add(chunk.name)
        if chunk.name in _IMAGE_DATA and not chunk.sound:
            edits.append((chunk, _made(chunk.name, chunk.content(data))))
            notes.append("a checksum of its image data is wrong, but the data is complete")
        elif not chunk.ancillary:
            colours = chunk.length // 3 if chunk.name == b"PLTE" else colours
        elif not chunk.sound:
            edits.append((chunk, b""))
            notes.append(f"its {name} chunk has a wrong checksum and was dropped")
        elif chunk.length != _LENGTHS.get(chunk.name, chunk.length):
            edits.append((chunk, b""))
            notes.append(f"its {name} chunk has a wrong length and was dropped")
        elif chunk.name in _TEXTS:
            length = _text_length(chunk.content(data))
            if length > LONGEST_TEXT or texts + length > _MOST_TEXT:
                edits.append((chunk, b""))
            else:
                texts += length
                if late and chunk.content(data).startswith(_EXIF_TEXT):
                    edits.append((chunk, b""))
                    moved += data[chunk.start : chunk.end]
        elif chunk.name == b"eXIf" and late:
            edits.append((chunk, b""))
            moved += data[chunk.start : chunk.end] if first else b""
        elif chunk.name == b"iCCP":
            compressed = chunk.content(data).partition(b"\0")[2][1:]
            found = inflated(compressed, LONGEST_PROFILE)
            if found is None:
                edits.append((chunk, b""))
                notes.append("the colour profile was dropped because it is damaged or too long")
            elif len(found) > LONGEST_TEXT:
                edits.append((chunk, b""))
                profile = found
        elif chunk.name == b"tRNS" and data[25] == _PALETTE and chunk.length > colours:
            edits.append((chunk, _made(b"tRNS", chunk.content(data)[:colours])))
    if not edits:
        return Cleaned(data, None, ())
    parts, at = [data[:_AFTER_HEADER], moved], _AFTER_HEADER
    for chunk, instead in edits:
        parts += [data[at : chunk.start], instead]
        at = chunk.end
    return Cleaned(b"".join([*parts, data[at:]]), profile, tuple(dict.fromkeys(notes)))


def _made(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def inflated(compressed: bytes, longest: int) -> bytes | None:
    """The content of a zlib stream; None if it is damaged, truncated, or longer than ``longest`` bytes.

    Parameters
    ----------
    compressed : bytes
        The stream.
    longest : int
        Bytes that it may hold.

    Returns
    -------
    bytes or None
        What it holds.
    """
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(compressed, longest + 1)
    except zlib.error:
        return None
    return found if stream.eof and len(found) <= longest else None


def _before_image(data: bytes) -> Iterator[Chunk]:
    for chunk in chunks(data):
        if chunk.name == b"IDAT":
            return
        yield chunk


def _text_length(content: bytes) -> int:
    """Size of a text in bytes, decompressed up to the limit."""
    keyword, _, rest = content.partition(b"\0")
    longest = len(content)
    # zTXt: method, stream. iTXt: flag, method, language, translated keyword, then possibly a stream.
    for start in (rest[1:], rest[2:].partition(b"\0")[2].partition(b"\0")[2]):
        stream = zlib.decompressobj()
        try:
            longest = max(longest, len(keyword) + len(stream.decompress(start, LONGEST_TEXT + 1)))
        except zlib.error:
            continue
    return longest
