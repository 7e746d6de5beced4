"""Run a study of the paper: train its variants with equal budgets, measure them on a test set, print a table.

    python scripts/study.py recipes/studies/width.toml --data FOLDER [--output runs/studies]

A study is a TOML file: ``base`` holds what all variants share, as in a recipe, and every ``[[variant]]`` what is its
own; ``after`` names the variant whose weights it begins from. What is trained already is not trained again.
The table goes to ``OUTPUT/STUDY/table.md``, the measured values to ``results.json`` beside it.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import typer

from srcnn.benchmark.datasets import open_dataset
from srcnn.degrade import make_pair
from srcnn.errors import OptionError
from srcnn.files.io import read_image
from srcnn.image.arrays import Floats, to_floats, to_integers
from srcnn.image.colour import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import modcrop, shave
from srcnn.metrics.protocol import as_rgb, to_bytes
from srcnn.nets import Colour, colour_of
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.data import read_hr
from srcnn.training.loop import train
from srcnn.training.predict import load_final, predict, read_checkpoint
from srcnn.training.run_folder import BEST

# "YCbCr" is the three planes together: the column that the paper heads "RGB" holds this (its bicubic figure, 34.57 dB,
# is ours of YCbCr; that of RGB is 28.63).
PLANES = ("Y", "Cb", "Cr", "YCbCr", "RGB")
BICUBIC = "bicubic"
app = typer.Typer(pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Variant:
    """One network of a study."""

    name: str
    config: TrainConfig
    after: str  # the variant that it begins from, "" for none
    hidden: bool  # only there for another to begin from
    paper: str  # what the paper reports for it, as text


@app.command()
def main(
    study: Path,
    data: Annotated[Path, typer.Option(help="Folder of the training sets and of the test set.")],
    output: Annotated[Path, typer.Option(help="Where runs and results go.")] = Path("runs/studies"),
    dataset: Annotated[str, typer.Option(help="Test set that is measured.")] = "Set5",
) -> None:
    """Train, measure, print."""
    folder = output / study.stem
    variants = read_study(study)
    results: dict[str, dict[str, float]] = {}
    checkpoints: dict[str, Path] = {}
    for variant in variants:
        checkpoints[variant.name] = trained(variant, checkpoints, data, output)
        if not variant.hidden:
            results[variant.name] = measured(checkpoints[variant.name], data, dataset)
            typer.echo(f"{variant.name}: {results[variant.name]}")
    bicubic = measured_by(lambda ilr, colour: ilr, "rgb", variants[0].config, data, dataset)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps({BICUBIC: bicubic, **results}, indent=1) + "\n")
    (folder / "table.md").write_text(table(bicubic, results, {v.name: v.paper for v in variants}))
    typer.echo((folder / "table.md").read_text())


def read_study(path: Path) -> list[Variant]:
    """The variants of a study in their order."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    variants = []
    for row in values["variant"]:
        own = {key: value for key, value in row.items() if key not in ("label", "after", "hidden", "paper")}
        config = config_from(values["base"] | own)
        if row["label"] == BICUBIC:
            raise OptionError(f"{path}: a variant cannot be called {BICUBIC!r}, which is the row of plain enlargement")
        variants.append(
            Variant(row["label"], config, row.get("after", ""), row.get("hidden", False), row.get("paper", ""))
        )
    return variants


def trained(variant: Variant, earlier: dict[str, Path], data: Path, output: Path) -> Path:
    """The best checkpoint of a variant, trained when it is not there yet or not finished; ``earlier`` are those of
    other variants.

    A run's folder is named by all that decides it, so that studies share the variants they have in common.
    """
    config = replace(variant.config, init=str(earlier[variant.after])) if variant.after else variant.config
    run = output / "runs" / hashlib.sha256(repr(config).encode()).hexdigest()[:12]
    last = run / "last.ckpt"
    if not last.exists() or read_checkpoint(last)["step"] < config.steps:
        train(config, data, run, resume=last.exists())
    return run / BEST


def measured(checkpoint: Path, data: Path, dataset: str) -> dict[str, float]:
    """Mean PSNR of `PLANES`, parameters, steps, and the validation by which the checkpoint was chosen."""
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
    """Mean PSNR of `PLANES` over a test set; what a network on luma leaves out is bicubic."""
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
            sums[name].append(psnr(a, b, config.scale))
    return {name: round(fmean(values), 3) for name, values in sums.items()}


def read_hr_bytes(path: Path) -> Any:
    """The protocol's 8-bit luma."""
    return to_integers(read_hr(path, "luma"))


def planes(rgb: Floats) -> list[Floats]:
    """What `PLANES` names, in 8 bits."""
    ycbcr = to_integers(rgb_to_ycbcr(np.clip(rgb, 0, 1).astype(np.float64)))
    return [*np.moveaxis(ycbcr, 2, 0), ycbcr, to_integers(rgb)]


def psnr(a: Floats, b: Floats, border: int) -> float:
    """PSNR in dB of 8-bit planes without their border, over all of them together."""
    mse = np.mean((shave(a, border).astype(np.float64) - shave(b, border)) ** 2)
    return float(10 * np.log10(255**2 / mse))


def table(bicubic: dict[str, float], results: dict[str, dict[str, float]], paper: dict[str, str]) -> str:
    """The results as a Markdown table."""
    lines = [f"| variant | parameters | {' | '.join(PLANES)} | the paper |", "|---" * (3 + len(PLANES)) + "|"]
    for name, row in {BICUBIC: bicubic, **results}.items():
        psnrs = " | ".join(f"{row[plane]:.2f}" for plane in PLANES)
        lines.append(f"| {name} | {int(row.get('parameters', 0)):,} | {psnrs} | {paper.get(name, '')} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    app()
