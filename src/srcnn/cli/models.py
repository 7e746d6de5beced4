"""``srcnn models``: the available models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.upscale import EngineName
from srcnn.errors import OptionError

if TYPE_CHECKING:
    from srcnn.benchmark.model_times import ModelTime
    from srcnn.weights import Entry

    Times = dict[tuple[str, int], ModelTime]

_BICUBIC = "bicubic"  # the one method without weights


def models(
    names: Annotated[list[str] | None, typer.Argument(help="Only these models; default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the models' cards as JSON.")] = False,
    with_time: Annotated[
        bool,
        typer.Option(
            "--time", help="Measure seconds per megapixel of the result on this machine, and Set5 PSNR where it is."
        ),
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds Set5, for --time; default: $SRCNN_DATA, if set.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", "-j", min=1, help="Number of threads, for --time; default: all cores.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Inference engine, for --time; auto: OpenVINO if it is installed.")
    ] = EngineName.auto,
) -> None:
    """List the models with parameters, file size and PSNR on Set5.

    With --time, also the seconds that each takes here for a megapixel of its result with the model loaded, and the PSNR
    that it reaches here, if the images of Set5 are there; otherwise the PSNR is that on the model's card.
    The example-based models (sc, ne-lle, kk, anr, a+) take minutes to measure: name those that you need.
    """
    import json
    from dataclasses import asdict

    from srcnn.cli.reporting import result

    if not with_time and (data or threads or engine is not EngineName.auto):
        raise OptionError("--data, --threads and --engine need --time: without it nothing is measured")
    chosen = _chosen(names or [])
    if as_json and _BICUBIC in chosen:
        raise OptionError("bicubic interpolation is not trained, so it has no card for --json; leave it out")
    found = _found(chosen)
    times = _measured(found, data, threads, engine) if with_time else {}
    if as_json:
        cards = [asdict(entry.card) | {"bytes": entry.path.stat().st_size} | _as_json(times, entry) for entry in found]
        result(json.dumps(cards, indent=1))
        return
    result(_table(found, times, chosen))


def _chosen(names: list[str]) -> set[str]:
    """The named models; none stands for all."""
    from srcnn.methods import resolve
    from srcnn.weights import entries

    chosen = {resolve(name) for name in names}
    missing = chosen - {entry.card.name for entry in entries()} - {_BICUBIC}
    if missing:
        raise OptionError(f"{min(missing)} is no model of this list; srcnn benchmark measures files and plugins")
    return chosen


def _found(chosen: set[str]) -> "list[Entry]":
    """Their entries, in the order of the table of methods; bicubic has none."""
    from srcnn.methods import METHODS
    from srcnn.weights import entries

    order = list(METHODS)
    found = [entry for entry in entries() if not chosen or entry.card.name in chosen]
    return sorted(found, key=lambda e: order.index(e.card.name) if e.card.name in METHODS else len(order))


def _measured(found: "list[Entry]", data: Path | None, threads: int | None, engine: EngineName) -> "Times":
    import os

    from srcnn.benchmark.datasets import DATA_VARIABLE, data_folder
    from srcnn.benchmark.model_times import time_model
    from srcnn.cli.reporting import bar_of_files

    folder = data_folder(data) if data or os.environ.get(DATA_VARIABLE) else None
    times = {}
    with bar_of_files(len(found), "measuring") as bar:
        for name, scale in ((entry.card.name, entry.card.scale) for entry in found):
            times[name, scale] = time_model(name, scale, threads=threads, engine=engine.value, data=folder)
            bar.advance(f"{name} x{scale}")
    return times


def _as_json(times: "Times", entry: "Entry") -> dict[str, object]:
    time = times.get((entry.card.name, entry.card.scale))
    if time is None:
        return {}
    return {"measured": {"seconds": time.seconds, "cpu_seconds": time.cpu_seconds, "psnr": time.psnr}}


def _table(found: "list[Entry]", times: "Times", chosen: set[str]) -> str:
    from srcnn.automatic import AUTO, CLEAN, WORN
    from srcnn.methods import ALIASES, METHODS, plugins
    from srcnn.text_table import aligned

    rows = [["model", "scale", "parameters", "size", "Set5 dB", "s/Mpixel", "CPU s/Mpixel", "what it is"]]
    if not chosen or _BICUBIC in chosen:
        rows.append([_BICUBIC, "any", "0", "0", "", "", "", METHODS[_BICUBIC].title])
    for entry in found:
        card, time = entry.card, times.get((entry.card.name, entry.card.scale))
        score = card.scores.get("Set5", {}).get("psnr")
        if time is not None and time.psnr is not None:
            score = time.psnr
        size = f"{entry.path.stat().st_size / 1000:.0f} kB" if entry.path.exists() else "missing"
        what = METHODS[card.name].title if card.name in METHODS else card.architecture
        taken = (f"{time.seconds:.3f}", f"{time.cpu_seconds:.3f}") if time else ("", "")
        psnr = "" if score is None else f"{score:.2f}"
        rows.append([card.name, f"x{card.scale}", f"{card.parameters:,}", size, psnr, *taken, what])
    if not chosen:
        rows += [
            [known.name, "?", "", "", "", "", "", f"{known.title} {known.package}"] for known in plugins().values()
        ]
    if not times:
        rows = [row[:5] + row[7:] for row in rows]
    aliases = "   ".join(f"{alias} = {name}" for alias, name in ALIASES.items())
    choice = f"{AUTO}, the default of srcnn upscale: {WORN} for images worn by JPEG or noise, {CLEAN} for all others"
    return f"{aligned(rows, left=(0, len(rows[0]) - 1))}\n\n{aliases}\n{choice}"
