"""The example notebook, run without Jupyter: cell after cell, and what each shows is stored in it."""

import ast
import base64
import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.tables.fingerprints import of_models
from scripts.tables.measured import ROOT, Measurement
from srcnn.automatic import CLEAN, WORN
from srcnn.methods import resolve

NOTEBOOK = ROOT / "examples" / "upscaling.ipynb"
_SCALES = (2, 3)  # that it upscales by


def run(path: Path) -> dict[str, Any]:
    """Run all cells in the notebook's folder; the notebook with what they show."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    with _inside(path.parent):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                cell["execution_count"] = count
                cell["outputs"] = _outputs("".join(cell["source"]), names, count)
    return notebook


def _outputs(code: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Run a cell: what it prints, and the value of its last line."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())})
    if value is not None:
        shown = {"data": _shown(value), "execution_count": count, "metadata": {}, "output_type": "execute_result"}
        outputs.append(shown)
    return outputs


def _shown(value: Any) -> dict[str, Any]:
    """What a notebook shows of a value, by the methods that it asks for."""
    data: dict[str, Any] = {"text/plain": _lines(repr(value))}
    if hasattr(value, "_repr_png_"):
        data["image/png"] = base64.b64encode(value._repr_png_()).decode()
    if hasattr(value, "_repr_markdown_"):
        data["text/markdown"] = _lines(value._repr_markdown_())
    return data


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _parts() -> dict[str, str]:
    used = (resolve(CLEAN), resolve(WORN))
    return {NOTEBOOK.name: " ".join(of_models(used, scale) for scale in _SCALES)}


def _measure(part: str) -> str:
    """Run the notebook and store it; how many cells showed something."""
    notebook = run(NOTEBOOK)
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shown = [cell for cell in notebook["cells"] if cell.get("outputs")]
    return f"{len(shown)} cells with outputs"


EXAMPLE = Measurement("notebook", _parts, _measure)
