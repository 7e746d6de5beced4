"""Print the table of docs/stability.md: what every shipped network makes of patterns that are no photographs."""

import typer

from srcnn import weights
from srcnn.visualise.stability import stability_of


def main() -> None:
    """Upscale all patterns by all networks; some minutes."""
    typer.echo(
        "| network | scale | below 0 | above 1 | consistency less bicubic's: least | mean |\n|---|---|---|---|---|---|"
    )
    for entry in weights.entries():
        if entry.kind == "onnx":
            rows = stability_of(entry.card.name, entry.card.scale)
            below, above = max(row.below for row in rows), max(row.above for row in rows)
            differences = [row.consistency - row.bicubic for row in rows]
            least = min(range(len(rows)), key=differences.__getitem__)
            where = f" ({rows[least].pattern})" if differences[least] < 0 else ""
            typer.echo(
                f"| `{entry.card.name}` | x{entry.card.scale} | {below:.2f} | {above:.2f} "
                f"| {differences[least]:+.2f} dB{where} | {sum(differences) / len(rows):+.1f} dB |"
            )


if __name__ == "__main__":
    typer.run(main)
