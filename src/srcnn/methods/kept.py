"""Methods that stay open for the next image: loading one takes longer than a small image does."""

from pathlib import Path

from srcnn.engine.kept import Kept
from srcnn.methods import load_with
from srcnn.methods.base import TTA, Method, Options
from srcnn.methods.model_file import is_file

_COUNT = 8  # a model at three scales, "auto" with another one, and the ones before

_Key = tuple[str, int, Options, tuple[int, int]]


class KeptMethods:
    """Methods by their name, scale and options; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: Kept[_Key, Method] = Kept(lambda key: load_with(*key[:3]), _COUNT)

    def of(self, name: str, scale: int, options: Options) -> Method:
        """A method, opened now or earlier.

        Parameters
        ----------
        name : str
            A model's name or the path of its file; a file that has changed is opened again.
        scale : int
            Upscaling factor.
        options : Options
            How it computes.

        Returns
        -------
        Method
            Ready for use.
        """
        return self._kept.of((name, scale, options, _stamp(name)))

    def close(self) -> None:
        """Let all of them go; one that is in use stays until its use ends."""
        self._kept.clear()


SHARED = KeptMethods()
"""Those of `srcnn.upscale` and of everything that is given no others."""


def _stamp(name: str) -> tuple[int, int]:
    """What tells one state of a model's file from another."""
    name = name.removesuffix(TTA)
    if not is_file(name):
        return 0, 0
    found = Path(name).stat()
    return found.st_mtime_ns, found.st_size
