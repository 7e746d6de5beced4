"""The one reader of recipes: TOML files whose keys are the fields of a dataclass.

Recipes of networks (`srcnn.training.config`) and of example-based models (`srcnn.fitting.fit`) are read, checked and
overridden in the same way.
"""

import difflib
import hashlib
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from srcnn.errors import OptionError
from srcnn.options import shown

T = TypeVar("T")

RUNS = Path("runs")
"""Where runs go; paths in recipes are relative to the working directory, as this one is."""


def run_folder(recipe: Path) -> Path:
    """Where what a recipe makes goes unless it is told otherwise.

    Parameters
    ----------
    recipe : path
        The TOML file.

    Returns
    -------
    path
        Below the working directory.
    """
    return RUNS / recipe.stem


def read_recipe(path: Path) -> dict[str, Any]:
    """The keys and values of a recipe, as they stand in the file.

    Parameters
    ----------
    path : path
        The TOML file.

    Returns
    -------
    dict
        Plain values.

    Raises
    ------
    OptionError
        If it cannot be read, or is no TOML. The nearest name in the folder is told where there is no such file.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.toml")], n=1)
        hint = f"; did you mean {near[0]}?" if near and near[0] != path.name else ""
        raise OptionError(f"cannot read the recipe {path}: {error.strerror}{hint}") from error
    except ValueError as error:  # of TOML, of UTF-8, or of a number with more digits than Python reads
        raise OptionError(f"{path} is not a valid TOML file: {error}") from error


def load(path: Path, make: Callable[[dict[str, Any]], T], **overrides: Any) -> T:
    """Read a recipe and ``make`` of its values what they describe; ``overrides`` win over what it says.

    Parameters
    ----------
    path : path
        The TOML file.
    make : callable
        Takes the values as a dictionary.
    **overrides
        Values by their keys.

    Returns
    -------
    object
        What ``make`` gives.

    Raises
    ------
    OptionError
        As `read_recipe` and as ``make``, the file's name before it.
    """
    values = read_recipe(path)
    try:
        return make({**values, **overrides})
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from error


def build(kind: type[T], values: Mapping[str, Any]) -> T:
    """An instance of a dataclass from plain values, checking every key and the type of every value.

    What else a value must be, the dataclass checks itself when it is made.

    Parameters
    ----------
    kind : type
        The dataclass.
    values : mapping
        Of TOML or of a checkpoint: numbers, texts, lists.

    Returns
    -------
    object
        A ``kind``.

    Raises
    ------
    OptionError
        If a key is unknown (the nearest right one is named) or missing, or a value is of the wrong type.
    """
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? The" if near else "the"
            raise OptionError(f"unknown key {key!r}; {hint} keys are: {', '.join(known)}")
        checked[key] = _converted(key, value, hints[key])
    for f in fields(kind):  # type: ignore[arg-type]
        if f.name not in checked and f.default is MISSING and f.default_factory is MISSING:
            raise OptionError(f"{f.name} is missing; every recipe needs it")
    return kind(**checked)


def recipe_sha256(path: Path) -> str:
    """SHA-256 of a recipe file, as it stands on the card of the model it made.

    Parameters
    ----------
    path : path
        The TOML file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(right: bool, key: str, expected: str, value: object) -> None:
    """See that a value is right.

    Parameters
    ----------
    right : bool
        Whether it is.
    key : str
        What it is called.
    expected : str
        What it must be.
    value : object
        What it is.

    Raises
    ------
    OptionError
        If it is not.
    """
    if not right:
        raise OptionError(f"{key} must be {expected}, got {shown(value)}")


def _converted(key: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        if not isinstance(value, list | tuple):
            raise OptionError(f"{key} must be a list, got {shown(value)}")
        return tuple(_converted(key, v, item) for v in value)
    if get_origin(kind) is Literal:
        return value  # checked with its own words when the dataclass is made
    if kind == float | None:
        return None if value is None else _converted(key, value, float)
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OptionError(f"{key} must be a number, got {shown(value)}")
        if not abs(value) <= sys.float_info.max:
            raise OptionError(f"{key} must be a finite number, got {shown(value)}")
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise OptionError(f"{key} must be {_KINDS[kind]}, got {shown(value)}")
    return value


_KINDS = {int: "a whole number", str: "a text", bool: "true or false"}
