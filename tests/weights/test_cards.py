"""The cards of the shipped models: what made each is here, as it was."""

import hashlib
from pathlib import Path

import pytest

from srcnn import weights
from srcnn.weights import Entry

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("entry", weights.entries(), ids=lambda entry: entry.path.stem)
def test_recipe_is_the_one_that_made_the_model(entry: Entry) -> None:
    assert hashlib.sha256((RECIPES / entry.card.recipe).read_bytes()).hexdigest() == entry.card.recipe_sha256


@pytest.mark.parametrize("name", sorted({entry.card.name for entry in weights.entries()}))
def test_every_model_is_there_for_every_scale(name: str) -> None:
    scales = [entry.card.scale for entry in weights.entries() if entry.card.name == name]
    # For the paper's first filters and its curve, which are of x3.
    assert scales == ([3] if name == "srcnn-9-5-5-paper" else [2, 3, 4])
