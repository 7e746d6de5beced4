"""``srcnn upscale``: upscale images."""

from contextlib import nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.batch_options import DryRun, FilesFrom, Json, Null, Quiet, SkipErrors, Verbose
from srcnn.cli.cluster_options import Cluster, Rows, Workers
from srcnn.cli.defaults import Config
from srcnn.cli.output_options import (
    Compression,
    Dpi,
    Fill,
    Fit,
    Height,
    KeepDate,
    LongSide,
    Lossless,
    Megapixels,
    OutputFormat,
    Print,
    Quality,
    Scale,
    ShortSide,
    Stretch,
    Width,
)

if TYPE_CHECKING:
    from srcnn.automatic import Quality as JpegQuality


class EngineName(StrEnum):
    """The inference engine."""

    auto = "auto"
    onnxruntime = "onnxruntime"
    openvino = "openvino"


def upscale(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Images, folders, patterns such as 'scans/**/*.png', addresses such as s3://bucket/scans, or - for "
            "one image from standard input.",
        ),
    ] = None,
    files_from: FilesFrom = None,
    null: Null = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File or folder to write (end the name of a folder with a slash), or - for standard output; default: "
            "next to the inputs, or standard output for standard input.",
        ),
    ] = None,
    scale: Scale = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="Model (see: srcnn models), or an .onnx or .npz file made by srcnn; auto: photo for images worn by "
            "JPEG or noise, best for others.",
        ),
    ] = "auto",
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over eight flips and rotations: slightly better, eight times slower.")
    ] = False,
    width: Width = None,
    height: Height = None,
    stretch: Stretch = False,
    fit: Fit = None,
    fill: Fill = None,
    long_side: LongSide = None,
    short_side: ShortSide = None,
    megapixels: Megapixels = None,
    print_size: Print = None,
    dpi: Dpi = None,
    output_format: OutputFormat = None,
    quality: Quality = None,
    lossless: Lossless = False,
    compression: Compression = None,
    keep_date: KeepDate = False,
    tile: Annotated[
        int | None,
        typer.Option(
            "--tile", min=1, help="Tile size in pixels per side; it changes memory and speed, not the result."
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads; default: all cores.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Inference engine; auto: OpenVINO if it is installed.")
    ] = EngineName.auto,
    device: Annotated[
        str,
        typer.Option(
            "--device",
            metavar="auto|cpu|cuda|directml|coreml|openvino:GPU",
            help="Where networks run; auto: the processor. srcnn doctor lists what there is.",
        ),
    ] = "auto",
    denoise: Annotated[
        float | None,
        typer.Option(
            "--denoise",
            min=0,
            max=50,
            metavar="LEVEL",
            help="Noise of the inputs (standard deviation, 0 to 255 is black to white), instead of an estimate.",
        ),
    ] = None,
    jpeg_quality: Annotated[
        str | None,
        typer.Option(
            "--jpeg-quality",
            metavar="1..100|off",
            help="JPEG quality of the inputs, instead of that in their files; off: never a JPEG.",
        ),
    ] = None,
    suffix: Annotated[
        str | None,
        typer.Option(
            "--suffix", help="Suffix for the names of the results; default: _x3 for scale 3, none with --output."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing results instead of skipping them.")
    ] = False,
    skip_errors: SkipErrors = True,
    dry_run: DryRun = False,
    json: Json = False,
    rows: Rows = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_limit: Annotated[
        bool,
        typer.Option("--no-limit", help="Accept images of any size (the limit protects against decompression bombs)."),
    ] = False,
    no_provenance: Annotated[
        bool, typer.Option("--no-provenance", help="Do not record version, model and scale in the XMP of the result.")
    ] = False,
    cluster: Cluster = None,
    workers: Workers = None,
    config: Config = None,
) -> None:
    """Upscale images with a model.

    A result keeps the format, bit depth, transparency, colour profile and EXIF of its input.
    A size below that of the input gives an antialiased reduction, for which no model is used.
    In a folder, hidden files, earlier results and links to other folders are left out; name such a file to upscale it
    anyway.
    Messages go to standard error.
    Exit code 1: a file failed; 2: wrong usage; 130: stopped by Ctrl-C; 143: ended by SIGTERM.
    """
    from srcnn.batch import run
    from srcnn.cli.batch_options import inputs_of
    from srcnn.cli.batch_report import BatchReport
    from srcnn.cli.cluster_options import check_cluster
    from srcnn.cli.reporting import data_alone
    from srcnn.cluster.planned import planned
    from srcnn.cluster.run import run_on_cluster
    from srcnn.console import elapsed, say_stopped, stop_status
    from srcnn.errors import OptionError
    from srcnn.methods.base import TTA
    from srcnn.output import WriteOptions
    from srcnn.planning import STANDARD, plan
    from srcnn.rehearsal import rehearse
    from srcnn.sizes import TargetSize
    from srcnn.upscale import check_settings
    from srcnn.upscale_file import UpscaleFile

    check_cluster(cluster, workers, dry_run=dry_run, rows=rows)
    if quiet and verbose:
        raise OptionError("give either --quiet or --verbose")
    if tta:
        model = model.removesuffix(TTA) + TTA
    check_settings(model, engine=engine.value, device=device)
    size = TargetSize(
        scale=scale,
        width=width,
        height=height,
        stretch=stretch,
        fit=fit,
        fill=fill,
        long_side=long_side,
        short_side=short_side,
        megapixels=megapixels,
        print_size=print_size,
        dpi=dpi,
    )
    options = WriteOptions(
        format=output_format,
        quality=quality,
        lossless=lossless or None,
        compression=compression,
        keep_date=keep_date,
    )
    work = UpscaleFile(
        size=size,
        model=model,
        threads=threads,
        engine=engine.value,
        device=device,
        tile=tile,
        noise=denoise,
        jpeg_quality=_quality(jpeg_quality),
        limited=not no_limit,
        provenance=not no_provenance,
        options=options,
    )
    if suffix is None:
        suffix = size.label if output is None else ""
    every = inputs_of(inputs or [], files_from, null=null)
    if json and (output == STANDARD or (output is None and STANDARD in every)):
        raise OptionError("standard output takes either the image or --json; give --output a file")
    report = BatchReport(total=None, quiet=quiet, verbose=verbose, json=json, dry_run=dry_run, rows=rows)
    if cluster is not None:
        listed = planned(every, output, suffix=suffix, format_name=options.format)
        outcomes = run_on_cluster(listed, work, cluster, workers=workers, overwrite=overwrite, on_total=report.expect)
    else:
        jobs = plan(every, output, suffix=suffix, format_name=options.format)
        report.expect(len(jobs.jobs) + len(jobs.failed) + len(jobs.left_out))
        report.startup = elapsed()
        if dry_run:
            outcomes = rehearse(jobs, work.prepare, overwrite=overwrite)
        else:
            outcomes = run(jobs, lambda job: work(job, report.blocks(job.source)), overwrite=overwrite)
    try:
        # Ray prints what it has to say of lost processes.
        with nullcontext() if cluster is None else data_alone(), report.shown():
            for outcome in outcomes:
                report.add(outcome)
                if cluster is not None:
                    report.tick()
                if outcome.state == "failed" and not skip_errors:
                    break
    except KeyboardInterrupt:
        again = "" if dry_run else f"; run the same command again to {'start over' if overwrite else 'continue'}"
        say_stopped(f"stopped: {report.summary}, {report.left} left{again}")
        raise typer.Exit(stop_status()) from None
    report.end()
    if report.counts["failed"]:
        raise typer.Exit(1)


def _quality(given: str | None) -> "JpegQuality | None":
    from srcnn.automatic import checked_settings
    from srcnn.errors import OptionError

    if given is None or given == "off":
        return "off" if given else None
    try:
        number = float(given)
    except ValueError:
        raise OptionError(f"--jpeg-quality must be a number from 1 to 100, or off, got {given!r}") from None
    return checked_settings(jpeg_quality=number).jpeg_quality
