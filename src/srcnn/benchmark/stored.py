"""Values of a stored JSON file, each of the kind that it must be; a `ValueError` says what came instead."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

from srcnn.options import shown

T = TypeVar("T")


def number(value: object) -> float:
    """A number, which may be infinite.

    Parameters
    ----------
    value : object
        As it was stored.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        found = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:
        found = math.nan
    if math.isnan(found):
        raise ValueError(f"expected a number, got {shown(value)}")
    return found


def finite(value: object) -> float:
    """A number that can be drawn.

    Parameters
    ----------
    value : object
        As it was stored.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ValueError
        If it is none, or infinite.
    """
    found = number(value)
    if math.isinf(found):
        raise ValueError(f"expected a finite number, got {shown(value)}")
    return found


def whole(value: object) -> int:
    """A whole number.

    Parameters
    ----------
    value : object
        As it was stored.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {shown(value)}")
    return value


def text(value: object) -> str:
    """A text.

    Parameters
    ----------
    value : object
        As it was stored.

    Returns
    -------
    str
        The text.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected a text, got {shown(value)}")
    return value


def listed(value: object, kind: Callable[[Any], T]) -> tuple[T, ...]:
    """A list.

    Parameters
    ----------
    value : object
        As it was stored.
    kind : callable
        What each of its values must be, as the functions here say it.

    Returns
    -------
    tuple
        Its values.

    Raises
    ------
    ValueError
        If it is none, or a value of it is of another kind.
    """
    if not isinstance(value, list):
        raise ValueError(f"expected a list, got {shown(value)}")
    return tuple(kind(item) for item in value)


def table(value: object, kind: Callable[[Any], T]) -> dict[str, T]:
    """Values by names.

    Parameters
    ----------
    value : object
        As it was stored.
    kind : callable
        What each of its values must be, as the functions here say it.

    Returns
    -------
    dict of str to object
        In the order in which they were stored.

    Raises
    ------
    ValueError
        If it is no such thing, or a value of it is of another kind; the text has its name.
    """
    if not isinstance(value, dict):
        raise ValueError(f"expected values by names, got {shown(value)}")
    found: dict[str, T] = {}
    for name, item in value.items():
        try:
            found[name] = kind(item)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return found
