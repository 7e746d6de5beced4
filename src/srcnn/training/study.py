"""Studies of the paper: variants of a network trained with equal budgets and measured on a test set.

A study is a TOML file: ``base`` holds what all variants share, as in a recipe, and every ``[[variant]]`` what is its
own; ``label`` is its name, and ``after`` names the variant whose weights it begins from.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from srcnn import recipes
from srcnn.benchmark.datasets import open_dataset
from srcnn.benchmark.study_records import BICUBIC, StudyRecords, baseline_of, is_baseline
from srcnn.errors import DataError, OptionError, reason
from srcnn.nets import input_size
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.loop import train
from srcnn.training.predict import read_checkpoint
from srcnn.training.run_folder import BEST, LAST
from srcnn.training.schedule import share_done
from srcnn.training.study_scores import curve, levels, measured, measured_by

STUDIES = recipes.RUNS / "studies"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One network of a study."""

    label: str
    after: str = ""  # the variant that it begins from, "" for none
    hidden: bool = False  # only there for another to begin from
    paper: str = ""  # what the paper reports for it, as text


def run_study(
    study: Path,
    data: Path,
    output: Path = STUDIES,
    dataset: str = "Set5",
    report: Callable[[str], None] | None = None,
    accelerator: str = "cpu",
) -> Path:
    """Train the variants of a study, measure them, and save what came out.

    Parameters
    ----------
    study : Path
        TOML file, e.g. ``recipes/studies/width.toml``.
    data : Path
        Folder of the training sets and of the test set.
    output : Path
        ``OUTPUT/STUDY_DATASET/results.json`` is written, with the curves of luma's PSNR where the variants keep
        snapshots. The runs go to ``OUTPUT/runs``.
        What is trained already is not trained again, for another study neither.
    dataset : str
        The test set.
    report : callable, optional
        Told in a line what each variant came to.
    accelerator : str
        What to train on, as `srcnn.training.loop.train` takes it; all is measured on the processor.

    Returns
    -------
    path
        ``OUTPUT/STUDY_DATASET``, which `srcnn.report.study.write_study` makes a report of.

    Raises
    ------
    OptionError
        If the study cannot be read, or has an unknown key or a value of the wrong kind.
    DataError
        If images are missing, or ``output`` cannot be made.
    """
    variants = read_study(study)
    test = open_dataset(dataset, data)  # before minutes of training
    first = next(config for variant, config in variants if not variant.hidden)
    rows: dict[str, dict[str, float]] = {}
    checkpoints: dict[str, Path] = {}
    curves: dict[str, list[tuple[int, float]]] = {}
    for variant, config in variants:
        baseline = _baseline(config, first)
        if not variant.hidden and baseline not in rows:  # before training: a test image may be too small
            rows[baseline] = measured_by(lambda ilr, colour: ilr, "rgb", config, test)
        checkpoints[variant.label] = trained(variant, config, checkpoints, data, output, accelerator)
        if variant.hidden:
            continue
        rows[variant.label] = measured(checkpoints[variant.label], test)
        points = curve(checkpoints[variant.label].parent, test)
        if points:
            curves[variant.label] = points
        if report is not None:
            report(f"{variant.label}: {rows[variant.label]}")
    records = StudyRecords(
        study=study.stem,
        dataset=test.name,
        scale=first.scale,
        rows=rows,
        paper={variant.label: variant.paper for variant, _ in variants if variant.paper},
        levels=levels(rows[BICUBIC]["Y"], first, test),
        curves=curves,
    )
    folder = output / f"{study.stem}_{test.name.replace(' ', '_')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {reason(error)}") from error
    records.save(folder)
    return folder


def _baseline(config: TrainConfig, first: TrainConfig) -> str:
    """What the row of bicubic interpolation is called that a variant is to be compared with."""
    return BICUBIC if config.degradation == first.degradation else baseline_of(config.degradation)


def read_study(path: Path) -> tuple[tuple[Variant, TrainConfig], ...]:
    """The variants of a study in their order, each with all that decides its training.

    Parameters
    ----------
    path : path
        The TOML file.

    Returns
    -------
    tuple of (Variant, TrainConfig)
        At least one; a variant stands after the one that it begins from.

    Raises
    ------
    OptionError
        If the file cannot be read, or has an unknown key or a value of the wrong kind.
    """
    return recipes.load(path, _variants)


def _variants(values: dict[str, Any]) -> tuple[tuple[Variant, TrainConfig], ...]:
    base, rows = values.get("base", {}), values.get("variant", [])
    strange = sorted(set(values) - {"base", "variant"})
    if strange:
        raise OptionError(f"unknown key {strange[0]!r}; a study has a table [base] and tables [[variant]]")
    if not isinstance(base, dict) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise OptionError("a study has a table [base] and tables [[variant]]")
    if not rows:
        raise OptionError("a study needs at least one [[variant]]")
    own = {field.name for field in fields(Variant)}
    found: dict[str, tuple[Variant, TrainConfig]] = {}
    for row in rows:
        variant = recipes.build(Variant, {key: value for key, value in row.items() if key in own})
        if not variant.label.strip():
            raise OptionError("the label of a variant is empty; it is the name of its row and its curve")
        if is_baseline(variant.label):
            raise OptionError(
                f"a variant cannot be called {variant.label!r}, which is the row of bicubic interpolation"
            )
        if variant.label in found:
            raise OptionError(f"two variants are called {variant.label!r}")
        if variant.after and variant.after not in found:
            raise OptionError(f"the variant {variant.label!r} comes after {variant.after!r}, which is not above it")
        found[variant.label] = (
            variant,
            config_from(base | {key: value for key, value in row.items() if key not in own}),
        )
    shown = [(variant.label, config) for variant, config in found.values() if not variant.hidden]
    if not shown:
        raise OptionError("all variants are hidden; a study shows at least one")
    for label, config in shown:
        if config.scale != shown[0][1].scale:
            raise OptionError(
                f"all variants of a study have one scale, and {label!r} has {config.scale}, {shown[0][0]!r} "
                f"{shown[0][1].scale}; make another study of it"
            )
        if input_size(config.net) != "hr":
            raise OptionError(f"a study is of networks that take the enlarged image, as SRCNN, not of {config.net!r}")
    return tuple(found.values())


def trained(
    variant: Variant,
    config: TrainConfig,
    earlier: dict[str, Path],
    data: Path,
    output: Path,
    accelerator: str = "cpu",
) -> Path:
    """The best checkpoint of a variant, trained when it is not there yet or not finished.

    A run's folder is named by all that decides it, so that studies share the variants they have in common.

    Parameters
    ----------
    variant : Variant
        Which.
    config : TrainConfig
        All that decides its training, but what it begins from.
    earlier : dict of str to path
        Checkpoints of other variants, by label.
    data : path
        Holds the training sets.
    output : path
        Holds the folder ``runs``.
    accelerator : str
        What to train on.

    Returns
    -------
    path
        The checkpoint.

    Raises
    ------
    OptionError, DataError, WeightsError
        As `srcnn.training.loop.train`.
    """
    if variant.after:
        config = replace(config, init=str(earlier[variant.after]))
    run = output / "runs" / hashlib.sha256(repr(config).encode()).hexdigest()[:12]
    if not _finished(run, config):
        train(config, data, run, resume=(run / LAST).exists(), accelerator=accelerator)
    return run / BEST


def _finished(run: Path, config: TrainConfig) -> bool:
    """Whether a run has come to its end, and the network at that end has been validated."""
    if not (run / LAST).exists() or not (run / BEST).exists():
        return False
    last = read_checkpoint(run / LAST)
    validated = bool(last["log"]) and last["log"][-1]["step"] == last["step"]
    return validated and share_done(config, last["step"], last["seconds"]) == 1
