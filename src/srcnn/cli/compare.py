"""``srcnn compare``: the paper's figure of one image through several methods."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.upscale import EngineName
from srcnn.errors import OptionError

if TYPE_CHECKING:
    from srcnn.visualise.comparison import Comparison
    from srcnn.visualise.crop import Crop

_SUFFIXES = (".png", ".svg", ".pdf", ".html")


def compare(
    image: Annotated[Path, typer.Argument(help="The original: it is made small, and enlarged by each method.")],
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", help=f"File to write: {', '.join(_SUFFIXES)}; may be given several times."),
    ],
    methods: Annotated[
        str, typer.Option(help="Methods, separated by commas (see: srcnn models).")
    ] = "bicubic,sc,a+,srcnn-9-5-5,best",
    scale: Annotated[int, typer.Option("--scale", "-s", help="Upscaling factor.")] = 3,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Show this part, magnified; in pixels of the original from its upper left corner."
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Threads; all cores when not given.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="What runs a network; auto: OpenVINO where installed.")
    ] = EngineName.auto,
) -> None:
    """Show what methods make of one image, beside the original, with PSNR and SSIM.

    The original is made small as in the papers, so the figures are those of their tables.
    An image sheet is written to .png, .svg or .pdf; a name that ends in .html gives a page to open in a browser: a
    slider between any two methods, and a zoom.
    """
    from srcnn.cli.reporting import bar_of_files, result, summary
    from srcnn.files.atomic import write_bytes
    from srcnn.files.io import read_image
    from srcnn.visualise.comparison import compare_methods
    from srcnn.visualise.crop import parse_crop

    for path in output:
        if path.suffix.lower() not in _SUFFIXES:
            raise OptionError(f"cannot write {path}: a comparison is written as {', '.join(_SUFFIXES)}")
    part = parse_crop(crop) if crop else None
    pixels = read_image(image).pixels
    if part:
        part.of(pixels)
    names = [name.strip() for name in methods.split(",") if name.strip()]
    with bar_of_files(len(names), "enlarging") as bar:
        made = compare_methods(
            pixels, names, scale, title=image.stem, threads=threads, engine=engine.value, report=bar.advance
        )
    files = [(path, _encode(made, part, path.suffix.lower())) for path in output]
    for path, data in files:
        write_bytes(path, data)
    width = max(len(method.name) for method in made.results)
    result("\n".join(f"{method.name.ljust(width)}  {method.caption}" for method in made.results))
    summary(f"written: {', '.join(map(str, output))}")


def _encode(made: "Comparison", part: "Crop | None", suffix: str) -> bytes:
    from srcnn.visualise.before_after import before_after_page
    from srcnn.visualise.sheet import draw_sheet

    if suffix == ".html":
        return before_after_page(made, part).encode()
    return draw_sheet(made, part).encode(suffix.removeprefix("."))
