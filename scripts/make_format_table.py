"""Write the table of docs/formats.md, what each format keeps, from the formats as the code describes them.

Another test writes and reads every cell of it (tests/files/metadata/test_kept.py).

    python scripts/make_format_table.py
"""

from pathlib import Path

from srcnn.files.formats import FORMATS, PROPERTIES, Format, Property

PAGE = Path(__file__).parent.parent / "docs" / "formats.md"
_BEGIN, _END = "<!-- formats -->\n\n", "\n\n<!-- /formats -->"


def table() -> str:
    """One column a format that is written, one row a property."""
    formats = [fmt for fmt in FORMATS.values() if fmt.suffixes]

    def row(what: str, cells: list[str]) -> str:
        return f"| {what} | {' | '.join(cells)} |"

    return "\n".join(
        [
            row("", [fmt.name for fmt in formats]),
            row("---", ["---"] * len(formats)),
            row("bits per sample", [f"{fmt.bits}, 32 (floats)" if fmt.floats else str(fmt.bits) for fmt in formats]),
            row("colours", ["all" if fmt.colours is None else f"{fmt.colours} a frame" for fmt in formats]),
            row("animation", ["all frames" if fmt.animated else "first frame" for fmt in formats]),
            row("pages", ["all pages" if fmt.pages else "first page" for fmt in formats]),
            row("transparency", [_transparency(fmt) for fmt in formats]),
            row("grey as grey", ["yes" if fmt.grey else "as RGB" for fmt in formats]),
            row("CMYK", ["yes" if fmt.cmyk else "as RGB" for fmt in formats]),
            *(row(PROPERTIES[prop].removeprefix("the "), [_kept(fmt, prop) for fmt in formats]) for prop in PROPERTIES),
        ]
    )


def with_table(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(_BEGIN)
    return before + _BEGIN + table() + _END + rest.partition(_END)[2]


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


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
