"""The chunks of a PNG file: what hinders a decoder without touching the pixels is left out before it sees the file.

Source: W3C, *PNG Specification (Third Edition)*, 2025, sections 5 (chunks and their checksums), 11 (what they hold),
13.2 (errors in them).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from srcnn.image.limits import Header
from srcnn.image.picture import Kind

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BANDS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette becomes RGB
_PALETTE = 3
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_LONGEST_TEXT = 1 << 20  # of one chunk once inflated: the most that Pillow takes
_MOST_TEXT = 1 << 25  # of all of them; Pillow takes twice as much
LONGEST_PROFILE = 1 << 24  # once inflated; profiles of printers have a few megabytes


@dataclass(frozen=True)
class Chunk:
    """One chunk."""

    name: bytes
    start: int  # of its length field
    end: int
    sound: bool = True  # whether its checksum is right; not computed of image data, which its decoder checks

    def content(self, data: bytes) -> bytes:
        return data[self.start + 8 : self.end - 4]

    @property
    def ancillary(self) -> bool:
        return bool(self.name[0] & 0x20)


def chunks(data: bytes) -> Iterator[Chunk]:
    """The whole chunks of a file, in their order; a chunk that is cut off ends them."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        name = data[at + 4 : at + 8]
        sound = not name[0] & 0x20 or zlib.crc32(data[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
        yield Chunk(name, at, end, sound)
        if name == b"IEND":
            return
        at = end


def png_header(data: bytes) -> Header:
    """Size, bands and depth by the IHDR chunk, and a tRNS chunk before the image data.

    Raises
    ------
    ValueError
        If the file does not begin with a sound IHDR chunk.
    """
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("it does not begin with an IHDR chunk")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    bits, colour = data[24], data[25]
    if colour not in _BANDS:
        raise ValueError(f"it says colour type {colour}, which there is not")
    transparent = colour in (0, 2, 3) and b"tRNS" in {chunk.name for chunk in _before_image(data)}
    return Header(width=width, height=height, bands=_BANDS[colour] + transparent, bits=max(bits, 8))


def stored_kind(data: bytes) -> Kind:
    """How a file with an IHDR chunk stores colour; "rgb" where the bands of the decoded image tell it."""
    if data[25] == _PALETTE:
        return "palette"
    return "1-bit" if data[24] == 1 and data[25] == 0 else "rgb"


@dataclass(frozen=True)
class Cleaned:
    """A PNG file without what hinders a decoder."""

    data: bytes
    profile: bytes | None  # of a chunk that was left out although it is sound, since it is too long for the decoder
    notes: tuple[str, ...]  # what was left out and is lost


def cleaned(data: bytes) -> Cleaned:
    """Leave out ancillary chunks of a wrong checksum, and texts and profiles that are longer than a decoder takes."""
    dropped: list[Chunk] = []
    notes: list[str] = []
    profile = None
    texts = 0
    for chunk in chunks(data):
        if not chunk.ancillary:
            continue
        name = chunk.name.decode("latin-1")
        if not chunk.sound:
            dropped.append(chunk)
            notes.append(f"its {name} chunk has a wrong checksum and was left out")
        elif chunk.name in _TEXTS:
            length = _text_length(chunk.content(data))
            texts += length
            if length > _LONGEST_TEXT or texts > _MOST_TEXT:
                dropped.append(chunk)
                notes.append(f"a text of more than {_LONGEST_TEXT >> 20} MB was left out ({_keyword(chunk.content(data))})")
                texts -= length
        elif chunk.name == b"iCCP":
            compressed = chunk.content(data).partition(b"\0")[2][1:]
            found = inflated(compressed, LONGEST_PROFILE)
            if found is None:
                dropped.append(chunk)
                notes.append("the colour profile was left out, for it is damaged or too long")
            elif len(found) > _LONGEST_TEXT:
                dropped.append(chunk)
                profile = found
    if not dropped:
        return Cleaned(data, None, ())
    parts, at = [], 0
    for chunk in dropped:
        parts.append(data[at : chunk.start])
        at = chunk.end
    return Cleaned(b"".join([*parts, data[at:]]), profile, tuple(dict.fromkeys(notes)))


def inflated(compressed: bytes, longest: int) -> bytes | None:
    """What a zlib stream holds; None when it is damaged, cut off, or holds more than ``longest`` bytes."""
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
    """Bytes of a text, inflated as far as the limit; of what is not compressed, its own."""
    keyword, _, rest = content.partition(b"\0")
    longest = len(content)
    # zTXt: the method, then the stream. iTXt: flag, method, language, translated keyword, then perhaps a stream.
    for start in (rest[1:], rest[2:].partition(b"\0")[2].partition(b"\0")[2]):
        stream = zlib.decompressobj()
        try:
            longest = max(longest, len(keyword) + len(stream.decompress(start, _LONGEST_TEXT + 1)))
        except zlib.error:
            continue
    return longest


def _keyword(content: bytes) -> str:
    word = content.partition(b"\0")[0][:79].decode("latin-1")
    return "".join(c if c.isprintable() else "?" for c in word)
