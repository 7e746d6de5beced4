"""How good the models are: tables from the scores on their cards, and from bicubic's, which has no card."""

from collections.abc import Mapping

from scripts.tables.markdown import Row, table
from scripts.tables.measured import Measurement
from srcnn import weights
from srcnn.automatic import AUTO, WORN
from srcnn.methods import ALIASES, METHODS, available, resolve
from srcnn.weights.card import Card

SCALES = (2, 3, 4)
LARGER_SETS = ("Set14", "BSD100")
_BASELINE = "bicubic"
_PROTOCOL = "cut, luma, imresize, border of the scale"

Means = Mapping[str, float]


def _measure_bicubic(dataset: str) -> dict[str, dict[str, float]]:
    """PSNR and SSIM by scale."""
    from srcnn.experiments import benchmark

    return {
        str(found.scale): {mean.metric: round(mean.value, 4) for mean in found.rows[_BASELINE] if mean.value}
        for found in benchmark(_BASELINE, dataset, SCALES, threads=1).tables
    }


BICUBIC = Measurement(
    "bicubic",
    parts=lambda: dict.fromkeys(("Set5", *LARGER_SETS), _PROTOCOL),
    measure=_measure_bicubic,
    needs="the image sets (SRCNN_DATA)",
)


def cards(name: str) -> dict[int, Card]:
    """The cards of a model by scale."""
    return {entry.card.scale: entry.card for entry in weights.entries() if entry.card.name == name}


def description(name: str) -> str:
    """What a model is, in a few words: its title with its aliases."""
    known, own = METHODS.get(name), cards(name)
    title = known.title if known else own[max(own)].architecture
    aliases = [f"`{alias}`" for alias, target in ALIASES.items() if target == name]
    uses = [f"alias {', '.join(aliases)}"] if aliases else []
    uses += [f"`{AUTO}` uses it for worn images"] if name == resolve(WORN) else []
    return f"{title} ({'; '.join(uses)})" if uses else title


def means(name: str, scale: int, dataset: str) -> Means | None:
    """Mean scores of a model; None where nobody measured them."""
    if name == _BASELINE:
        found: dict[str, Means] = BICUBIC.values().get(dataset, {})
        return found.get(str(scale))
    card = cards(name).get(scale)
    return None if card is None else card.scores.get(dataset)


def draw_models() -> str:
    """PSNR and SSIM of all models on Set5; the best of each column is bold."""
    measured = {(name, scale): means(name, scale, "Set5") for name in available() for scale in SCALES}
    best = {
        (scale, metric): max(found[metric] for (_, s), found in measured.items() if s == scale and found)
        for scale in SCALES
        for metric in ("psnr", "ssim")
    }

    def cell(name: str, scale: int) -> str:
        found = measured[name, scale]
        if not found:
            return ""
        texts = {"psnr": f"{found['psnr']:.2f}", "ssim": f"{found['ssim']:.4f}"}
        return " / ".join(f"**{t}**" if found[m] == best[scale, m] else t for m, t in texts.items())

    def parameters(name: str) -> str:
        own = cards(name)
        return f"{own[3 if 3 in own else min(own)].parameters:,}" if own else ""

    return table(
        ("model", "what it is", "parameters", *(f"x{scale}" for scale in SCALES)),
        [(f"`{name}`", description(name), parameters(name), *(cell(name, s) for s in SCALES)) for name in available()],
    )


def draw_larger_sets() -> str:
    """PSNR on the larger test sets, of the models that were measured on all of them."""
    chosen = [
        name for name in available() if all(means(name, scale, dataset) for scale in SCALES for dataset in LARGER_SETS)
    ]

    def row(name: str) -> Row:
        cells = []
        for dataset in LARGER_SETS:
            found = [means(name, scale, dataset) for scale in SCALES]
            cells.append(" / ".join(f"{values['psnr']:.2f}" for values in found if values))
        return (f"`{name}`", *cells)

    return table(("model", *LARGER_SETS), map(row, chosen))
