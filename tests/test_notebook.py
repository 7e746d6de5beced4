"""The example notebook runs from top to bottom, and what it shows is stored in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.tables.notebook import NOTEBOOK, run


def code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell["outputs"]:
        yield "".join(output.get("text") or output["data"]["text/plain"])


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return run(NOTEBOOK)


def test_every_cell_runs_and_shows_what_is_stored(made: dict[str, Any]) -> None:
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for ran, kept in zip(code(made), code(stored), strict=True):
        source = "".join(kept["source"])
        assert [output["output_type"] for output in ran["outputs"]] == [o["output_type"] for o in kept["outputs"]], (
            source
        )
        # Figures of a model may differ in their last digit on another processor.
        assert [len(text.split()) for text in texts(ran)] == [len(text.split()) for text in texts(kept)], source
        assert kept["execution_count"] == ran["execution_count"], source


def test_images_show_themselves(made: dict[str, Any]) -> None:
    images = [output for cell in code(made) for output in cell["outputs"] if "image/png" in output.get("data", {})]
    assert len(images) >= 4


def test_it_is_small_enough_to_be_read_on_a_page() -> None:
    assert NOTEBOOK.stat().st_size < 1_500_000
