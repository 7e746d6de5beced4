"""What scores were measured with, and whether scores that were saved were measured alike."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from srcnn import weights
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.cost import cost_or_none
from srcnn.benchmark.datasets import Dataset, rows_of
from srcnn.benchmark.machine import machine, versions
from srcnn.benchmark.sources import SavedResults
from srcnn.errors import DataError
from srcnn.methods import plugins
from srcnn.methods.base import TTA
from srcnn.methods.model_file import is_file
from srcnn.metrics import Metric


def describe(
    config: BenchmarkConfig,
    metrics: tuple[Metric, ...],
    datasets: list[Dataset],
    jobs: tuple[tuple[str, int], ...],
    timing: str,
) -> dict[str, Any]:
    """What scores were measured with: everything that can change a figure.

    Parameters
    ----------
    config : BenchmarkConfig
        The settings.
    metrics : tuple of Metric
        What is measured.
    datasets : list of Dataset
        What it is measured on.
    jobs : tuple of (str, int)
        Methods and scales.
    timing : str
        How seconds are taken.

    Returns
    -------
    dict
        Fit for JSON.
    """
    return {
        "protocol": "8-bit BT.601 luma, cut to a multiple of the scale, bicubic down (antialiased, edges repeated, "
        "not rounded), "
        "result rounded to 8 bits, scale pixels shaved from every side",
        "worn": "downscaled in colour, rounded to 8 bits, white noise of seed 7, JPEG 4:2:0; upscaled as a file is",
        "timing": timing,
        "settings": {
            "metrics": [metric.name for metric in metrics],
            "threads": config.threads,
            "engine": config.engine,
        },
        "versions": versions(),
        "machine": machine(),
        "weights": {
            f"{name} x{scale}": digest for name, scale in jobs if (digest := _identity(name, scale, config, datasets))
        },
        "multiplications": {
            f"{name} x{scale}": count
            for name, scale in jobs
            if name not in config.results and (count := cost_or_none(name, scale)) is not None
        },
        "datasets": {dataset.name: _dataset_hash(dataset) for dataset in datasets},
        "saved_images": config.save_images,
        "engines": {},  # what ran each network, known once it is loaded
    }


def merged(saved: Mapping[str, Any], run: dict[str, Any], output: Path) -> dict[str, Any]:
    """The description of a resumed run.

    Parameters
    ----------
    saved : mapping
        The description beside the scores that are kept.
    run : dict
        That of the run that goes on.
    output : path
        Their folder, for the message.

    Returns
    -------
    dict
        Of both.

    Raises
    ------
    DataError
        If the saved scores were measured otherwise.
    """
    different = [
        what for what in ("protocol", "timing", "settings", "versions", "machine") if saved.get(what) != run[what]
    ]
    for what in ("weights", "datasets"):
        there = saved.get(what, {})
        different += [name for name, digest in run[what].items() if there.get(name, digest) != digest]
    if different:
        raise DataError(
            f"cannot resume: the scores in {output} differ from this run in: {', '.join(different)}; compare its "
            "run.json, or measure everything again without --resume"
        )
    return {
        **run,
        "saved_images": run["saved_images"] or saved.get("saved_images", False),
        **{
            what: {**saved.get(what, {}), **run[what]} for what in ("weights", "multiplications", "datasets", "engines")
        },
    }


def _identity(name: str, scale: int, config: BenchmarkConfig, datasets: list[Dataset]) -> str | None:
    """What decides a method's figures: the hash of its weights or results, or the version of the package that brings
    it.
    """
    if name in config.results:
        return SavedResults(config.results[name]).digest(tuple(key for key, _ in rows_of((name, scale), datasets)))
    name = name.removesuffix(TTA)
    if name in plugins():
        return plugins()[name].package
    if is_file(name):
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()
    return next((e.sha256 for e in weights.entries() if (e.card.name, e.card.scale) == (name, scale)), None)


def _dataset_hash(dataset: Dataset) -> str:
    """One hash over names and bytes of all images."""
    digest = hashlib.sha256()
    for path in dataset.images:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
