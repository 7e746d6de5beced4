"""Fitting NE+LLE, whose model is the dictionary (`srcnn.methods.neighbour_embedding`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srcnn.fitting.dictionary_fit import DictionaryRecipe, fit_dictionary
from srcnn.fitting.recipe import Fitted, Progress
from srcnn.image.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class NeLleRecipe(DictionaryRecipe):
    """How NE+LLE is fitted."""

    neighbours: int = 24
    ridge: float = 1e-4  # on the diagonal, as a share of the trace


def fit_ne_lle(images: Sequence[Floats], recipe: NeLleRecipe, progress: Progress) -> Fitted:
    """Fit NE+LLE: its model is the dictionary.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : NeLleRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Fitted
        Dictionary, number of neighbours and ridge.

    Raises
    ------
    DataError
        As `fit_dictionary`.
    """
    dictionary = fit_dictionary(images, recipe, progress)
    return Fitted(
        {**dictionary.arrays(), "neighbours": np.array(recipe.neighbours), "ridge": np.array(recipe.ridge)},
        f"{len(dictionary.atoms)} atoms of {dictionary.projection.width} features, {recipe.neighbours} neighbours",
        dictionary.parameters,
    )
