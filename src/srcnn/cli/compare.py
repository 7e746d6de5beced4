"""``srcnn compare``: the paper's figure of one image through several methods."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.upscale import EngineName
from srcnn.options import names

_SUFFIXES = (".png", ".svg", ".pdf", ".html")


def compare(
    image: Annotated[Path, typer.Argument(help="The original: it is made small, and enlarged by each method.")],
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", help=f"File to write: {', '.join(_SUFFIXES)}; may be given several times."),
    ],
    methods: Annotated[
        str, typer.Option(help="Methods, separated by commas: names (see: srcnn models), .onnx or .npz files.")
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
    from srcnn import experiments
    from srcnn.cli.reporting import bar_of_files, result, summary
    from srcnn.visualise.crop import parse_crop

    chosen = names("--methods", methods)
    with bar_of_files(len(chosen), "upscaling") as bar:
        compared = experiments.compare(
            image,
            chosen,
            scale,
            output=output,
            crop=parse_crop(crop) if crop else None,
            threads=threads,
            engine=engine.value,
            on_progress=bar.advance,
        )
    result(str(compared))
    summary(f"written: {', '.join(map(str, output))}")
