"""Metadata as PNG chunks. Source: W3C, *PNG Specification (Third Edition)*, 2025, section 11."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcnn.files.limits import LONGEST_TEXT
from srcnn.files.metadata import Buffer
from srcnn.files.metadata.coding import ColourCoding
from srcnn.files.metadata.photoshop import Resources, split_resources, with_iptc
from srcnn.files.png import inflated

if TYPE_CHECKING:
    from srcnn.files.picture import Metadata

_CRITICAL = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_XMP_KEYWORD, _COMMENT, _RAW = b"XML:com.adobe.xmp", b"Comment", b"Raw profile type "
_MOST_TEXT = 1 << 24  # total of decompressed XMP, IPTC and comments
# Chunks about the coding or time of the old file, whose loss is not reported.
_OF_THE_FILE = (
    b"bKGD", b"hIST", b"sBIT", b"sPLT", b"tIME", b"iDOT", b"vpAg", b"oFFs", b"pHYs", b"eXIf", b"iCCP", b"acTL",
    b"fcTL", b"fdAT",
    b"cICP", b"mDCV", b"cLLI", b"gAMA", b"cHRM", b"sRGB", b"CgBI",
)  # fmt: skip
_NAMES = {b"caBX": "content credentials (C2PA), which are valid for the original only"}


@dataclass(frozen=True)
class PngText:
    """A text as stored in its chunk, possibly compressed."""

    kind: bytes  # tEXt, zTXt or iTXt
    content: bytes

    @property
    def keyword(self) -> str:
        """The keyword of the text, printable."""
        word = self.content.partition(b"\0")[0][:79].decode("latin-1")
        return "".join(c if c.isprintable() else "?" for c in word)


@dataclass(frozen=True, kw_only=True)
class PngSays:
    """Metadata in the chunks of a PNG file, without profile, EXIF and resolution."""

    xmp: bytes | None
    resources: Resources
    comments: tuple[str, ...]
    texts: tuple[PngText, ...]
    coding: ColourCoding | None
    left_out: tuple[str, ...]


def read_png(data: Buffer) -> PngSays:
    """Read the chunks; those with a wrong checksum are skipped.

    Parameters
    ----------
    data : Buffer
        The file.

    Returns
    -------
    PngSays
        What it says.
    """
    xmp, iptc = None, Resources(None, None)
    comments: list[str] = []
    texts: list[PngText] = []
    colour: dict[bytes, bytes] = {}
    left_out: dict[str, None] = {}
    room = _MOST_TEXT
    for name, start, end in _chunks(data):
        if name == b"IEND":
            after = len(data) - end
            if after and bytes(data[end:]).strip(b"\0 \r\n"):
                left_out[f"{after} bytes after the image"] = None
            break
        if name in _CRITICAL or zlib.crc32(data[start + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            continue
        content = data[start + 8 : end - 4]
        if name in _TEXTS:
            text = PngText(name, content)
            keyword = content.partition(b"\0")[0]
            if keyword in (_XMP_KEYWORD, _COMMENT) or keyword.startswith(_RAW):
                decoded = _decoded(text, max(room, 0))
                room -= 0 if decoded is None else len(decoded)
                if decoded is None:
                    left_out[f"the text {text.keyword}, which is damaged or too long"] = None
                elif keyword == _XMP_KEYWORD:
                    xmp = xmp or decoded
                elif keyword == _COMMENT:
                    comments.append(decoded.decode("utf-8" if name == b"iTXt" else "latin-1", "replace"))
                else:
                    raw = _raw_profile(decoded)
                    kind = keyword[len(_RAW) :]
                    if raw is not None and kind in (b"iptc", b"8bim"):
                        iptc = split_resources(raw) if raw.startswith(b"8BIM") else Resources(raw, None)
                    elif raw is not None and kind == b"xmp":
                        xmp = xmp or raw
                    elif kind in (b"exif", b"APP1") and (raw is None or len(raw) > LONGEST_TEXT // 2):
                        left_out["EXIF, which is stored as a text that is too long"] = None
            else:
                texts.append(text)
        elif name in (b"cICP", b"mDCV", b"cLLI", b"gAMA", b"cHRM", b"sRGB"):
            colour.setdefault(name, content)
        elif name == b"pHYs" and content[8:] == b"\0" and content[:4] != content[4:8]:
            left_out["the pixel aspect ratio"] = None
        elif name not in _OF_THE_FILE:
            left_out[_NAMES.get(name) or f"the PNG chunk {name.decode('latin-1')!a}"] = None
    return PngSays(
        xmp=xmp,
        resources=iptc,
        comments=tuple(comments),
        texts=tuple(texts),
        coding=_coding(colour),
        left_out=tuple(left_out),
    )


def png_chunks(metadata: Metadata) -> bytes:
    """All chunks with metadata, to be inserted right after IHDR.

    Parameters
    ----------
    metadata : Metadata
        As PNG can hold it.

    Returns
    -------
    bytes
        The chunks.
    """
    chunks = []
    coding = metadata.coding
    if coding is not None:
        chunks += _colour_chunks(coding, profile=metadata.icc is not None)
    if metadata.icc is not None:
        chunks.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi is not None:
        across, down = (int(dpi / 0.0254 + 0.5) for dpi in metadata.dpi)
        chunks.append(chunk(b"pHYs", across.to_bytes(4, "big") + down.to_bytes(4, "big") + b"\1"))
    if metadata.exif is not None:
        chunks.append(chunk(b"eXIf", metadata.exif))
    if metadata.xmp is not None:
        # Uncompressed, as the XMP specification requires, so that it can be found without decoding the file.
        chunks.append(chunk(b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
    if metadata.iptc is not None:
        chunks.append(chunk(b"zTXt", _raw_text(b"iptc", with_iptc(None, metadata.iptc))))
    for comment in metadata.comments:
        chunks.append(_comment(comment))
    for text in metadata.texts:
        chunks.append(chunk(text.kind, text.content))
    return b"".join(chunks)


def with_png_chunks(png: bytes, added: bytes) -> bytes:
    """Replace all chunks of a PNG file that hold no pixels by the given ones.

    The start of a file up to the image data is enough: the rest can be appended to the result.

    Parameters
    ----------
    png : bytes
        The file, or its beginning.
    added : bytes
        Chunks.

    Returns
    -------
    bytes
        A copy.
    """
    parts = [png[:8]]
    for name, start, end in _chunks(png, whole=False):
        if name == b"IDAT":
            parts.append(png[start:])
            break
        if name in _CRITICAL:
            parts.append(png[start:end])
        if name == b"IHDR":
            parts.append(added)
    return b"".join(parts)


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk with its length and checksum.

    Parameters
    ----------
    name : bytes
        Of four letters.
    data : bytes
        What it holds.

    Returns
    -------
    bytes
        The chunk.
    """
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def _coding(chunks: dict[bytes, bytes]) -> ColourCoding | None:
    """The colour coding in the chunks, if any; chunks with a wrong length are ignored."""
    chunks = {name: content for name, content in chunks.items() if len(content) == _LENGTHS[name]}
    if not chunks:
        return None
    cicp, gamma, primaries, srgb = (chunks.get(name) for name in (b"cICP", b"gAMA", b"cHRM", b"sRGB"))
    return ColourCoding(
        cicp=None if cicp is None else (cicp[0], cicp[1]),
        full_range=cicp is None or cicp[3] != 0,
        intent=None if srgb is None else srgb[0],
        gamma=None if gamma is None else int.from_bytes(gamma, "big") or None,
        primaries=None if primaries is None else struct.unpack(">8I", primaries),
        mastering=chunks.get(b"mDCV"),
        light_level=chunks.get(b"cLLI"),
    )


_LENGTHS = {b"cICP": 4, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"mDCV": 24, b"cLLI": 8}


def _colour_chunks(coding: ColourCoding, *, profile: bool) -> list[bytes]:
    chunks = []
    if coding.cicp is not None:
        chunks.append(chunk(b"cICP", bytes([*coding.cicp, 0, coding.full_range])))
    for name, content in ((b"mDCV", coding.mastering), (b"cLLI", coding.light_level)):
        if content is not None:
            chunks.append(chunk(name, content))
    if coding.intent is not None and not profile:  # decoders complain about both
        chunks.append(chunk(b"sRGB", bytes([coding.intent])))
    if coding.gamma is not None:
        chunks.append(chunk(b"gAMA", coding.gamma.to_bytes(4, "big")))
    if coding.primaries is not None:
        chunks.append(chunk(b"cHRM", struct.pack(">8I", *coding.primaries)))
    return chunks


def _comment(text: str) -> bytes:
    """A chunk with a comment, in Latin-1 if possible, otherwise in UTF-8."""
    text = text.replace("\0", "")
    try:
        return chunk(b"tEXt", _COMMENT + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", _COMMENT + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))


def _decoded(text: PngText, longest: int) -> bytes | None:
    """The decompressed text of a chunk; None if it is damaged or longer than the limit."""
    _, _, rest = text.content.partition(b"\0")
    if text.kind == b"tEXt":
        return rest
    if text.kind == b"zTXt":
        return inflated(rest[1:], longest)
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return None
    return parts[2] if rest[0] == 0 else inflated(parts[2], longest)


def _raw_profile(text: bytes) -> bytes | None:
    """Bytes that ImageMagick stores as hexadecimal text: an empty line, name, length, digits."""
    lines = text.split(b"\n", 3)
    try:
        return bytes.fromhex(lines[3].decode("ascii")) if len(lines) > 3 else b""
    except (ValueError, UnicodeDecodeError):
        return None


def _raw_text(name: bytes, content: bytes) -> bytes:
    digits = content.hex().encode()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    text = b"\n" + name + f"\n{len(content):8}\n".encode() + b"\n".join(lines) + b"\n"
    return _RAW + name + b"\0\0" + zlib.compress(text)


def _chunks(data: Buffer, *, whole: bool = True) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of every chunk; the last may be truncated if that is allowed."""
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data) and whole:
            return
        yield bytes(data[at + 4 : at + 8]), at, end
        at = end
