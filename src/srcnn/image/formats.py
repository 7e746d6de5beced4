"""The file formats of pictures: what each can hold and how it is recognised."""

from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import ImageError


@dataclass(frozen=True, kw_only=True)
class Format:
    """One file format, named as Pillow names it."""

    name: str
    suffixes: tuple[str, ...]  # the first is the usual one; none: the format is only read
    bits: int = 8  # the most that a sample can hold here
    alpha: bool = False
    grey: bool = True
    cmyk: bool = False
    icc: bool = True
    exif: bool = True
    xmp: bool = True
    resolution: bool = True  # outside of EXIF
    longest: int = 2**31 - 1  # pixels a side


FORMATS = {
    f.name: f
    for f in (
        Format(name="PNG", suffixes=(".png",), bits=16, alpha=True),
        Format(name="JPEG", suffixes=(".jpg", ".jpeg", ".jpe", ".jfif"), cmyk=True, longest=65500),
        Format(name="WEBP", suffixes=(".webp",), alpha=True, grey=False, resolution=False, longest=16383),
        Format(name="BMP", suffixes=(".bmp", ".dib"), icc=False, exif=False, xmp=False),
        Format(name="TIFF", suffixes=(".tif", ".tiff"), bits=16, alpha=True, cmyk=True),
        Format(name="AVIF", suffixes=(".avif",), bits=10, alpha=True, grey=False, resolution=False, longest=16384),
        Format(name="GIF", suffixes=()),
    )
}
WRITABLE_SUFFIXES = tuple(suffix for f in FORMATS.values() for suffix in f.suffixes)
READABLE_SUFFIXES = (*WRITABLE_SUFFIXES, ".gif")


def is_picture(path: Path) -> bool:
    """Whether a folder's entry is a picture by its name: a file, not hidden, of a suffix that can be read."""
    return path.suffix.lower() in READABLE_SUFFIXES and not path.name.startswith(".") and path.is_file()


def sniff(head: bytes) -> Format | None:
    """The format of a file by its first 32 bytes; None when it is none of ours. The file's name is not asked."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FORMATS["PNG"]
    if head.startswith(b"\xff\xd8\xff"):
        return FORMATS["JPEG"]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FORMATS["WEBP"]
    if head.startswith(b"BM"):
        return FORMATS["BMP"]
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return FORMATS["TIFF"]
    if head[4:8] == b"ftyp" and (b"avif" in head[8:32] or b"avis" in head[8:32]):
        return FORMATS["AVIF"]
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return FORMATS["GIF"]
    return None


def format_of(path: Path) -> Format:
    """The format that a file of this name is written in.

    Raises
    ------
    ImageError
        If the name has no suffix of a format that can be written.
    """
    suffix = path.suffix.lower()
    for f in FORMATS.values():
        if suffix in f.suffixes:
            return f
    what = f"the suffix {path.suffix!r}" if suffix else "no suffix"
    raise ImageError(f"cannot write {path}: a file of {what} has no known format; use one of {', '.join(WRITABLE_SUFFIXES)}")


def suffix_for(path: Path, format_name: str | None) -> str:
    """The suffix under which a picture read from ``path`` is written when nobody names one: its own, or ``.png`` where that cannot be."""
    own = FORMATS[format_name].suffixes if format_name in FORMATS else WRITABLE_SUFFIXES
    if path.suffix.lower() in own:
        return path.suffix
    return own[0] if own and format_name is not None else ".png"
