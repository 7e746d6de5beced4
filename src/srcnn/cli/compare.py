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
        str | None,
        typer.Option(
            help="Methods, separated by commas: names (see: srcnn models), .onnx or .npz files; default: "
            "bicubic,sc,a+,srcnn-9-5-5,best, and bicubic,fast,best,photo with --as-is."
        ),
    ] = None,
    scale: Annotated[int, typer.Option("--scale", "-s", help="Upscaling factor.")] = 3,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Show this part, magnified; in pixels of the original, from its top left corner."
        ),
    ] = None,
    as_is: Annotated[
        bool,
        typer.Option(
            "--as-is",
            help="Upscale the image itself, without downscaling it first: no original, no scores; of a large image "
            "only the crop, or the part with most detail.",
        ),
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads; default: all cores.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Inference engine; auto: OpenVINO if it is installed.")
    ] = EngineName.auto,
) -> None:
    """Show the results of several methods for one image beside the original, with PSNR and SSIM.

    The original is downscaled as in the papers, so the figures are comparable with their tables.
    With --as-is it shows what the methods make of your own photo: as `srcnn upscale` would, next to its own pixels.
    A .png, .svg or .pdf file holds all results side by side; an .html file is a page for the browser, with a slider
    between any two methods and a zoom.
    """
    from srcnn import experiments
    from srcnn.cli.reporting import bar_of_files, result, summary
    from srcnn.visualise.crop import parse_crop

    given = methods or (experiments.COMPARED_AS_IS if as_is else experiments.COMPARED)
    chosen = names("--methods", given)
    with bar_of_files(len(chosen), "upscaling") as bar:
        compared = experiments.compare(
            image,
            chosen,
            scale,
            as_is=as_is,
            output=output,
            crop=parse_crop(crop) if crop else None,
            threads=threads,
            engine=engine.value,
            on_progress=bar.advance,
        )
    result(str(compared))
    summary(f"written: {', '.join(map(str, output))}")
