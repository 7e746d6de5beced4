"""``srcnn compare``: the paper's figure of one image through several methods."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.upscale import EngineName
from srcnn.options import names

_SUFFIXES = (".png", ".svg", ".pdf", ".html")


def compare(
    image: Annotated[Path, typer.Argument(help="The original image: it is downscaled, then upscaled by each method.")],
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", help=f"File to write: {', '.join(_SUFFIXES)}; can be repeated."),
    ],
    methods: Annotated[
        str, typer.Option(help="Methods, separated by commas: names (see: srcnn models), .onnx or .npz files.")
    ] = "bicubic,sc,a+,srcnn-9-5-5,best",
    scale: Annotated[int, typer.Option("--scale", "-s", help="Upscaling factor.")] = 3,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Show this part, magnified; in pixels of the original, from its top left corner."
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads; default: all cores.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Inference engine; auto: OpenVINO if it is installed.")
    ] = EngineName.auto,
) -> None:
    """Show the results of several methods for one image beside the original, with PSNR and SSIM.

    The original is downscaled as in the papers, so the figures are comparable with their tables.
    A .png, .svg or .pdf file holds all results side by side; an .html file is a page for the browser, with a slider
    between any two methods and a zoom.
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
