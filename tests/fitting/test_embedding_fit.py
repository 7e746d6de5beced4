"""Fitting NE+LLE."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.fitting.embedding_fit import NeLleRecipe, fit_ne_lle
from srcnn.fitting.recipe import silent
from srcnn.methods.neighbour_embedding import read
from srcnn.weights import npz
from srcnn.weights.card import Card


def image(rows: int, columns: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def test_a_fitted_model_is_stored_and_read(tmp_path: Path) -> None:
    recipe = NeLleRecipe(method="ne-lle", scale=2, atoms=30, iterations=1, neighbours=5, ridge=1e-3)
    fitted = fit_ne_lle([image(40, 50)], recipe, silent)
    card = Card(name="ne-lle", scale=2, architecture=fitted.architecture, parameters=fitted.parameters)
    entry = weights.write(npz.pack(fitted.arrays, card), card, "npz", tmp_path)
    method = read(entry)
    assert (method.neighbours, method.ridge, method.scale, method.name) == (5, 1e-3, 2, "ne-lle")
    assert fitted.parameters == method.dictionary.parameters
    assert method.upscale(image(9, 9)).shape == (18, 18)
