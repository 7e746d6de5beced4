"""Model cards: what each shipped model is for, what made it and how well it does."""

from collections import Counter
from collections.abc import Callable, Mapping

from scripts.tables.markdown import table
from scripts.tables.scores import cards, description
from srcnn import weights
from srcnn.methods import METHODS, available
from srcnn.metrics import METRICS
from srcnn.weights.card import Card

_WORKS_ON = {
    ("luma", "hr"): "luma of the image upscaled by bicubic interpolation",
    ("luma", "lr"): "luma of the low-resolution image",
    ("rgb", "hr"): "red, green and blue of the image upscaled by bicubic interpolation",
    ("rgb", "lr"): "red, green and blue of the low-resolution image",
}
_CLEAN = "images that were downscaled and nothing else; noise and JPEG artefacts are upscaled along with the rest"
_WORN = "images worn by JPEG or noise, which it is told of; some fine texture goes with the noise"


def draw() -> str:
    """A section for each model that has weights, in the order of the list of models."""
    return "\n\n".join(_section(name, cards(name)) for name in available() if cards(name))


def _section(name: str, by_scale: Mapping[int, Card]) -> str:
    card = by_scale[min(by_scale)]
    known = METHODS.get(name)
    facts = {
        "What it is": description(name),
        "Paper": known.paper if known and known.paper else "none: an architecture of this project",
        "Works on": _WORKS_ON[card.channels, card.input_size],
        "Made for": _WORN if card.wear else _CLEAN,
        "License": ", ".join(sorted({c.license for c in by_scale.values()})),
        **{f"Notes, x{scale}": c.notes for scale, c in by_scale.items() if c.notes},
    }
    listed = "\n".join(f"- *{what}:* {said}" for what, said in facts.items())
    return "\n\n".join([f"## `{name}`", listed, _made(name, by_scale), *_scores(by_scale)])


def _made(name: str, by_scale: Mapping[int, Card]) -> str:
    """How the model was made: one column a scale."""
    hashes = {entry.card.scale: entry.sha256 for entry in weights.entries() if entry.card.name == name}
    facts: dict[str, Callable[[Card], str]] = {
        "architecture": lambda card: card.architecture,
        "parameters": lambda card: f"{card.parameters:,}",
        "multiplications": lambda card: f"{card.multiplications:,.0f}" if card.multiplications else "",
        "training sets": _sets,
        "recipe": lambda card: f"`{card.recipe}`",
        "seed": lambda card: str(card.seed),
        "SHA-256": lambda card: f"`{hashes[card.scale][:12]}`…",
    }
    rows = [(what, *map(say, by_scale.values())) for what, say in facts.items()]
    return table(("", *(f"x{scale}" for scale in by_scale)), [row for row in rows if any(row[1:])])


def _sets(card: Card) -> str:
    """Each training set, with how often it was taken."""
    counts = Counter(card.training_data)
    return ", ".join(name if number == 1 else f"{name} ({number} times)" for name, number in counts.items())


def _scores(by_scale: Mapping[int, Card]) -> list[str]:
    measured = [
        (scale, dataset, means) for scale, card in by_scale.items() for dataset, means in card.scores.items() if means
    ]
    metrics = [metric for metric in METRICS if any(metric in means for _, _, means in measured)]
    rows = [
        (
            f"{dataset} x{scale}",
            *(METRICS[metric].format(means[metric]) if metric in means else "" for metric in metrics),
        )
        for scale, dataset, means in measured
    ]
    units = [METRICS[metric].unit for metric in metrics]
    heading = [f"{m.upper()} ({unit})" if unit else m.upper() for m, unit in zip(metrics, units, strict=True)]
    return [table(("mean of", *heading), rows)] if rows else []
