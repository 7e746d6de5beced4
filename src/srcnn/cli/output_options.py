"""Options of a command that writes images: how large they are, and how their files are written."""

from enum import StrEnum
from typing import Annotated

import typer

from srcnn.output import CHOICES, defaults
from srcnn.sizes import DPI, SCALE

_SIZE, _FILE = "Size of the result (one of them)", "File of the result"

FormatName = StrEnum("FormatName", [(name, name) for name in CHOICES])  # type: ignore[misc]
FormatName.__doc__ = "A format that can be written."

Scale = Annotated[
    float | None,
    typer.Option("--scale", "-s", help=f"Factor, e.g. 2, 3, 1.5, 8.  [default: {SCALE}]", rich_help_panel=_SIZE),
]
Width = Annotated[
    int | None,
    typer.Option("--width", min=1, help="Width in pixels; the height keeps the proportions.", rich_help_panel=_SIZE),
]
Height = Annotated[
    int | None,
    typer.Option("--height", min=1, help="Height in pixels; the width keeps the proportions.", rich_help_panel=_SIZE),
]
Stretch = Annotated[
    bool,
    typer.Option(
        "--stretch",
        help="Let --width and --height together change the proportions.",
        rich_help_panel=_SIZE,
    ),
]
Fit = Annotated[
    str | None,
    typer.Option("--fit", metavar="WxH", help="As large as fits into this size in pixels.", rich_help_panel=_SIZE),
]
Fill = Annotated[
    str | None,
    typer.Option(
        "--fill",
        metavar="WxH",
        help="Exactly this size in pixels: what covers it, cropped to the centre.",
        rich_help_panel=_SIZE,
    ),
]
LongSide = Annotated[
    int | None,
    typer.Option("--long-side", min=1, help="The longer side in pixels.", rich_help_panel=_SIZE),
]
ShortSide = Annotated[
    int | None,
    typer.Option("--short-side", min=1, help="The shorter side in pixels.", rich_help_panel=_SIZE),
]
Megapixels = Annotated[
    float | None,
    typer.Option("--megapixels", metavar="N", help="Millions of pixels, about.", rich_help_panel=_SIZE),
]
Print = Annotated[
    str | None,
    typer.Option(
        "--print",
        metavar="WxHcm",
        help="As large as fits onto a sheet of this size (30x40cm, 8x10in, 210x297mm), turned as the image lies.",
        rich_help_panel=_SIZE,
    ),
]
Dpi = Annotated[
    float | None,
    typer.Option(
        "--dpi",
        metavar="N",
        help=f"Dots per inch of --print, also written into the file.  [default: {DPI}]",
        rich_help_panel=_SIZE,
    ),
]

OutputFormat = Annotated[
    FormatName | None,
    typer.Option("--format", help="Format to write; default: that of --output or of the input.", rich_help_panel=_FILE),
]
Quality = Annotated[
    int | None,
    typer.Option(
        "--quality",
        min=1,
        max=100,
        help=f"Quality of lossy formats.  [default: {defaults('quality')}]",
        rich_help_panel=_FILE,
    ),
]
Lossless = Annotated[
    bool,
    typer.Option(
        "--lossless",
        help="Keep pixels exactly in WebP and AVIF; default: only in WebP made from lossless WebP.",
        rich_help_panel=_FILE,
    ),
]
Compression = Annotated[
    int | None,
    typer.Option(
        "--compression",
        min=0,
        max=9,
        help=f"0 is fastest, 9 makes the smallest files.  [default: {defaults('compression')}]",
        rich_help_panel=_FILE,
    ),
]
KeepDate = Annotated[
    bool,
    typer.Option("--keep-date", help="Give results the modification time of their inputs.", rich_help_panel=_FILE),
]
