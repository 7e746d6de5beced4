"""Settings as they come through Python's door.

What each must be is said once, and a wrong one is an `OptionError` that names the argument.
"""

import math
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import Any

from srcnn.errors import OptionError

Number = int | float | Fraction


def whole(name: str, value: object, *, at_least: int = 1, at_most: int | None = None) -> int:
    """A whole number in a range: an int, one of NumPy's, or a float or Fraction that is whole.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.
    at_least, at_most : int
        The range; no upper end where ``at_most`` is None.

    Returns
    -------
    int
        The number.

    Raises
    ------
    OptionError
        If it is no such number.
    """
    span = f"of at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
    found = _number(value)
    is_whole = found is not None and (not isinstance(found, float) or math.isfinite(found)) and found == int(found)
    if found is not None and is_whole and found >= at_least and (at_most is None or found <= at_most):
        return int(found)
    raise OptionError(f"{name} must be a whole number {span}, got {shown(value)}")


def positive(name: str, value: object, *, at_most: float | None = None) -> Number:
    """A number above 0: an int, a float, a Fraction, or a whole number of NumPy's.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.
    at_most : float, optional
        The upper end of the range.

    Returns
    -------
    Number
        The number as it came; NumPy's as int.

    Raises
    ------
    OptionError
        If it is no such number.
    """
    found = _number(value)
    if found is None or not found > 0:
        raise OptionError(f"{name} must be a positive number (int, float or Fraction), got {shown(value)}")
    if at_most is not None and not found <= at_most:
        raise OptionError(f"{name} must be at most {at_most:g}, got {shown(value)}")
    if found == math.inf:
        raise OptionError(f"{name} must be finite, got {shown(value)}")
    return found


def choice(name: str, value: object, names: Sequence[str]) -> str:
    """One of several words.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.
    names : sequence of str
        The words.

    Returns
    -------
    str
        The word.

    Raises
    ------
    OptionError
        If it is none of them.
    """
    if not isinstance(value, str) or value not in names:
        raise OptionError(f"{name} must be one of {', '.join(names)}, got {shown(value)}")
    return value


def flag(name: str, value: object) -> bool:
    """Whether something is so; words such as "no" would count as yes.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.

    Returns
    -------
    bool
        True for NumPy's as well.

    Raises
    ------
    OptionError
        If it is neither True nor False.
    """
    if type(value).__name__ in ("bool", "bool_"):  # NumPy's, which need not be loaded
        return bool(value)
    raise OptionError(f"{name} must be True or False, got {shown(value)}")


def function(name: str, value: object) -> None:
    """See that something can be called, or is None.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.

    Raises
    ------
    OptionError
        If it is neither.
    """
    if value is not None and not callable(value):
        raise OptionError(f"{name} must be a function, got {shown(value)}")


def names(name: str, value: object) -> tuple[str, ...]:
    """Several names.

    Parameters
    ----------
    name : str
        What the caller calls this argument.
    value : str or iterable of str
        One text with commas between the names, or several texts.

    Returns
    -------
    tuple of str
        At least one, without blanks around it.

    Raises
    ------
    OptionError
        If there is no name, or something else than a text among them.
    """
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, Iterable):
        raise OptionError(f"{name} must be names, in one text with commas or in a list, got {shown(value)}")
    found = tuple(text(name, word, "a name or a list of names").strip() for word in value)
    found = tuple(word for word in found if word)
    if not found:
        raise OptionError(f"{name} is empty; give names separated by commas")
    return found


def text(name: str, value: object, what: str) -> str:
    """A name, or the path of a file as text or as a path; ``what`` says of what.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : object
        What was given.
    what : str
        What it should be, for the error.

    Returns
    -------
    str
        The text.

    Raises
    ------
    OptionError
        If it is neither text nor path.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise OptionError(f"{name} must be {what}, got {shown(value)}")
    return value


def paths(name: str, value: object) -> tuple[Path, ...]:
    """Paths of files.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : path or iterable of path
        One or several.

    Returns
    -------
    tuple of Path
        In their order.

    Raises
    ------
    OptionError
        If something else is among them.
    """
    return tuple(Path(text(name, path, "the path of a file, or several")) for path in _several(value))


def wholes(name: str, value: object, *, at_least: int = 1) -> tuple[int, ...]:
    """Whole numbers.

    Parameters
    ----------
    name : str
        What the caller calls the argument.
    value : int or iterable of int
        One or several, each as `whole` takes it.
    at_least : int
        The smallest.

    Returns
    -------
    tuple of int
        In their order.

    Raises
    ------
    OptionError
        If something else is among them.
    """
    return tuple(whole(name, number, at_least=at_least) for number in _several(value))


def shown(value: object) -> str:
    """A value in an error: on one line and not too long.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        At most 80 characters.
    """
    try:
        words = " ".join(repr(value).split())
    except ValueError:  # a number of more digits than Python writes
        words = f"a number of type {type(value).__name__}"
    return words if len(words) <= 80 else f"{words[:77]}..."


def _several(value: Any) -> tuple[object, ...]:
    """What an iterable gives; anything else, a text and a path too, is one thing."""
    if isinstance(value, (str, bytes, os.PathLike)):
        return (value,)
    try:
        return tuple(value)
    except TypeError:
        return (value,)


def _number(value: object) -> Number | None:
    # NumPy's float32 is left out on purpose: 1.1 in it is another number than 1.1, and sizes are computed exactly.
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Fraction)):
        return value
    return int(value) if isinstance(value, Integral) else None
