"""Recipe and images → fitted example-based model → weight file with its card.

``srcnn train recipes/a+_x3.toml --data FOLDER`` ends here.
A recipe is a TOML file with a ``method``; its other keys are the fields of that method's recipe class.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn import recipes
from srcnn.errors import DataError, OptionError, reason
from srcnn.files.atomic import write_bytes
from srcnn.files.digest import files_sha256
from srcnn.fitting import anchored_fit, embedding_fit, kernel_fit, sparse_fit
from srcnn.fitting.images import read_luma, training_images
from srcnn.fitting.recipe import Fitted, Progress, Recipe, silent
from srcnn.image.arrays import Floats
from srcnn.weights import Entry, npz
from srcnn.weights.card import Card

MODEL = "model.npz"


@dataclass(frozen=True)
class Fitter:
    """How a method is fitted: the class of its recipe, and ``fit(lumas, recipe, progress)``."""

    recipe: type[Recipe]
    fit: Callable[[Sequence[Floats], Any, Progress], Fitted]


FITTERS: dict[str, Fitter] = {
    "sc": Fitter(sparse_fit.ScRecipe, sparse_fit.fit_sc),
    "ne-lle": Fitter(embedding_fit.NeLleRecipe, embedding_fit.fit_ne_lle),
    "kk": Fitter(kernel_fit.KkRecipe, kernel_fit.fit_kk),
    "anr": Fitter(anchored_fit.AnrRecipe, anchored_fit.fit_anr),
    "a+": Fitter(anchored_fit.APlusRecipe, anchored_fit.fit_a_plus),
}
"""The methods that can be fitted."""


def fit(recipe: Path, folder: Path, out: Path, progress: Progress = silent, **overrides: Any) -> Entry:
    """Fit the model of a recipe and store it.

    Parameters
    ----------
    recipe : Path
        TOML file, e.g. ``recipes/a+_x3.toml``.
    folder : Path
        Either the folder that holds the training sets that the recipe's ``data`` names, or itself a folder of images.
    out : Path
        Folder for the weight file, `MODEL`; it is made if need be.
    progress : callable
        Told the share of the work done (0 to 1) and what is being done.
    **overrides
        Values that win over the recipe's, such as ``scale`` and ``seed``.

    Returns
    -------
    Entry
        The stored model. The same recipe, images and number of threads give the same file.

    Raises
    ------
    OptionError
        If the recipe cannot be read, has an unknown key, or a value of the wrong kind.
    DataError
        If there are no images, or ``out`` cannot be made.
    """
    settings = load_recipe(recipe, **overrides)
    progress(0.0, "reading images")
    paths = training_images(folder, settings.data)
    fitted = FITTERS[settings.method].fit([read_luma(path) for path in paths], settings, progress)
    card = Card(
        name=settings.method,
        scale=settings.scale,
        architecture=fitted.architecture,
        parameters=fitted.parameters,
        training_data=settings.data,
        training_data_sha256=files_sha256(paths),
        recipe=recipe.name,
        recipe_sha256=recipes.recipe_sha256(recipe),
        seed=settings.seed,
        notes=fitted.notes,
    )
    progress(1.0, "storing the model")
    data = npz.pack(fitted.arrays, card)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {out}: {reason(error)}") from error
    write_bytes(out / MODEL, data)
    return Entry(out / MODEL, hashlib.sha256(data).hexdigest(), card)


def load_recipe(path: Path, **overrides: Any) -> Recipe:
    """Read the recipe of an example-based method.

    Parameters
    ----------
    path : path
        The TOML file.
    **overrides
        Values that win over the file's.

    Returns
    -------
    Recipe
        Of the method's own class.

    Raises
    ------
    OptionError
        If it cannot be read, names no method that can be fitted, or has a key or a value that the method does not know.
    """
    return recipes.load(path, recipe_from, **overrides)


def recipe_from(values: dict[str, Any]) -> Recipe:
    """Make the recipe of an example-based method of plain values, checking every key and kind.

    Parameters
    ----------
    values : dict of str to object
        The recipe's keys, ``method`` among them.

    Returns
    -------
    Recipe
        Of the method's own class.

    Raises
    ------
    OptionError
        If there is no such method, or a key or a value is not one of its recipe.
    """
    method = values.get("method")
    if not isinstance(method, str) or method not in FITTERS:
        raise OptionError(f"method must be one of {', '.join(FITTERS)}, got {method!r}")
    return recipes.build(FITTERS[method].recipe, values)
