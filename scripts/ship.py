"""Put a trained network among the shipped models, and enter measured scores on the cards of shipped models.

    python scripts/ship.py network runs/srcnn-9-5-5_x3/best.ckpt recipes/srcnn-9-5-5_x3.toml --data FOLDER
    python scripts/ship.py fitted runs/sc_x3/model.npz
    python scripts/ship.py scores runs/set5 runs/set14
    python scripts/ship.py finish plain/*.onnx
    python scripts/ship.py unfinished runs/photo_x2_first/last.ckpt

FOLDER holds the training sets that the recipe names. Entering scores changes a file's hash, not what the model
computes:
name all runs of the same weights in one call.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from srcnn import weights
from srcnn.benchmark.records import read
from srcnn.engine.onnx_file import read_card
from srcnn.nets import colour_of
from srcnn.report.means import Table, tables
from srcnn.training.config import load_recipe
from srcnn.training.data import find_images
from srcnn.training.export import export
from srcnn.training.finish import finish, multiplications, with_card
from srcnn.visualise.baselines import baselines
from srcnn.weights import Entry, npz
from srcnn.weights.card import Card

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def network(
    checkpoint: Path,
    recipe: Path,
    data: Annotated[Path, typer.Option(help="Folder of the training sets.")],
    notes: Annotated[str, typer.Option(help="A remark for the card.")] = "",
) -> None:
    """Export a checkpoint into the package, under the name and scale of its recipe."""
    config = load_recipe(recipe)
    images = find_images(config, data)
    compared = baselines(images.validation, config.scale) if colour_of(config.net) == "luma" else None
    model, card = export(checkpoint, recipe=recipe, images=images, baselines=compared, notes=notes)
    typer.echo(weights.write(model, card, "onnx", weights.FOLDER).path)


@app.command()
def unfinished(checkpoint: Path, into: Path = Path("recipes/unfinished")) -> None:
    """Keep the weights of a run that is to go on elsewhere: the ``init`` of its next stage.

    They are kept without the optimiser's state and in half precision, which the first step of a stage exceeds by far.
    """
    import torch

    from srcnn.training.predict import read_checkpoint

    saved = read_checkpoint(checkpoint)
    final = {key: value.half() if value.is_floating_point() else value for key, value in saved["final"].items()}
    kept = {"config": saved["config"], "net": final, "final": final, "log": saved["log"]}
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{checkpoint.parent.name}.ckpt"
    torch.save(kept, path)
    typer.echo(f"{path}: {path.stat().st_size / 1000:.0f} kB")


@app.command()
def fitted(model: Path) -> None:
    """Put a fitted example-based model, the NPZ file that ``srcnn train`` leaves, into the package."""
    stored = model.read_bytes()
    typer.echo(weights.write(stored, npz.unpack(stored)[1], "npz", weights.FOLDER).path)


@app.command("finish")
def finish_all(plain: list[Path]) -> None:
    """Settle, bound and widen networks that were exported plain, without training them again, and put them into the
    package.

    They are files from before networks were finished, or of `srcnn.training.export.to_onnx`; scores and notes stay as
    on the cards.
    """
    for path in plain:
        data = path.read_bytes()
        card = read_card(data)
        card = replace(card, multiplications=multiplications(data, card))
        typer.echo(weights.write(*finish(data, card), "onnx", weights.FOLDER).path)


@app.command()
def scores(runs: list[Path]) -> None:
    """Enter the means of runs of ``srcnn benchmark`` on the cards of the models they measured, of all runs at once."""
    measured = [
        (run, records.run["weights"], tables(records.scores, records.metrics))
        for run in runs
        for records in [read(run)]
    ]
    for entry in weights.entries():
        made, card = f"{entry.card.name} x{entry.card.scale}", entry.card
        for run, hashes, its_tables in measured:
            means = {t.dataset: found for t in its_tables if t.scale == card.scale and (found := _means(t, card.name))}
            if means and hashes.get(made) == entry.sha256:
                card = _with_scores(card, means)
                typer.echo(f"{made}: {means}")
            elif means:
                typer.echo(f"{made}: left alone, {run} measured other weights")
        if card is not entry.card:
            _write(entry, card)


def _means(table: Table, name: str) -> dict[str, float]:
    return {mean.metric: round(mean.value, 4) for mean in table.rows.get(name, ()) if mean.value is not None}


def _with_scores(card: Card, means: dict[str, dict[str, float]]) -> Card:
    return replace(
        card, scores=card.scores | {dataset: card.scores.get(dataset, {}) | found for dataset, found in means.items()}
    )


def _write(entry: Entry, card: Card) -> None:
    if entry.kind == "onnx":
        stored = with_card(entry.read(), card)
    else:
        arrays, _ = npz.unpack(entry.read())
        stored = npz.pack(arrays, card)
    weights.write(stored, card, entry.kind, weights.FOLDER)


if __name__ == "__main__":
    app()
