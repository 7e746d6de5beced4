"""Studies of the paper: variants of a network trained with equal budgets and measured on a test set.

A study is a TOML file: ``base`` holds what all variants share, as in a recipe, and every ``[[variant]]`` what is its
own; ``label`` is its name, and ``after`` names the variant whose weights it begins from.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from srcnn import recipes
from srcnn.benchmark.datasets import open_dataset
from srcnn.degrade import make_pair
from srcnn.errors import DataError, OptionError, reason
from srcnn.files.atomic import write_bytes
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes, Floats, as_rgb, to_bytes, to_floats, to_integers
from srcnn.image.colour import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import modcrop, shave
from srcnn.metrics.psnr import psnr
from srcnn.nets import Colour, colour_of
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.data import read_hr
from srcnn.training.loop import train
from srcnn.training.predict import load_final, predict, read_checkpoint
from srcnn.training.run_folder import BEST, LAST

# "YCbCr" is the three planes together: the column that the paper heads "RGB" holds this (its bicubic figure, 34.57 dB,
# is ours of YCbCr; that of RGB is 28.63).
PLANES = ("Y", "Cb", "Cr", "YCbCr", "RGB")
BICUBIC = "bicubic"
STUDIES = recipes.RUNS / "studies"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One network of a study."""

    label: str
    after: str = ""  # the variant that it begins from, "" for none
    hidden: bool = False  # only there for another to begin from
    paper: str = ""  # what the paper reports for it, as text


def run_study(
    study: Path, data: Path, output: Path = STUDIES, dataset: str = "Set5", report: Callable[[str], None] | None = None
) -> str:
    """Train the variants of a study, measure them, and write what came out.

    Parameters
    ----------
    study : Path
        TOML file, e.g. ``recipes/studies/width.toml``.
    data : Path
        Folder of the training sets and of the test set.
    output : Path
        ``OUTPUT/STUDY/table.md`` and ``results.json`` are written, the runs go to ``OUTPUT/runs``.
        What is trained already is not trained again, for another study neither.
    dataset : str
        The test set.
    report : callable, optional
        Told in a line what each variant came to.

    Returns
    -------
    str
        The results as a Markdown table.

    Raises
    ------
    OptionError
        If the study cannot be read, or has an unknown key or a value of the wrong kind.
    DataError
        If images are missing, or ``output`` cannot be made.
    """
    variants = read_study(study)
    open_dataset(dataset, data)  # before minutes of training
    results: dict[str, dict[str, float]] = {}
    checkpoints: dict[str, Path] = {}
    for variant, config in variants:
        checkpoints[variant.label] = trained(variant, config, checkpoints, data, output)
        if not variant.hidden:
            results[variant.label] = measured(checkpoints[variant.label], data, dataset)
            if report is not None:
                report(f"{variant.label}: {results[variant.label]}")
    bicubic = measured_by(lambda ilr, colour: ilr, "rgb", variants[0][1], data, dataset)
    made = table(bicubic, results, {variant.label: variant.paper for variant, _ in variants})
    folder = output / study.stem
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {reason(error)}") from error
    write_bytes(folder / "results.json", (json.dumps({BICUBIC: bicubic, **results}, indent=1) + "\n").encode())
    write_bytes(folder / "table.md", made.encode())
    return made


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
        if variant.label == BICUBIC:
            raise OptionError(f"a variant cannot be called {BICUBIC!r}, which is the row of bicubic interpolation")
        if variant.label in found:
            raise OptionError(f"two variants are called {variant.label!r}")
        if variant.after and variant.after not in found:
            raise OptionError(f"the variant {variant.label!r} comes after {variant.after!r}, which is not above it")
        found[variant.label] = (
            variant,
            config_from(base | {key: value for key, value in row.items() if key not in own}),
        )
    return tuple(found.values())


def trained(variant: Variant, config: TrainConfig, earlier: dict[str, Path], data: Path, output: Path) -> Path:
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
    last = run / LAST
    if not last.exists() or read_checkpoint(last)["step"] < config.steps:
        train(config, data, run, resume=last.exists())
    return run / BEST


def measured(checkpoint: Path, data: Path, dataset: str) -> dict[str, float]:
    """Mean PSNR of `PLANES`, parameters, steps, and the validation by which the checkpoint was chosen.

    Parameters
    ----------
    checkpoint : path
        Of a network that takes ILR.
    data : path
        Holds the test set.
    dataset : str
        The test set's name.

    Returns
    -------
    dict of str to float
        PSNR in dB to three places, and counts.
    """
    saved = read_checkpoint(checkpoint)
    config = config_from(saved["config"])
    net = load_final(checkpoint)

    def enlarge(ilr: Floats, colour: Colour) -> Floats:
        return np.moveaxis(predict(net, np.moveaxis(np.atleast_3d(ilr), 2, 0)), 0, 2)

    values = measured_by(enlarge, colour_of(config.net), config, data, dataset)
    best = max(row["val_psnr"] for row in saved["log"])
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "steps": saved["step"],
        "validation": round(best, 3),
    } | values


def measured_by(
    enlarge: Callable[[Floats, Colour], Floats], colour: Colour, config: TrainConfig, data: Path, dataset: str
) -> dict[str, float]:
    """Mean PSNR of `PLANES` over a test set; what a network on luma leaves out is bicubic.

    Parameters
    ----------
    enlarge : callable
        Gives the estimate of HR for ILR in the planes that are named with it.
    colour : {"luma", "rgb", "ycbcr"}
        Planes that it takes.
    config : TrainConfig
        Says scale and degradation.
    data : path
        Holds the test set.
    dataset : str
        The test set's name.

    Returns
    -------
    dict of str to float
        In dB, to three places.
    """
    sums: dict[str, list[float]] = {name: [] for name in PLANES}
    for path in open_dataset(dataset, data).images:
        rgb = to_floats(modcrop(as_rgb(to_bytes(read_image(path).pixels)), config.scale))
        _, _, ilr = make_pair(rgb, config.scale, config.degradation)
        if colour == "rgb":
            sr = enlarge(ilr, colour)
        elif colour == "ycbcr":
            sr = ycbcr_to_rgb(enlarge(rgb_to_ycbcr(ilr), colour))
        else:
            luma = to_floats(modcrop(read_hr_bytes(path), config.scale))
            _, _, luma_ilr = make_pair(luma, config.scale, config.degradation)
            chroma = rgb_to_ycbcr(ilr)[..., 1:]
            sr = ycbcr_to_rgb(np.dstack([enlarge(luma_ilr, colour)[..., 0], chroma]))
        for name, a, b in zip(sums, planes(rgb), planes(sr), strict=True):
            cut = [shave(plane, config.scale) for plane in (a, b)]
            sums[name].append(psnr(*cut, data_range=255.0))
    return {name: round(fmean(values), 3) for name, values in sums.items()}


def read_hr_bytes(path: Path) -> Bytes:
    """The protocol's 8-bit luma.

    Parameters
    ----------
    path : path
        An image file.

    Returns
    -------
    (H, W) uint8 array
        16 to 235.
    """
    return to_integers(read_hr(path, "luma"))


def planes(rgb: Floats) -> list[Bytes]:
    """What `PLANES` names, in 8 bits.

    Parameters
    ----------
    rgb : (H, W, 3) float array
        In [0, 1]; what lies outside is clipped.

    Returns
    -------
    list of uint8 array
        Three of shape (H, W), then two of shape (H, W, 3).
    """
    ycbcr = to_integers(rgb_to_ycbcr(np.clip(rgb, 0, 1).astype(np.float64)))
    return [*np.moveaxis(ycbcr, 2, 0), ycbcr, to_integers(rgb)]


def table(bicubic: dict[str, float], results: dict[str, dict[str, float]], paper: dict[str, str]) -> str:
    """The results as a Markdown table.

    Parameters
    ----------
    bicubic : dict of str to float
        What `measured_by` gave for bicubic.
    results : dict of str to dict
        What `measured` gave, by label.
    paper : dict of str to str
        The paper's figures, by label.

    Returns
    -------
    str
        With a line break at its end.
    """
    lines = [f"| variant | parameters | {' | '.join(PLANES)} | the paper |", "|---" * (3 + len(PLANES)) + "|"]
    for name, row in {BICUBIC: bicubic, **results}.items():
        psnrs = " | ".join(f"{row[plane]:.2f}" for plane in PLANES)
        lines.append(f"| {name} | {int(row.get('parameters', 0)):,} | {psnrs} | {paper.get(name, '')} |")
    return "\n".join(lines) + "\n"
