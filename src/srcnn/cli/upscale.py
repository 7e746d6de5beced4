"""``srcnn upscale``: enlarge images."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections import Counter

    from srcnn.automatic import Quality


class EngineName(StrEnum):
    """What runs a network."""

    auto = "auto"
    onnxruntime = "onnxruntime"
    openvino = "openvino"


def upscale(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Images, folders, or patterns such as 'scans/**/*.png'.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write, or folder (end its name with a slash); beside the inputs when not given.",
        ),
    ] = None,
    scale: Annotated[
        float | None, typer.Option("--scale", "-s", help="Factor, e.g. 2, 3, 1.5, 8.  [default: 3]")
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="Model (see: srcnn models), or an .onnx or .npz file that srcnn made; "
            "auto: photo for images worn by JPEG or noise, best for others.",
        ),
    ] = "auto",
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over eight flips and rotations: a little better, eight times slower.")
    ] = False,
    width: Annotated[
        int | None, typer.Option("--width", min=1, help="Width of the result in pixels, in place of --scale.")
    ] = None,
    height: Annotated[
        int | None, typer.Option("--height", min=1, help="Height of the result, in place of --scale.")
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option("--tile", min=1, help="Pixels a side that are in work at once; the result is the same."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Threads; all cores when not given.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="What runs a network; auto: OpenVINO where installed.")
    ] = EngineName.auto,
    denoise: Annotated[
        float | None,
        typer.Option(
            "--denoise",
            min=0,
            max=50,
            metavar="LEVEL",
            help="Noise of the inputs (standard deviation, 0 to 255 is black to white), in place of an estimate.",
        ),
    ] = None,
    jpeg_quality: Annotated[
        str | None,
        typer.Option(
            "--jpeg-quality",
            metavar="1..100|off",
            help="Quality of the JPEGs that the inputs were, in place of what their files say; off: none.",
        ),
    ] = None,
    suffix: Annotated[
        str | None,
        typer.Option("--suffix", help="Put after the stem of every name; _x3 for scale 3, none with --output."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make results again that exist; else they are skipped.")
    ] = False,
    no_limit: Annotated[
        bool, typer.Option("--no-limit", help="Take images of any size (there is a limit against bombs).")
    ] = False,
    no_provenance: Annotated[
        bool, typer.Option("--no-provenance", help="Do not write version, model and scale into the XMP of a result.")
    ] = False,
) -> None:
    """Enlarge images with a model.

    A result keeps its input's format, bits, transparency, colour profile and EXIF.
    In a folder, hidden files and earlier results are left out, and so are links to other folders; name a file to take
    it all the same.
    Exit code 1: some file failed; 2: wrong usage; 130: stopped by Ctrl-C.
    """
    from collections import Counter

    from srcnn.batch import UpscaleFile, run
    from srcnn.cli.reporting import bar_of_files, one_line, summary
    from srcnn.console import INTERRUPTED, say_stopped
    from srcnn.methods.base import TTA
    from srcnn.planning import plan
    from srcnn.upscale import check_settings

    if tta:
        model = model.removesuffix(TTA) + TTA
    check_settings(model, scale, width, height)
    quality = _quality(jpeg_quality)
    work = UpscaleFile(
        scale=scale,
        model=model,
        width=width,
        height=height,
        threads=threads,
        engine=engine.value,
        tile=tile,
        noise=denoise,
        jpeg_quality=quality,
        limited=not no_limit,
        provenance=not no_provenance,
    )
    if suffix is None:
        suffix = _suffix(scale, width, height) if output is None else ""
    jobs = plan(inputs, output, suffix=suffix)
    counts: Counter[str] = Counter()
    total = len(jobs.jobs) + len(jobs.failed) + len(jobs.left_out)
    try:
        with bar_of_files(total, "enlarging") as bar:
            for outcome in run(jobs, work, overwrite=overwrite):
                counts[outcome.state] += 1
                if outcome.state == "failed":
                    bar.say(f"srcnn: {one_line(outcome.message)}")
                elif outcome.message:
                    about = outcome.message if outcome.state == "left out" else f"{outcome.target}: {outcome.message}"
                    bar.say(one_line(about))
                bar.advance(outcome.source.name)
    except KeyboardInterrupt:
        left = total - counts.total()
        say_stopped(f"stopped: {_summary(counts)}, {left} to do; the same command goes on with them")
        raise typer.Exit(INTERRUPTED) from None
    summary(_summary(counts))
    if counts["failed"]:
        raise typer.Exit(1)


def _quality(given: str | None) -> "Quality | None":
    from srcnn.automatic import checked_settings
    from srcnn.errors import OptionError

    if given is None or given == "off":
        return "off" if given else None
    try:
        number = float(given)
    except ValueError:
        raise OptionError(f"--jpeg-quality must be a number from 1 to 100, or off, got {given!r}") from None
    return checked_settings(jpeg_quality=number).jpeg_quality


def _suffix(scale: float | None, width: int | None, height: int | None) -> str:
    if width is None and height is None:
        return f"_x{3 if scale is None else scale:g}"
    return "_" + "x".join(part for part in (f"w{width}" if width else "", f"h{height}" if height else "") if part)


def _summary(counts: "Counter[str]") -> str:
    parts = [f"{counts['done']} enlarged"]
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} skipped (exists already; --overwrite makes it again)")
    if counts["left out"]:
        parts.append(
            f"{counts['left out']} left out (results of an earlier run or links to folders; name one to take it)"
        )
    if counts["failed"]:
        parts.append(f"{counts['failed']} failed")
    return ", ".join(parts)
