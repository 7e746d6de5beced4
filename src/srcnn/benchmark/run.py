"""Measure methods on sets of images, by the one protocol (``docs/protocol.md``)."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from srcnn import weights
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.datasets import Dataset, data_folder, open_dataset, rows_of, worn
from srcnn.benchmark.description import describe, merged
from srcnn.benchmark.records import SCORES, Key, Records, Score, read, save
from srcnn.benchmark.saved_images import result_path, save_images
from srcnn.benchmark.sources import (
    Estimate,
    LiveMethod,
    SavedResults,
    Source,
    WornImages,
    check_results,
)
from srcnn.cores import usable_cores
from srcnn.errors import OptionError, ShapeError
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import shave
from srcnn.methods import available, load, plugins, resolve
from srcnn.methods.base import TTA, Options, check_options
from srcnn.methods.model_file import is_file
from srcnn.methods.network import NetworkMethod
from srcnn.methods.protocol import make_hr
from srcnn.metrics import Metric
from srcnn.metrics import get as get_metrics
from srcnn.metrics.protocol import measure_planes
from srcnn.wear import NO_WEAR

Report = Callable[[Score, int, int], None]
"""Told of every new score, how many are made, and how many there will be."""

_AT_ONCE = 4  # images a core that are made before they are measured


def run_benchmark(
    config: BenchmarkConfig,
    output: Path | None,
    *,
    data: Path | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> Records:
    """Measure and save: ``output/scores.csv``, one row an image, and ``output/run.json``, what it was measured with.

    Both are written anew after every method and scale, and when the run is interrupted: what has been measured is not
    lost.

    Parameters
    ----------
    config : BenchmarkConfig
        Methods, datasets, scales, metrics, and how to compute.
    output : Path or None
        A folder, made when it is not there. Scores that it holds are replaced unless ``resume``.
        Nothing is saved where it is None.
    data : Path, optional
        The folder that holds the datasets; ``$SRCNN_DATA`` when not given.
    resume : bool
        Keep the rows that ``output`` holds and measure only those that are missing: after a run that was stopped, or to
        add methods, datasets and scales. They must have been measured alike: same metrics, settings, versions, weights,
        images, machine.
    report : callable, optional
        Called with every new score, the number of scores made, and the number to be made.

    Returns
    -------
    Records
        Rows in the order of methods, datasets, scales and names of images.

    Raises
    ------
    DataError
        If a dataset or a result is missing or of the wrong size, or ``resume`` meets scores that were measured
        otherwise.
    OptionError
        If there is no such method or metric, or none at a scale.
        All names are checked before the first image is measured.
    """
    check_options(Options(threads=config.threads, engine=config.engine))
    metrics = get_metrics(config.metrics)
    folder = data_folder(data)
    opened = [open_dataset(name, folder) for name in dict.fromkeys(config.datasets)]
    datasets = [worn(dataset, kind) for dataset in opened for kind in dict.fromkeys(config.degradations)]
    jobs = plan(config)
    run = describe(config, metrics, datasets, jobs)
    scores: dict[Key, Score] = {}
    if resume and output is None:
        raise OptionError("resume needs the output folder of the run that is to go on")
    if resume and output is not None and (output / SCORES).exists():
        saved = read(output)
        run = merged(saved.run, run, output)
        scores = {score.key: score for score in saved.scores}
    images = _image_folder(config, output)
    work = {
        job: [(key, path) for key, path in rows_of(job, datasets) if key not in scores or _lacks_image(images, key)]
        for job in jobs
    }
    total, done = sum(map(len, work.values())), 0
    workers = config.threads or usable_cores()
    with ThreadPoolExecutor(workers) as pool:
        for (name, scale), todo in work.items():
            if not todo:
                continue
            source = _open(name, scale, config, datasets, run)
            try:
                # Making is timed, so nothing else runs beside it; then the cores measure an image each.
                for group in _groups(todo, _AT_ONCE * workers):
                    for score in pool.map(
                        _measure,
                        [_estimated(source, key, path) for key, path in group],
                        repeat(metrics),
                        repeat(images),
                    ):
                        scores[score.key] = score
                        done += 1
                        if report is not None:
                            report(score, done, total)
            finally:  # a run that is interrupted leaves what it has measured
                if output is not None:
                    save(_records(metrics, scores, run), output)
    return _records(metrics, scores, run)


def plan(config: BenchmarkConfig) -> tuple[tuple[str, int], ...]:
    """The (method, scale) pairs that a configuration stands for; an error when one of them cannot be loaded.

    Parameters
    ----------
    config : BenchmarkConfig
        What is to be measured.

    Returns
    -------
    tuple of (str, int)
        Sorted by method, as they were named.

    Raises
    ------
    OptionError
        If nothing is named, or there is no such method at a scale.
    DataError
        If a folder of results is not there.
    """
    if not (config.methods or config.results) or not config.scales:
        raise OptionError("give at least one method and one scale to measure")
    if min(config.scales) < 2:
        raise OptionError(f"every scale must be at least 2, got {min(config.scales)}")
    check_results(config.results)
    jobs = []
    for scale in dict.fromkeys(config.scales):
        if "all" in config.methods:
            jobs += [
                (name, scale) for name in (*available(scale), *(name for name in plugins() if _loads(name, scale)))
            ]
        jobs += [(_checked(name, scale), scale) for name in config.methods if name != "all"]
        jobs += [(name, scale) for name in config.results]
    order = list(dict.fromkeys(name for name, _ in jobs))
    return tuple(sorted(dict.fromkeys(jobs), key=lambda job: order.index(job[0])))


def _checked(name: str, scale: int) -> str:
    """The name behind an alias, of a method that can be loaded at this scale."""
    known = resolve(name)
    model = known.removesuffix(TTA)
    if is_file(model) or model in plugins():
        load(model, scale)  # raises when it is not made for this scale
    elif model not in available(scale):
        weights.find(model, scale)  # raises, and says what there is
    return known


def _loads(name: str, scale: int) -> bool:
    try:
        load(name, scale)
    except OptionError:
        return False
    return True


def _groups(items: list[tuple[Key, Path]], size: int) -> Iterator[list[tuple[Key, Path]]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _open(name: str, scale: int, config: BenchmarkConfig, datasets: list[Dataset], run: dict[str, Any]) -> Source:
    """The source of a method's images, loaded; its engine is known once it has run (see `LiveMethod.estimate` for what
    is timed).
    """
    if name in config.results:
        return SavedResults(config.results[name])
    method = load(name, scale, threads=config.threads, engine=config.engine)
    if isinstance(method, NetworkMethod):
        run["engines"][f"{name} x{scale}"] = method.session.engine
    live = LiveMethod(method, in_colour=config.save_images)
    wears = {dataset.name: dataset.wear for dataset in datasets if dataset.wear != NO_WEAR}
    if not wears:
        return live
    return WornImages(live, wears, Options(threads=config.threads, engine=config.engine))


def _image_folder(config: BenchmarkConfig, output: Path | None) -> Path | None:
    """The folder for images; None where none are to be kept."""
    if config.save_images and output is None:
        raise OptionError("images are saved in the output folder of the run, and there is none")
    return output if config.save_images else None


def _lacks_image(images: Path | None, key: Key) -> bool:
    return images is not None and not result_path(images, key).exists()


def _estimated(source: Source, key: Key, path: Path) -> tuple[Key, Bytes, Estimate]:
    hr = _read(path, key.scale)
    return key, hr, source.estimate(key, hr)


def _measure(what: tuple[Key, Bytes, Estimate], metrics: tuple[Metric, ...], images: Path | None) -> Score:
    key, hr, estimate = what
    values, notes = _compare(luma_bytes(hr), estimate.luma, key.scale, metrics)
    if images is not None:
        save_images(images, key, hr, estimate.image)
    return Score(key, values, estimate.seconds, estimate.cpu_seconds, estimate.luma.shape, estimate.peak_memory, notes)


def _read(path: Path, scale: int) -> Bytes:
    """The 8-bit image, cut to a multiple of ``scale``."""
    try:
        return make_hr(read_image(path).pixels, scale)
    except ShapeError as error:
        raise ShapeError(f"{path}: {error}") from error


def _compare(
    hr: Bytes, sr: Bytes, border: int, metrics: tuple[Metric, ...]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Values of the metrics that can be taken, and why the others cannot."""
    side = max(min(hr.shape) - 2 * border, 0)
    fitting = [metric for metric in metrics if side >= metric.smallest_side]
    notes = tuple(
        f"{metric.name} needs at least {metric.smallest_side} pixels per side, but only {side} are left without "
        "the border"
        for metric in metrics
        if metric not in fitting
    )
    values = measure_planes(shave(hr, border), shave(sr, border), fitting, data_range=255.0) if fitting else {}
    return values, notes


def _records(metrics: tuple[Metric, ...], scores: Mapping[Key, Score], run: Mapping[str, Any]) -> Records:
    methods = list(dict.fromkeys(key.method for key in scores))
    datasets = list(dict.fromkeys(key.dataset for key in scores))
    order = sorted(
        scores, key=lambda key: (methods.index(key.method), datasets.index(key.dataset), key.scale, key.image)
    )
    return Records(tuple(metric.name for metric in metrics), tuple(scores[key] for key in order), run)
