"""What every shipped network makes of patterns that are no photographs."""

from typing import Any

from scripts.tables.fingerprints import of_models
from scripts.tables.markdown import Row, table
from scripts.tables.measured import Measurement
from srcnn import weights


def _parts() -> dict[str, str]:
    return {
        f"{entry.card.name} x{entry.card.scale}": of_models((entry.card.name,), entry.card.scale)
        for entry in weights.entries()
        if entry.kind == "onnx"
    }


def _measure(part: str) -> dict[str, Any]:
    from srcnn.visualise.stability import stability_of

    name, _, scale = part.rpartition(" x")
    rows = stability_of(name, int(scale))
    differences = [row.consistency - row.bicubic for row in rows]
    least = min(range(len(rows)), key=differences.__getitem__)
    return {
        "below": round(max(row.below for row in rows), 3),
        "above": round(max(row.above for row in rows), 3),
        "least": round(differences[least], 2),
        "pattern": rows[least].pattern,
        "mean": round(sum(differences) / len(rows), 2),
    }


STABILITY = Measurement("stability", _parts, _measure)


def draw() -> str:
    """One row a network and scale; the pattern is named where bicubic is more faithful."""

    def row(part: str, values: dict[str, Any]) -> Row:
        name, _, scale = part.rpartition(" ")
        where = f" ({values['pattern']})" if values["least"] < 0 else ""
        return (
            f"`{name}`",
            scale,
            f"{values['below']:.2f}",
            f"{values['above']:.2f}",
            f"{values['least']:+.2f} dB{where}",
            f"{values['mean']:+.1f} dB",
        )

    heading = ("network", "scale", "below 0", "above 1", "consistency less bicubic's: least", "mean")
    return table(heading, [row(part, values) for part, values in STABILITY.values().items()])
