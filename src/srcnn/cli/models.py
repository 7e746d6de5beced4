"""``srcnn models``: the available models."""

from typing import Annotated

import typer


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print the models' cards as JSON.")] = False,
) -> None:
    """List the models with parameters, file size and PSNR on Set5."""
    import json
    from dataclasses import asdict

    from srcnn.cli.reporting import result
    from srcnn.methods import ALIASES, METHODS, plugins
    from srcnn.text_table import aligned
    from srcnn.weights import entries

    found = sorted(
        entries(), key=lambda e: list(METHODS).index(e.card.name) if e.card.name in METHODS else len(METHODS)
    )
    if as_json:
        result(json.dumps([asdict(e.card) | {"bytes": e.path.stat().st_size} for e in found], indent=1))
        return
    rows = [
        ("model", "scale", "parameters", "size", "Set5 dB", "what it is"),
        ("bicubic", "any", "0", "0", "", METHODS["bicubic"].title),
    ]
    for entry in found:
        card = entry.card
        score = card.scores.get("Set5", {}).get("psnr")
        size = f"{entry.path.stat().st_size / 1000:.0f} kB" if entry.path.exists() else "missing"
        what = METHODS[card.name].title if card.name in METHODS else card.architecture
        rows.append(
            (card.name, f"x{card.scale}", f"{card.parameters:,}", size, "" if score is None else f"{score:.2f}", what)
        )
    rows += [(known.name, "?", "", "", "", f"{known.title} {known.package}") for known in plugins().values()]
    aliases = "   ".join(f"{alias} = {name}" for alias, name in ALIASES.items())
    result(f"{aligned(rows, left=(0, 5))}\n\n{aliases}")
