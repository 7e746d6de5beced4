"""What each format keeps, from the formats as the code describes them.

Another test writes and reads every cell of it (tests/files/metadata/test_kept.py).
"""

from scripts.tables.markdown import table
from srcnn.files.formats import FORMATS, PROPERTIES, Format, Property


def draw() -> str:
    """One column a format that is written, one row a property."""
    formats = [fmt for fmt in FORMATS.values() if fmt.suffixes]
    rows = [
        ("bits per sample", [f"{fmt.bits}, 32 (floats)" if fmt.floats else str(fmt.bits) for fmt in formats]),
        ("colours", ["all" if fmt.colours is None else f"{fmt.colours} a frame" for fmt in formats]),
        ("animation", ["all frames" if fmt.animated else "first frame" for fmt in formats]),
        ("pages", ["all pages" if fmt.pages else "first page" for fmt in formats]),
        ("transparency", [_transparency(fmt) for fmt in formats]),
        ("grey as grey", ["yes" if fmt.grey else "as RGB" for fmt in formats]),
        ("CMYK", ["yes" if fmt.cmyk else "as RGB" for fmt in formats]),
        *((PROPERTIES[prop].removeprefix("the "), [_kept(fmt, prop) for fmt in formats]) for prop in PROPERTIES),
    ]
    return table(("", *(fmt.name for fmt in formats)), [(what, *cells) for what, cells in rows])


def _transparency(fmt: Format) -> str:
    if not fmt.alpha:
        return "flattened onto white"
    return "yes" if fmt.partial_alpha else "all or nothing"


def _kept(fmt: Format, prop: Property) -> str:
    if prop in fmt.holds:
        return "yes"
    if prop == "resolution" and "exif" in fmt.holds:
        return "in EXIF"
    return "as a profile" if prop in ("gamma", "cicp") and "icc" in fmt.holds else "lost"
