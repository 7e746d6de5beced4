"""``srcnn inspect``: what is inside a trained network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.errors import DataError, OptionError

if TYPE_CHECKING:
    from srcnn.visualise.layers import NetworkSummary


def inspect(
    model: Annotated[
        str, typer.Argument(help="A network: its name (see: srcnn models), or an .onnx file made by srcnn.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the figures (PNG); needed but for --stability.")
    ] = None,
    scale: Annotated[
        int | None, typer.Option("--scale", "-s", help="Upscaling factor; default: 3, or that of the file.")
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(
            help="Draw the feature maps of each layer for this image, which is first downscaled as in the papers."
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Draw the learning curve of this log.csv of a training run, instead of the log in the network's file."
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DB", help="A baseline in the learning curve, for example bicubic=28.09; can be repeated."
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the run's validation images: bicubic, SC, NE+LLE, KK, ANR and A+ are measured on them as "
            "baselines."
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, help="Use every n-th image of --validation, like validation_every in the recipe.")
    ] = 1,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability",
            help="Print what the model makes of patterns that are no photographs, and nothing else: how far it leaves "
            "[0, 1], and the PSNR of its result downscaled again against the pattern, beside bicubic's.",
        ),
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads", "-j", min=1, help="Number of threads for --validation and --stability; default: all cores."
        ),
    ] = None,
) -> None:
    """Show what is inside a trained network: layers and their cost, filters, feature maps, learning curve.

    The table counts the multiplications of the convolutions per pixel of the result; bicubic upscaling before a network
    is not counted.
    The learning curve comes from the log in the network's file, or from --log.
    """
    from srcnn.cli.reporting import result, summary
    from srcnn.files.atomic import write_bytes
    from srcnn.files.io import read_image
    from srcnn.visualise.curve import draw_learning_curve, log_inside
    from srcnn.visualise.features import draw_features
    from srcnn.visualise.filters import draw_filters
    from srcnn.visualise.layers import summarise, table
    from srcnn.weights.log import read_log

    if stability:
        from srcnn.visualise.stability import stability_of, stability_table

        result(stability_table(stability_of(model, scale, threads=threads)))
        return
    if output is None:
        raise OptionError("name the folder that the figures go into with --output, or ask for --stability")
    network = summarise(model, scale)
    rows, lines = log_inside(network.data) if log is None else (read_log(log), {})
    if not rows and (baseline or validation):
        raise OptionError(
            "baselines need a learning curve, and this network's file holds no log; give the run's log.csv with --log"
        )
    pixels = None if image is None else read_image(image).pixels
    figures = {"filters.png": draw_filters(network).encode()}
    left_out = []
    if image is not None and pixels is not None:
        sheets = draw_features(network, pixels, image.stem)
        figures |= {f"features_{number}.png": sheet.encode() for number, sheet in enumerate(sheets, start=1)}
    else:
        left_out.append("no feature maps: give an image with --image")
    if rows:
        lines = lines | _baselines(network, baseline or [], validation, every, threads)
        figures["learning_curve.png"] = draw_learning_curve(
            rows, f"{network.card.name} x{network.card.scale}", baselines=lines
        )
    else:
        left_out.append(
            "no learning curve: this network's file holds no log; give the log.csv of its training run with --log"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {output}: {error.strerror}") from error
    for name, data in figures.items():
        write_bytes(output / name, data)
    result(
        f"{_headline(network)}\n{table(network.layers)}\nmultiplications: those of the convolutions, per pixel of "
        "the result"
    )
    summary("\n".join([f"\nwritten to {output}: {', '.join(figures)}", *left_out]))


def _headline(summary: "NetworkSummary") -> str:
    card = summary.card
    on = "the image upscaled by bicubic" if card.input_size == "hr" else "the low-resolution image"
    return f"{card.name} x{card.scale}: {card.architecture}, {'luma' if card.channels == 'luma' else 'RGB'}, on {on}\n"


def _baselines(
    summary: "NetworkSummary", given: list[str], validation: Path | None, every: int, threads: int | None
) -> dict[str, float]:
    """The baselines that were given or have to be measured."""
    from srcnn.cli.reporting import bar_of_files
    from srcnn.visualise.baselines import baselines, parse_baseline, validation_images

    lines = dict(map(parse_baseline, given))
    if validation is not None:
        if summary.card.channels != "luma":
            raise OptionError(
                "--validation measures luma, and this network was validated on RGB; give the baselines with --baseline"
            )
        images = validation_images(validation, every)
        with bar_of_files(len(images), "measuring") as bar:
            lines = baselines(images, summary.card.scale, threads=threads, report=bar.advance) | lines
    return lines
