"""The file formats of images: what each can hold and how it is recognised."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from srcnn.errors import ImageError, OptionError
from srcnn.files.paths import is_file

Property = Literal["icc", "gamma", "cicp", "exif", "resolution", "xmp", "iptc", "photoshop", "comments", "texts", "geo"]
# Metadata in words for the user.
PROPERTIES: dict[Property, str] = {
    "icc": "the colour profile",
    "gamma": "gamma and primaries",
    "cicp": "the CICP colour code",
    "exif": "EXIF",
    "resolution": "the resolution",
    "xmp": "XMP",
    "iptc": "IPTC",
    "photoshop": "Photoshop resources",
    "comments": "the comment",
    "texts": "PNG text",
    "geo": "the georeference",
}


@dataclass(frozen=True, kw_only=True)
class Format:
    """One file format, with Pillow's name for it."""

    name: str
    suffixes: tuple[str, ...] = ()  # the first is the default; none: the format is only read
    only_read: tuple[str, ...] = ()  # suffixes of a format that is only read
    bits: int = 8  # most bits per sample that can be written
    floats: bool = False  # whether floating-point samples can be written
    alpha: bool = False
    partial_alpha: bool = True  # whether alpha has more than two values
    grey: bool = True
    colours: int | None = None  # most colours of an image
    animated: bool = False  # whether animations are written
    pages: bool = False  # whether files of several pages are written
    cmyk: bool = False
    holds: frozenset[Property] = frozenset()  # metadata that it can hold
    longest: int = 2**31 - 1  # most pixels per side
    most_bytes: int | None = None  # most bytes of pixels


FORMATS = {
    f.name: f
    for f in (
        Format(
            name="PNG", suffixes=(".png", ".apng"), bits=16, alpha=True, animated=True,
            holds=frozenset({"icc", "gamma", "cicp", "exif", "resolution", "xmp", "iptc", "comments", "texts"}),
        ),
        Format(
            name="JPEG", suffixes=(".jpg", ".jpeg", ".jpe", ".jfif"), cmyk=True, longest=65500,
            holds=frozenset({"icc", "exif", "resolution", "xmp", "iptc", "photoshop", "comments"}),
        ),
        Format(
            name="WEBP", suffixes=(".webp",), alpha=True, grey=False, longest=16383, animated=True,
            holds=frozenset({"icc", "exif", "xmp"}),
        ),
        Format(name="BMP", suffixes=(".bmp", ".dib"), holds=frozenset({"resolution"}), most_bytes=2**32 - 4096),
        Format(
            name="TIFF", suffixes=(".tif", ".tiff"), bits=16, floats=True, alpha=True, cmyk=True, pages=True,
            holds=frozenset({"icc", "exif", "resolution", "xmp", "iptc", "photoshop", "geo"}),
        ),
        Format(
            name="AVIF", suffixes=(".avif",), bits=10, alpha=True, grey=False, longest=16384,
            holds=frozenset({"icc", "cicp", "exif", "xmp"}),
        ),
        Format(
            name="GIF", suffixes=(".gif",), alpha=True, partial_alpha=False, grey=False, colours=256, animated=True,
            holds=frozenset({"xmp", "comments"}), longest=65535,
        ),
        Format(name="HEIC", only_read=(".heic", ".heif", ".hif")),
        Format(name="JXL", only_read=(".jxl",)),
        Format(name="JPEG2000", only_read=(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx")),
        Format(name="PNM", only_read=(".pbm", ".pgm", ".ppm", ".pnm")),
        Format(name="ICO", only_read=(".ico",)),
        Format(name="TGA", only_read=(".tga",)),
    )
}  # fmt: skip
WRITABLE_SUFFIXES = tuple(suffix for f in FORMATS.values() for suffix in f.suffixes)
READABLE_SUFFIXES = (*WRITABLE_SUFFIXES, *(suffix for f in FORMATS.values() for suffix in f.only_read))
# Images that cannot be read, so that those in a folder can be reported.
UNREADABLE_SUFFIXES = (
    *(".jls", ".jxr", ".wdp", ".hdp", ".bpg", ".qoi", ".svg", ".svgz", ".cur", ".icns", ".dds", ".pcx", ".pam"),
    *(".pfm", ".exr", ".hdr", ".psd", ".psb", ".xcf", ".kra", ".ora", ".jng", ".mng", ".wmf", ".emf", ".pict"),
    *(".sgi", ".xbm", ".xpm"),
    # raw files of cameras
    *(".dng", ".arw", ".srf", ".sr2", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".orf", ".raf", ".rw2", ".rwl", ".pef"),
    *(".srw", ".x3f", ".3fr", ".iiq", ".erf", ".mef", ".mos", ".mrw", ".kdc", ".dcr"),
)


def is_image(path: Path) -> bool:
    """Whether a folder entry is an image by its name: a visible file with a readable suffix.

    Parameters
    ----------
    path : path
        The entry.

    Returns
    -------
    bool
        The file is not opened.
    """
    return path.suffix.lower() in READABLE_SUFFIXES and not path.name.startswith(".") and is_file(path)


def sniff(head: bytes) -> Format | None:
    """The format of a file by its first 32 bytes, whatever its name; None if it is unknown.

    Parameters
    ----------
    head : bytes
        The first bytes.

    Returns
    -------
    Format or None
        The format.
    """
    for name, starts in _STARTS.items():
        if head.startswith(starts):
            return FORMATS[name]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FORMATS["WEBP"]
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in (8, *range(16, 32, 4))}
        return FORMATS["AVIF"] if brands & _AVIF else FORMATS["HEIC"] if brands & _HEIC else None
    if head[:1] == b"P" and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6") and head[2:3] in b" \t\r\n#":
        return FORMATS["PNM"]
    return FORMATS["TGA"] if _may_be_tga(head) else None


_STARTS: dict[str, tuple[bytes, ...]] = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "GIF": (b"GIF87a", b"GIF89a"),
    "JXL": (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "JPEG2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "ICO": (b"\0\0\1\0",),
}
_AVIF, _HEIC = {b"avif", b"avis"}, {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def _may_be_tga(head: bytes) -> bool:
    """TGA has no signature: every field must have one of its values, and a palette is there when it is used."""
    if len(head) < 18:
        return False
    palette, kind, depth, described = head[1], head[2], head[16], head[17]
    sizes = [int.from_bytes(head[at : at + 2], "little") for at in (12, 14)]
    usual = kind in (1, 2, 3, 9, 10, 11) and depth in (8, 15, 16, 24, 32) and described & 0xC0 == 0
    with_palette = palette == 1 and head[7] in (15, 16, 24, 32) and head[5:7] != b"\0\0"
    without = palette == 0 and kind not in (1, 9) and not any(head[3:8])
    return usual and min(sizes) > 0 and (with_palette or without)


def format_of(path: Path, name: str | None = None) -> Format:
    """The format in which a file of this name is written.

    Parameters
    ----------
    path : path
        The file that is to be written.
    name : str, optional
        The format that was asked for, as in `srcnn.output.CHOICES`; then the suffix may be any that says no other.

    Returns
    -------
    Format
        The format.

    Raises
    ------
    ImageError
        If the name has no suffix of a format that can be written.
    OptionError
        If its suffix says another format than the one asked for.
    """
    suffix = path.suffix.lower()
    if name is not None:
        asked = FORMATS[name.upper()]
        if suffix in WRITABLE_SUFFIXES and suffix not in asked.suffixes:
            raise OptionError(
                f"{path} has the suffix of another format than {name}; name it {path.stem}{asked.suffixes[0]}"
            )
        return asked
    for f in FORMATS.values():
        if suffix in f.suffixes:
            return f
    what = f"the suffix {path.suffix!r}" if suffix else "no suffix"
    raise ImageError(
        f"cannot write {path}: a file with {what} has no known format; use one of {', '.join(WRITABLE_SUFFIXES)}"
    )


def default_suffix(path: Path) -> str:
    """The suffix for the result of a file without a name: that of its format, or ``.png`` if it cannot be written.

    Parameters
    ----------
    path : path
        The file, of which the beginning is read.

    Returns
    -------
    str
        With its dot.
    """
    if not is_file(path):  # a pipe would be waited for, and what is read of it is gone
        return ".png"
    try:
        with path.open("rb") as file:
            fmt = sniff(file.read(64))
    except (OSError, ValueError):
        return ".png"
    return fmt.suffixes[0] if fmt is not None and fmt.suffixes else ".png"


def suffix_for(path: Path, format_name: str | None) -> str:
    """The default suffix for the result of ``path``: its own, or ``.png`` if that cannot be written.

    Parameters
    ----------
    path : path
        The file that was read.
    format_name : str or None
        The format that it was read as.

    Returns
    -------
    str
        With its dot.
    """
    own = FORMATS[format_name].suffixes if format_name in FORMATS else WRITABLE_SUFFIXES
    if path.suffix.lower() in own:
        return path.suffix
    return own[0] if own and format_name is not None else ".png"
