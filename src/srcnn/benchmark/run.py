"""Measure methods on sets of images, by the one protocol (``docs/protocol.md``)."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import groupby, islice, repeat
from pathlib import Path
from typing import Any

from srcnn import weights
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.datasets import Dataset, data_folder, open_dataset, rows_of, worn
from srcnn.benchmark.description import describe, merged
from srcnn.benchmark.measurement import Measured, Measurer, Measuring, estimated, scored
from srcnn.benchmark.records import SCORES, Key, Records, Score, check_folder, read, save
from srcnn.benchmark.saved_images import result_path
from srcnn.benchmark.sources import check_results
from srcnn.benchmark.timing import ENOUGH, REPEATS
from srcnn.cores import usable_cores
from srcnn.errors import OptionError
from srcnn.files.atomic import claimed
from srcnn.methods import available, load, plugins, resolve
from srcnn.methods.base import TTA, Options, check_options
from srcnn.methods.model_file import is_file
from srcnn.metrics import Metric
from srcnn.metrics import get as get_metrics
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
    measurer: Measurer | None = None,
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
    measurer : Measurer, optional
        Who measures; this machine when not given.

    Returns
    -------
    Records
        Rows in the order of methods, datasets, scales and names of images.

    Raises
    ------
    DataError
        If a dataset or a result is missing or of the wrong size, ``resume`` meets scores that were measured
        otherwise, or ``output`` cannot be written.
    OptionError
        If there is no such method or metric, or none at a scale, or another process measures into ``output``.
        All names are checked before the first image is measured.
    """
    check_options(Options(threads=config.threads, engine=config.engine))
    metrics = get_metrics(config.metrics)
    folder = data_folder(data)
    opened = [open_dataset(name, folder) for name in dict.fromkeys(config.datasets)]
    datasets = [worn(dataset, kind) for dataset in opened for kind in dict.fromkeys(config.degradations)]
    _check_names(datasets)
    jobs = plan(config)
    if resume and output is None:
        raise OptionError("resume needs the output folder of the run that is to go on")
    measurer = measurer or ThisMachine()
    run = describe(config, metrics, datasets, jobs, measurer.timing)
    with _alone_in(output):
        return _measured(config, metrics, datasets, jobs, run, output, resume, report, measurer)


def _check_names(datasets: Sequence[Dataset]) -> None:
    counts = Counter(dataset.name for dataset in datasets)
    for name, count in counts.items():
        if count > 1:  # the folder "Set5 grey", and "Set5:grey"
            raise OptionError(f"{count} datasets would be called {name!r} in the table; rename one of the folders")


@contextmanager
def _alone_in(output: Path | None) -> Iterator[None]:
    """Keep other processes out of a folder, whose scores they would replace by theirs."""
    if output is None:
        yield
        return
    check_folder(output)
    with claimed(output / SCORES) as free:
        if not free:
            raise OptionError(
                f"another process measures into {output}; wait for it and go on with --resume, or give another folder"
            )
        yield


def _measured(
    config: BenchmarkConfig,
    metrics: tuple[Metric, ...],
    datasets: list[Dataset],
    jobs: tuple[tuple[str, int], ...],
    run: dict[str, Any],
    output: Path | None,
    resume: bool,
    report: Report | None,
    measurer: Measurer,
) -> Records:
    """Measure what is missing, and save it after every method and scale."""
    scores: dict[Key, Score] = {}
    if resume and output is not None and (output / SCORES).exists():
        saved = read(output)
        run = merged(saved.run, run, output)
        scores = {score.key: score for score in saved.scores}
    images = _image_folder(config, output)
    work = [
        (key, path)
        for job in jobs
        for key, path in rows_of(job, datasets)
        if key not in scores or _lacks_image(images, key)
    ]
    keys = [*scores, *(key for key, _ in work)]
    wears = {dataset.name: dataset.wear for dataset in datasets if dataset.wear != NO_WEAR}
    greys = frozenset(dataset.name for dataset in datasets if dataset.grey)
    left = Counter(_job(key) for key, _ in work)
    try:
        with closing(measurer(Measuring(config, metrics, wears, images, greys), work)) as rows:
            for done, (score, engine) in enumerate(rows, 1):
                scores[score.key] = score
                job = _job(score.key)
                if engine is not None:
                    run["engines"][job] = engine
                if report is not None:
                    report(score, done, len(work))
                left[job] -= 1
                if output is not None and not left[job]:
                    save(_records(metrics, scores, keys, run), output)
    finally:  # a run that is interrupted leaves what it has measured
        if output is not None and any(left.values()):
            save(_records(metrics, scores, keys, run), output)
    return _records(metrics, scores, keys, run)


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


class ThisMachine:
    """Measurements by this process (`srcnn.benchmark.measurement.Measurer`)."""

    timing = (
        f"of each image the median of up to {REPEATS} calls (no further one after {ENOUGH:g} s), after one that is not "
        "timed"
    )

    def __call__(self, measuring: Measuring, work: Sequence[tuple[Key, Path]]) -> Generator[Measured, None, None]:
        """Measure one method after the other.

        Parameters
        ----------
        measuring : Measuring
            How.
        work : sequence of (Key, path)
            Rows with their images, those of a method and scale together.

        Yields
        ------
        Measured
            In order.
        """
        workers = measuring.config.threads or usable_cores()
        with ThreadPoolExecutor(workers) as pool:
            for (name, scale), rows in groupby(work, key=lambda row: (row[0].method, row[0].scale)):
                opened = measuring.open(name, scale)
                # Making is timed, so nothing else runs beside it; then the cores measure an image each.
                while group := [estimated(opened.source, *row, measuring) for row in islice(rows, _AT_ONCE * workers)]:
                    for score in pool.map(scored, group, repeat(measuring)):
                        yield Measured(score, opened.engine)


def _image_folder(config: BenchmarkConfig, output: Path | None) -> Path | None:
    """The folder for images; None where none are to be kept."""
    if config.save_images and output is None:
        raise OptionError("images are saved in the output folder of the run, and there is none")
    return output if config.save_images else None


def _lacks_image(images: Path | None, key: Key) -> bool:
    return images is not None and not result_path(images, key).exists()


def _job(key: Key) -> str:
    return f"{key.method} x{key.scale}"


def _records(
    metrics: Sequence[Metric], scores: Mapping[Key, Score], keys: Sequence[Key], run: Mapping[str, Any]
) -> Records:
    """The scores so far, in the order in which methods and datasets were named, whichever was measured first."""
    methods = {method: place for place, method in enumerate(dict.fromkeys(key.method for key in keys))}
    datasets = {dataset: place for place, dataset in enumerate(dict.fromkeys(key.dataset for key in keys))}
    order = sorted(scores, key=lambda key: (methods[key.method], datasets[key.dataset], key.scale, key.image))
    return Records(tuple(metric.name for metric in metrics), tuple(scores[key] for key in order), run)
