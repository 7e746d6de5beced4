"""How long the networks take, by benchmarks/inference.py."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.tables.markdown import Row, table
from scripts.tables.measured import ROOT, Measurement
from scripts.tables.scores import SCALES, cards
from srcnn.methods import ALIASES, resolve

_MEASURE = "srcnn-9-5-5"  # the others are compared with it
_BESIDE = ("espcn", "fsrcnn", "srcnn-9-1-5")  # measured for the figure, without a row in the table
_ENGINES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}


def _models() -> list[str]:
    """The network that is the measure, what the aliases stand for, and some networks of papers."""
    return [_MEASURE, *(resolve(alias) for alias in ALIASES), *_BESIDE]


def _parts() -> dict[str, str]:
    """All in one: seconds of different runs cannot be compared. They depend on the architecture, not on the weights."""
    shapes = [
        (name, scale, card.architecture, card.multiplications)
        for name in _models()
        for scale, card in sorted(cards(name).items())
    ]
    return {"all": hashlib.sha256(repr(shapes).encode()).hexdigest()}


def _measure(part: str) -> dict[str, Any]:
    models = ",".join([*_models()[1:], _MEASURE])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speed.json"
        command = [sys.executable, str(ROOT / "benchmarks" / "inference.py"), "--models", models, "--json", str(file)]
        subprocess.run(command, check=True)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {
        "threads": found["threads"],
        "gflops": round(found["peak"] / 1e9),
        "rows": [row | {"seconds": round(row["seconds"], 4)} for row in found["rows"]],
    }


SPEED = Measurement("speed", _parts, _measure, needs="two cores with nothing else to do")


def seconds_of() -> dict[tuple[str, str, int], float]:
    """Seconds per megapixel of the result, by model, engine and scale."""
    rows = SPEED.values()["all"]["rows"]
    return {(row["model"], row["engine"], row["scale"]): row["seconds"] for row in rows}


def draw() -> str:
    """Seconds per megapixel by model and engine, and how many times as fast as SRCNN 9-5-5, at x2, x3 and x4."""
    values, seconds = SPEED.values()["all"], seconds_of()

    def cells(model: str, engine: str, scale: int) -> str:
        found = seconds.get((model, engine, scale))
        return "-" if found is None else f"{found:.3f}"

    def faster(model: str, scale: int) -> str:
        own, measure = (seconds.get((name, "onnxruntime", scale)) for name in (model, _MEASURE))
        return "-" if own is None or measure is None else f"{measure / own:.{0 if measure / own >= 9.5 else 1}f}"

    def row(model: str) -> Row:
        aliases = "".join(f" (`{alias}`)" for alias, name in ALIASES.items() if name == model)
        by_engine = [" / ".join(cells(model, engine, scale) for scale in SCALES) for engine in _ENGINES]
        return (f"`{model}`{aliases}", *by_engine, " / ".join(faster(model, scale) for scale in SCALES))

    heading = (f"{values['threads']} threads, {values['gflops']} GFlop/s", *_ENGINES.values(), "speed-up")
    return table(heading, [row(_MEASURE), *(row(resolve(alias)) for alias in reversed(ALIASES))])
