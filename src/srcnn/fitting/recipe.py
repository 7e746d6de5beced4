"""What a recipe for fitting an example-based model is, and what fitting gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from srcnn.recipes import check

SCALES = (2, 3, 4)
Progress = Callable[[float, str], None]
"""Called now and then with the share of the work that is done, 0 to 1, and words for what is being done."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What all recipes say: which method, at which scale, from which images. Each method adds its own keys."""

    method: str
    scale: int
    data: tuple[str, ...] = ("T91",)  # folders of images
    seed: int = 0

    def __post_init__(self) -> None:
        check(self.scale in SCALES, "scale", f"one of {', '.join(map(str, SCALES))}", self.scale)
        check(bool(self.data), "data", "at least one folder", self.data)
        check(0 <= self.seed < 2**63, "seed", f"from 0 to {2**63 - 1}", self.seed)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model, ready to be stored."""

    arrays: dict[str, NDArray[Any]]
    architecture: str  # for the card, e.g. "1024 anchors, 30 features"
    parameters: int  # numbers that were fitted
    notes: str = ""


def silent(done: float, text: str) -> None:
    """The progress callback that shows nothing.

    Parameters
    ----------
    done : float
        The part that is done, 0 to 1.
    text : str
        What is being done.
    """
