"""Methods in pickles, as pools of processes send them with every task: a name to open again instead of megabytes of
weights.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srcnn.methods.base import Method, Options


class Reopened:
    """A method that, once `remember_origin` has told where it came from, is pickled as that; otherwise as all that it
    holds.
    """

    def __reduce_ex__(self, protocol: Any) -> Any:
        origin = self.__dict__.get("_origin")
        return super().__reduce_ex__(protocol) if origin is None else (reopen, origin)


def remember_origin(method: Reopened, name: str, scale: int, options: "Options") -> None:
    """Note the model that came with srcnn, and the options, that a method was made of.

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
    """The method of a pickle; one for all tasks of a process that ask for the same.

    Parameters
    ----------
    name, scale, options : str
        What it was loaded by.

    Returns
    -------
    Method
        The same method.
    """
    from srcnn.methods import load

    return load(
        name,
        scale,
        threads=options.threads,
        engine=options.engine,
        tile=options.tile,
        noise=options.wear.noise,
        jpeg_quality=options.wear.quality,
    )
