"""Pickled methods, as pools of processes send them with every task: a name instead of megabytes of weights."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srcnn.methods.base import Method, Options


class Reopened:
    """A method that is pickled as its origin, if `remember_origin` recorded one, or else with all its data."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        origin = self.__dict__.get("_origin")
        return super().__reduce_ex__(protocol) if origin is None else (reopen, origin)


def remember_origin(method: Reopened, name: str, scale: int, options: "Options") -> None:
    """Record the shipped model and the options that a method was loaded from.

    Parameters
    ----------
    method : Reopened
        That was loaded.
    name, scale, options : str
        What it was loaded by.
    """
    object.__setattr__(method, "_origin", (name, scale, options))


@lru_cache(maxsize=8)
def reopen(name: str, scale: int, options: "Options") -> "Method":
    """The method of a pickle, loaded once per process.

    Parameters
    ----------
    name, scale, options : str
        What it was loaded by.

    Returns
    -------
    Method
        The same method.
    """
    from srcnn.methods import load_with

    return load_with(name, scale, options)
