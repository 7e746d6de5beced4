"""Recipe and images → fitted example-based model → weight file with its card.

``srcnn train recipes/a+_x3.toml --data FOLDER`` ends here.
A recipe is a TOML file with a ``method``; its other keys are the fields of that method's recipe class.
"""

import difflib
import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from srcnn import weights
from srcnn.errors import DataError, OptionError
from srcnn.files.formats import is_image
from srcnn.image.arrays import Floats, to_floats
from srcnn.image.colour import luma_bytes
from srcnn.methods import anchored, kernel_fit, neighbour_embedding, sparse_fit
from srcnn.methods.recipe import Fitted, Progress, Recipe, silent
from srcnn.weights import Entry, npz
from srcnn.weights.card import Card

SCALES = (2, 3, 4)


@dataclass(frozen=True)
class Fitter:
    """How a method is fitted: the class of its recipe, and ``fit(lumas, recipe, progress)``."""

    recipe: type[Recipe]
    fit: Callable[[Sequence[Floats], Any, Progress], Fitted]


FITTERS: dict[str, Fitter] = {
    "sc": Fitter(sparse_fit.ScRecipe, sparse_fit.fit_sc),
    "ne-lle": Fitter(neighbour_embedding.NeLleRecipe, neighbour_embedding.fit_ne_lle),
    "kk": Fitter(kernel_fit.KkRecipe, kernel_fit.fit_kk),
    "anr": Fitter(anchored.AnrRecipe, anchored.fit_anr),
    "a+": Fitter(anchored.APlusRecipe, anchored.fit_a_plus),
}
"""The methods that can be fitted."""


def fit(recipe: Path, folder: Path, progress: Progress = silent, *, out: Path = weights.FOLDER) -> Entry:
    """Fit the model of a recipe and store it.

    Parameters
    ----------
    recipe : Path
        TOML file, e.g. ``recipes/a+_x3.toml``.
    folder : Path
        Either the folder that holds the training sets that the recipe's ``data`` names, or itself a folder of images.
    progress : callable
        Told the share of the work done (0 to 1) and what is being done.
    out : Path
        Where the weight file and its line of the index go.

    Returns
    -------
    Entry
        The stored model. The same recipe, images and number of threads give the same file.

    Raises
    ------
    OptionError
        If the recipe has an unknown key, or a value of the wrong kind.
    DataError
        If the recipe cannot be read, or there are no images.
    """
    text = _read(recipe)
    settings = parse_recipe(text.decode(), recipe.name)
    progress(0.0, "reading images")
    paths = training_images(folder, settings.data)
    fitted = FITTERS[settings.method].fit([read_luma(path) for path in paths], settings, progress)
    card = Card(
        name=settings.method,
        scale=settings.scale,
        architecture=fitted.architecture,
        parameters=fitted.parameters,
        training_data=settings.data,
        training_data_sha256=images_sha256(paths),
        recipe=recipe.name,
        recipe_sha256=hashlib.sha256(text).hexdigest(),
        seed=settings.seed,
        notes=fitted.notes,
    )
    progress(1.0, "storing the model")
    return weights.write(npz.pack(fitted.arrays, card), card, "npz", out)


def load_recipe(path: Path) -> Recipe:
    """Read the recipe of an example-based method."""
    return parse_recipe(_read(path).decode(), path.name)


def parse_recipe(text: str, name: str = "recipe") -> Recipe:
    """Make a recipe from TOML.

    Raises
    ------
    OptionError
        If it is not TOML, names no method that can be fitted, or has a key or a value that the method does not know.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"{name} is not a TOML file: {error}") from error
    method = values.get("method")
    if not isinstance(method, str) or method not in FITTERS:
        raise OptionError(f"{name}: method must be one of {', '.join(FITTERS)}, got {method!r}")
    kind = FITTERS[method].recipe
    types = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
            raise OptionError(
                f"{name}: unknown key {key!r} for method {method!r}; the nearest is {near!r}, all are: "
                f"{', '.join(known)}"
            )
    if values.get("scale") not in SCALES:
        raise OptionError(f"{name}: scale must be one of {', '.join(map(str, SCALES))}, got {values.get('scale')!r}")
    return kind(**{key: _checked(value, types[key], f"{name}: {key}") for key, value in values.items()})


def training_images(folder: Path, sets: tuple[str, ...]) -> list[Path]:
    """The images below ``folder`` of the named sets, sorted within each; those of ``folder`` itself if it holds none of
    the sets.

    Raises
    ------
    DataError
        If there is no image.
    """
    below = [folder / name for name in sets]
    folders = below if any(path.is_dir() for path in below) else [folder]
    found = []
    for place in folders:
        here = sorted(p for p in place.iterdir() if is_image(p)) if place.is_dir() else []
        if not here:
            raise DataError(
                f"no training images in {place}; give the folder that holds {', '.join(sets)}, or a folder of images"
            )
        found += here
    return found


def images_sha256(paths: Sequence[Path]) -> str:
    """Hash of the files' bytes, in the given order."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read_luma(path: Path) -> Floats:
    """The protocol's luma of an image file: rounded to 8 bits, then / 255 as float32."""
    from srcnn.files.io import read_image

    pixels = read_image(path).pixels
    if pixels.dtype != np.uint8:
        raise DataError(f"training images must have 8 bits a channel, {path.name} has {8 * pixels.itemsize}")
    return to_floats(luma_bytes(pixels))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the recipe {path}: {error.strerror}") from error


def _checked(value: object, kind: Any, name: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind == tuple[str, ...]:
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise OptionError(f"{name} must be a list of names, got {value!r}")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise OptionError(f"{name} must be of type {kind.__name__}, got {value!r}")
    return value
