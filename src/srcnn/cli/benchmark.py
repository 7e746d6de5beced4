"""``srcnn benchmark``: measure methods on sets of images and set the means beside the published figures."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.cluster_options import Cluster, Workers, check_cluster
from srcnn.cli.upscale import EngineName
from srcnn.errors import OptionError
from srcnn.options import names

if TYPE_CHECKING:
    from srcnn.benchmark.records import Score


def benchmark(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for scores.csv and run.json.")],
    methods: Annotated[
        str, typer.Option(help="Methods, separated by commas, or all: names (see: srcnn models), .onnx or .npz files.")
    ] = "bicubic,srcnn-9-5-5,best",
    datasets: Annotated[
        str,
        typer.Option(
            help="Datasets, separated by commas: folders in the data folder; with :grey behind a name, its images in "
            "grey, from 0 to 255."
        ),
    ] = "Set5",
    scales: Annotated[str, typer.Option(help="Scales, separated by commas.")] = "2,3,4",
    metrics: Annotated[
        str, typer.Option(help="Metrics, separated by commas, or all: psnr, ssim, ifc, nqm, wpsnr, ms-ssim.")
    ] = "psnr,ssim",
    degradation: Annotated[
        str,
        typer.Option(
            help="How images are degraded, separated by commas: bicubic, and after it jpeg75, noise10, noise5+jpeg75 …"
        ),
    ] = "bicubic",
    results_elsewhere: Annotated[
        list[str] | None,
        typer.Option(
            "--results",
            metavar="NAME=DIR",
            help="Results made elsewhere, as a method: DIR/DATASET/xSCALE/IMAGE.png; can be repeated.",
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that holds the datasets; default: $SRCNN_DATA.")] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads; default: all cores.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Inference engine; auto: OpenVINO if it is installed.")
    ] = EngineName.auto,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep the scores in the output folder, and measure only what is missing.")
    ] = False,
    save_images: Annotated[
        bool,
        typer.Option("--save-images", help="Keep every result as PNG in the output folder, for the report."),
    ] = False,
    cluster: Cluster = None,
    workers: Workers = None,
) -> None:
    """Measure methods on test images: scores.csv gets one row per image, and a table of means is printed.

    Every image is downscaled by bicubic interpolation, upscaled by the method, and compared with the original by the
    protocol of the papers (8-bit luma, without a border of `scale` pixels).
    Published figures are printed in brackets beside the measured ones.
    `srcnn report` makes a page with tables and figures from the output folder.
    On a cluster, every process measures one image after the other; the scores are the same, seconds are not comparable.
    """
    from srcnn import experiments
    from srcnn.benchmark.records import SCORES
    from srcnn.cli.reporting import data_alone, progress_bar, result, summary

    check_cluster(cluster, workers)
    with nullcontext() if cluster is None else data_alone(), progress_bar() as bar:

        def on_progress(score: "Score", done: int, total: int) -> None:
            key = score.key
            bar.show("measuring", done, total, f"{key.method} x{key.scale} {key.dataset}/{key.image}")

        results = experiments.benchmark(
            names("--methods", methods),
            names("--datasets", datasets),
            _scales(scales),
            metrics=names("--metrics", metrics),
            degradations=names("--degradation", degradation),
            results=dict(map(_result, results_elsewhere or [])),
            data=data,
            output=output,
            resume=resume,
            save_images=save_images,
            threads=threads,
            engine=engine.value,
            cluster=cluster,
            workers=workers,
            on_progress=on_progress,
        )
    result(str(results))
    summary(f"{len(results.scores)} rows in {output / SCORES}")


def _result(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise OptionError(f"--results must be NAME=DIR, got {text!r}")
    return name, Path(folder)


def _scales(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(name) for name in names("--scales", text))
    except ValueError:
        raise OptionError(f"--scales must be whole numbers separated by commas, got {text!r}") from None
