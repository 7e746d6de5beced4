"""What the commands ``compare``, ``benchmark`` and ``report`` do, as functions.

The commands call these, and add words, a bar and the reading of arguments.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from srcnn import options
from srcnn.errors import OptionError
from srcnn.methods.base import Engine

if TYPE_CHECKING:
    from srcnn.benchmark.records import Score
    from srcnn.files.picture import Picture
    from srcnn.report.results import Results
    from srcnn.visualise.comparison import Comparison
    from srcnn.visualise.crop import Crop

AnyPath = str | os.PathLike[str]
Names = str | Iterable[str]

COMPARED, COMPARED_AS_IS = "bicubic,sc,a+,srcnn-9-5-5,best", "bicubic,fast,best,photo"
MEASURED = "bicubic,srcnn-9-5-5,best"
COMPARISON_SUFFIXES = (".png", ".svg", ".pdf", ".html")


def compare(
    image: "AnyPath | Picture | NDArray[Any]",
    methods: Names | None = None,
    scale: int = 3,
    *,
    as_is: bool = False,
    output: AnyPath | Iterable[AnyPath] = (),
    crop: "Crop | None" = None,
    title: str = "",
    threads: int | None = None,
    engine: Engine = "auto",
    on_progress: Callable[[str], None] | None = None,
) -> "Comparison":
    """Show what methods make of one image, beside the original, with PSNR and SSIM.

    The original is downscaled as in the papers, so the figures are those of their tables.
    With ``as_is`` the image itself is upscaled, as `upscale` does it; then there is no original and no figure.

    Parameters
    ----------
    image : path, Picture or uint8 or uint16 array
        The original.
    methods : str or iterable of str, optional
        Names as `load` takes them; in one text they are separated by commas.
        When not given, "bicubic,sc,a+,srcnn-9-5-5,best", and "bicubic,fast,best,photo" of an image as it is.
    scale : int
        Upscaling factor, at least 2.
    as_is : bool
        Upscale the image itself, of a large one only a part: the crop, or the 160x160 pixels with most detail.
    output : path or iterable of path
        Files to write: an image sheet to .png, .svg or .pdf, a page with a slider to .html.
    crop : Crop, optional
        Show this part of the image, magnified, in what is written.
    title : str
        What the image is called; a file's name when empty.
    threads : int, optional
        As many as the process may use when not given.
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network.
    on_progress : callable, optional
        Called with the name of each method when it is done.

    Returns
    -------
    srcnn.visualise.comparison.Comparison
        Images and scores; ``print`` gives the scores, a notebook shows the sheet.
        Without scores it gives what each method was told of the image, such as its JPEG quality.

    Raises
    ------
    ImageError
        If the image cannot be read, or a file cannot be written.
    OptionError
        If there is no such method, or not at this scale, the crop does not lie in the image (of a downscaled one, cut
        to a multiple of the scale), or a file has another suffix or is the image itself.
    ShapeError
        If the image is too small.
    MissingExtraError
        If a sheet is asked for and Matplotlib is not installed.

    All of it is known before the first method runs.

    Examples
    --------
    >>> import srcnn
    >>> print(srcnn.compare("examples/chart.png", "bicubic", scale=2))
    bicubic  20.10 dB / 0.7716
    """
    from srcnn.files.atomic import write_bytes
    from srcnn.files.io import read_image
    from srcnn.files.paths import local_path
    from srcnn.files.picture import Picture
    from srcnn.files.places import identity
    from srcnn.image.resize import modcrop
    from srcnn.visualise.comparison import compare_methods
    from srcnn.visualise.crop import Crop

    factor, as_is = options.whole("scale", scale, at_least=2), options.flag("as_is", as_is)
    options.function("on_progress", on_progress)
    if crop is not None and not isinstance(crop, Crop):
        raise OptionError(f"crop must be a Crop such as Crop(x=10, y=20, width=64, height=48), got {crop!r}")
    files = options.paths("output", output)
    _check_files(files)
    if isinstance(image, (str, os.PathLike)):
        source = local_path(image, "image")
        if identity(source) in map(identity, files):
            raise OptionError(f"cannot write {source}: it is the image that is compared; name another file")
        title = title or source.stem
        image = read_image(source)
    picture = image if isinstance(image, Picture) else Picture(image)
    if crop is not None:
        crop.of(picture.pixels if as_is else modcrop(picture.pixels, factor))
    chosen = options.names("methods", methods if methods is not None else COMPARED_AS_IS if as_is else COMPARED)
    if as_is:
        from srcnn.visualise.as_is import compare_as_is

        compared = compare_as_is(
            picture, chosen, factor, part=crop, title=title, threads=threads, engine=engine, report=on_progress
        )
        crop = None  # nothing else is held
    else:
        compared = compare_methods(
            picture.pixels, chosen, factor, title=title, threads=threads, engine=engine, report=on_progress
        )
    encoded = [(path, _encoded(compared, crop, path.suffix.lower())) for path in files]
    for path, data in encoded:
        write_bytes(path, data)
    return compared


def _check_files(files: Iterable[Path]) -> None:
    from srcnn.files.atomic import check_writable
    from srcnn.visualise.figures import style

    for path in files:
        if path.suffix.lower() not in COMPARISON_SUFFIXES:
            raise OptionError(f"cannot write {path}: its suffix must be one of {', '.join(COMPARISON_SUFFIXES)}")
        if path.suffix.lower() != ".html":
            with style():  # which says what to install where Matplotlib is missing
                pass
        check_writable(path)


def _encoded(compared: "Comparison", crop: "Crop | None", suffix: str) -> bytes:
    from srcnn.visualise.before_after import before_after_page
    from srcnn.visualise.sheet import draw_sheet

    if suffix == ".html":
        return before_after_page(compared, crop).encode()
    return draw_sheet(compared, crop).encode(suffix.removeprefix("."))


def benchmark(
    methods: Names = MEASURED,
    datasets: Names = "Set5",
    scales: int | Iterable[int] = (2, 3, 4),
    *,
    metrics: Names = "psnr,ssim",
    degradations: Names = "bicubic",
    results: Mapping[str, AnyPath] | None = None,
    data: AnyPath | None = None,
    output: AnyPath | None = None,
    resume: bool = False,
    save_images: bool = False,
    threads: int | None = None,
    engine: Engine = "auto",
    cluster: str | None = None,
    workers: int | None = None,
    on_progress: "Callable[[Score, int, int], None] | None" = None,
) -> "Results":
    """Measure methods on sets of test images, by the protocol of the papers.

    Every image is downscaled by bicubic interpolation, upscaled by the method, and compared with itself.

    Parameters
    ----------
    methods : str or iterable of str
        Names as `load` takes them, or "all"; in one text they are separated by commas.
    datasets : str or iterable of str
        Folders of images below ``data``; with ":grey" behind a name, its images in grey, from 0 to 255.
    scales : int or iterable of int
        Upscaling factors, each at least 2.
    metrics : str or iterable of str
        Names of `METRICS`, or "all".
    degradations : str or iterable of str
        How images are degraded: "bicubic" as in the papers, "jpeg75", "noise10", "noise5+jpeg75" and the like after it.
        A dataset is measured by each of them.
    results : mapping of str to path, optional
        Results made elsewhere, as methods: by a name of their own the folder that holds
        ``DATASET/xSCALE/IMAGE.png``.
    data : path, optional
        The folder that holds the datasets; ``$SRCNN_DATA`` when not given.
    output : path, optional
        Folder for ``scores.csv`` and ``run.json``, from which `report` makes a page. Nothing is saved without it.
    resume : bool
        Keep the scores of the output folder and measure what is missing.
    save_images : bool
        Keep every result and original as PNG in the output folder, from which `report` shows some.
    threads : int, optional
        As many as the process may use when not given; on a cluster, cores of a process (1).
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network.
    cluster : str, optional
        Measure on a Ray cluster, many images at once: "ray" or "ray://HOST:PORT".
        The scores are those of one machine with as many threads; seconds are not comparable, and tables leave them out.
        All machines must find the images at the same paths.
    workers : int, optional
        Processes on the cluster; as many as fit when not given.
    on_progress : callable, optional
        Called with every new score, the number of scores made, and the number to be made.

    Returns
    -------
    srcnn.report.results.Results
        Every score, and tables of means; ``print`` gives the tables, a notebook shows them.

    Raises
    ------
    DataError
        If a dataset or a result is missing or of the wrong size, ``resume`` meets scores that were measured
        otherwise, or ``output`` cannot be written.
    OptionError
        If there is no such method or metric, or none at a scale, or a setting makes no sense.
        All names are checked before the first image is measured.
    ClusterError
        If the cluster cannot be reached, or three processes were lost while the same image was measured.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.benchmark("bicubic", "examples", scales=2, data=".")
    Results(2 scores, 1 methods on examples x2: psnr, ssim)
    """
    from srcnn.benchmark.config import BenchmarkConfig
    from srcnn.benchmark.run import run_benchmark
    from srcnn.cluster.measuring import OnCluster
    from srcnn.report.results import Results

    if cluster is None and workers is not None:
        raise OptionError("workers are processes of a cluster, which is not given; see threads")
    options.function("on_progress", on_progress)
    measurer = None if cluster is None else OnCluster(cluster, workers)
    config = BenchmarkConfig(
        methods=options.names("methods", methods),
        datasets=options.names("datasets", datasets),
        scales=options.wholes("scales", scales),
        metrics=options.names("metrics", metrics),
        degradations=options.names("degradations", degradations),
        threads=threads if cluster is None else threads or 1,
        engine=engine,
        results=_result_folders({} if results is None else results),
        save_images=options.flag("save_images", save_images),
    )
    folder = _folder("output", output)
    records = run_benchmark(
        config,
        folder,
        data=_folder("data", data),
        resume=options.flag("resume", resume),
        report=on_progress,
        measurer=measurer,
    )
    return Results(records)


def _result_folders(results: object) -> dict[str, Path]:
    if not isinstance(results, Mapping):
        raise OptionError(f"results must be folders by names of their own, got {options.shown(results)}")
    return {
        options.text("results", name, "folders by names of their own"): Path(
            options.text(f"the folder of the results {name!r}", folder, "a path")
        )
        for name, folder in results.items()
    }


def _folder(name: str, value: object) -> Path | None:
    return None if value is None else Path(options.text(name, value, "the path of a folder"))


def report(folder: AnyPath, output: AnyPath | None = None, *, images: int = 1) -> tuple[Path, ...]:
    """Make one HTML page of a benchmark, and its tables and figures as single files.

    Parameters
    ----------
    folder : path
        The output folder of `benchmark`, or of a study.
    output : path, optional
        Folder for the report; when not given, ``folder/report`` for a benchmark, and the folder itself for a study.
    images : int
        Images shown for each dataset and scale, those on which the methods differ most, where the run saved them.

    Returns
    -------
    tuple of Path
        The files: the page first, then tables as Markdown, LaTeX and CSV, and figures as PNG and SVG.

    Raises
    ------
    DataError
        If the folder holds no records, or they are of no image.
    MissingExtraError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import srcnn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = srcnn.benchmark("bicubic", "examples", scales=2, data=".", output=folder)
    ...     srcnn.report(folder)[0].name
    'index.html'
    """
    from srcnn.report.write import write_report

    return write_report(
        Path(options.text("folder", folder, "the path of a folder")),
        _folder("output", output),
        images_shown=options.whole("images", images, at_least=0),
    )
