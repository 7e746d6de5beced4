"""Put a trained network among the shipped models, and enter measured scores on the cards of shipped models.

    python scripts/ship.py network runs/srcnn-9-5-5_x3/best.ckpt recipes/srcnn-9-5-5_x3.toml --data FOLDER
    python scripts/ship.py fitted runs/sc_x3/sc_x3.npz
    python scripts/ship.py scores runs/set5 runs/set14
    python scripts/ship.py table

FOLDER holds the training sets that the recipe names. Entering scores changes a file's hash, not what the model computes:
name all runs of the same weights in one call.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from srcnn import weights
from srcnn.benchmark.means import Table, tables
from srcnn.benchmark.records import read
from srcnn.methods import METHODS, available
from srcnn.nets import colour_of
from srcnn.training.config import load_recipe
from srcnn.training.data import find_pictures
from srcnn.training.export import export, with_card
from srcnn.visualise.levels import levels
from srcnn.weights import Entry, npz

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def network(checkpoint: Path, recipe: Path, data: Annotated[Path, typer.Option(help="Folder of the training sets.")]) -> None:
    """Export a checkpoint into the package, under the name and scale of its recipe."""
    config = load_recipe(recipe)
    pictures = find_pictures(config, data)
    compared = levels(pictures.validation, config.scale) if colour_of(config.net) == "luma" else None
    model, card = export(checkpoint, recipe=recipe, pictures=pictures, levels=compared)
    typer.echo(weights.write(model, card, "onnx").path)


@app.command()
def fitted(model: Path) -> None:
    """Put a fitted example-based model, the NPZ file that ``srcnn train`` leaves, into the package."""
    stored = model.read_bytes()
    typer.echo(weights.write(stored, npz.unpack(stored)[1], "npz").path)


@app.command()
def scores(runs: list[Path]) -> None:
    """Enter the means of runs of ``srcnn benchmark`` on the cards of the models they measured, of all runs at once."""
    measured = [(run, read(run)) for run in runs]
    for entry in weights.entries():
        made = f"{entry.card.name} x{entry.card.scale}"
        means: dict[str, dict[str, float]] = {}
        for run, records in measured:
            found = {t.dataset: _means(t, entry.card.name) for t in tables(records.scores, records.metrics) if t.scale == entry.card.scale}
            found = {dataset: values for dataset, values in found.items() if values}
            if found and records.run["weights"].get(made) != entry.sha256:
                typer.echo(f"{made}: left alone, {run} measured other weights")
                found = {}
            means |= {dataset: means.get(dataset, {}) | values for dataset, values in found.items()}
        if means:
            _enter(entry, means)
            typer.echo(f"{made}: {means}")


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


def _means(table: Table, name: str) -> dict[str, float]:
    return {mean.metric: round(mean.value, 4) for mean in table.rows.get(name, ()) if mean.value is not None}


def _enter(entry: Entry, means: dict[str, dict[str, float]]) -> None:
    scores = entry.card.scores
    card = replace(entry.card, scores=scores | {dataset: scores.get(dataset, {}) | found for dataset, found in means.items()})
    if entry.kind == "onnx":
        stored = with_card(entry.read(), card)
    else:
        arrays, _ = npz.unpack(entry.read())
        stored = npz.pack(arrays, card)
    weights.write(stored, card, entry.kind)


if __name__ == "__main__":
    app()
