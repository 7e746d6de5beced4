"""Put a trained network among the shipped models, and enter measured scores on the cards of shipped models.

    python scripts/ship.py network runs/srcnn-9-5-5_x3/best.ckpt recipes/srcnn-9-5-5_x3.toml --data FOLDER
    python scripts/ship.py fitted runs/sc_x3/sc_x3.npz
    python scripts/ship.py scores srcnn-9-5-5 a+ --data FOLDER
    python scripts/ship.py table

FOLDER holds the training sets that the recipe names and the test sets Set5, Set14 and BSD100. Scores are those of ``srcnn benchmark``.
"""

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer

from srcnn import weights
from srcnn.benchmark.run import BenchmarkConfig, run_benchmark
from srcnn.methods import METHODS, available
from srcnn.training.config import load_recipe
from srcnn.training.data import find_pictures
from srcnn.training.export import export, with_card
from srcnn.weights import Entry, npz

DATASETS = ("Set5", "Set14", "BSD100")
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def network(checkpoint: Path, recipe: Path, data: Annotated[Path, typer.Option(help="Folder of the training sets.")]) -> None:
    """Export a checkpoint into the package, under the name and scale of its recipe."""
    pictures = find_pictures(load_recipe(recipe), data)
    model, card = export(checkpoint, recipe=recipe, pictures=pictures)
    typer.echo(weights.write(model, card, "onnx").path)


@app.command()
def fitted(model: Path) -> None:
    """Put a fitted example-based model, the NPZ file that ``srcnn train`` leaves, into the package."""
    stored = model.read_bytes()
    typer.echo(weights.write(stored, npz.unpack(stored)[1], "npz").path)


@app.command()
def scores(names: list[str], data: Annotated[Path, typer.Option(help="Folder of the test sets.")]) -> None:
    """Measure shipped models on the test sets and enter the means on their cards."""
    for name in names:
        for entry in [entry for entry in weights.entries() if entry.card.name == name]:
            _enter(entry, data)


@app.command()
def table(dataset: str = "Set5") -> None:
    """Print the README's table: PSNR and SSIM of every shipped model."""
    typer.echo("| model | parameters | x2 | x3 | x4 |\n|---|---|---|---|---|")
    for name in [name for name in METHODS if name in available()]:
        entries = {entry.card.scale: entry for entry in weights.entries() if entry.card.name == name}
        cells = [_cell(entries[scale].card.scores.get(dataset)) if scale in entries else "" for scale in (2, 3, 4)]
        parameters = f"{entries[3].card.parameters:,}" if 3 in entries else ""
        typer.echo(f"| `{name}` | {parameters} | {' | '.join(cells)} |")


def _cell(means: dict[str, float] | None) -> str:
    return f"{means['psnr']:.2f} / {means['ssim']:.4f}" if means else ""


def _enter(entry: Entry, data: Path) -> None:
    card = entry.card
    config = BenchmarkConfig(methods=(card.name,), datasets=DATASETS, scales=(card.scale,))
    with tempfile.TemporaryDirectory() as folder:
        records = run_benchmark(config, Path(folder), data=data)
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for score in records.scores:
        for metric, value in score.values.items():
            values[score.key.dataset][metric].append(value)
    means = {dataset: {metric: round(fmean(v), 4) for metric, v in found.items()} for dataset, found in values.items()}
    kept = {dataset: found for dataset, found in card.scores.items() if dataset not in means}
    scored = replace(card, scores=kept | means)
    if entry.kind == "onnx":
        stored = with_card(entry.read(), scored)
    else:
        arrays, _ = npz.unpack(entry.read())
        stored = npz.pack(arrays, scored)
    weights.write(stored, scored, entry.kind)
    typer.echo(f"{card.name} x{card.scale}: {means}")


if __name__ == "__main__":
    app()
