"""The cost of a method in multiplications per pixel of the result, which is independent of the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.errors import SrcnnError
from srcnn.methods import resolve
from srcnn.methods.base import TTA
from srcnn.methods.dictionary import take_neighbours
from srcnn.methods.model_file import is_file
from srcnn.methods.network import read_network
from srcnn.weights import npz

_ORIENTATIONS = 8  # passes of a self-ensemble


@dataclass(frozen=True)
class Cost:
    """Multiplications per pixel of the result, in single and in double precision."""

    single: float
    double: float = 0.0

    @property
    def all(self) -> float:
        """The sum of both."""
        return self.single + self.double


def cost(name: str, scale: int) -> Cost | None:
    """Count the essential multiplications of a method.

    For a network these are those of its convolutions.
    For an example-based method they are those of its matrix products on windows one LR pixel apart (for SC without the
    iterations of sparse coding).
    Bicubic upscaling, with which most methods start, is counted only for bicubic itself.

    Parameters
    ----------
    name : str
        As `srcnn.methods.load` takes it.
    scale : int
        Upscaling factor.

    Returns
    -------
    Cost or None
        None for a plugin method, whose cost is unknown, and for a network whose card does not say.
    """
    known = resolve(name)
    if known.endswith(TTA):
        alone = cost(known.removesuffix(TTA), scale)
        return alone and Cost(_ORIENTATIONS * alone.single, _ORIENTATIONS * alone.double)
    if known == "bicubic":
        return Cost(4 + 4 / scale)  # four taps along the columns, after four along the rows of the low-resolution image
    if known in _EXAMPLE_BASED or weights.is_fitted_file(known):
        arrays, card = npz.open_model(weights.find(known, scale))
        return _EXAMPLE_BASED[card.name](arrays, scale) if card.name in _EXAMPLE_BASED else None
    if is_file(known) or any((entry.card.name, entry.kind) == (known, "onnx") for entry in weights.entries()):
        _, card = read_network(known, scale)
        return Cost(card.multiplications) if card.multiplications else None
    return None


def cost_or_none(name: str, scale: int) -> float | None:
    """The total number of multiplications; None also if the model cannot be read any more.

    Parameters
    ----------
    name : str
        As `srcnn.methods.load` takes it.
    scale : int
        Upscaling factor.

    Returns
    -------
    float or None
        For one pixel of the result.
    """
    try:
        counted = cost(name, scale)
    except SrcnnError:
        return None
    return counted.all if counted else None


Arrays = Mapping[str, NDArray[Any]]


def _atoms(arrays: Arrays) -> tuple[int, int]:
    """How many atoms of how many features."""
    n, width = npz.take(arrays, "atoms", np.int16, (None, None)).shape
    return n, width


def _anchored(arrays: Arrays, scale: int) -> Cost:
    area, (atoms, width) = scale**2, _atoms(arrays)
    return Cost(width * (atoms + 9 * area) / area, width * 36)


def _ne_lle(arrays: Arrays, scale: int) -> Cost:
    area, (atoms, width) = scale**2, _atoms(arrays)
    neighbours, _ = take_neighbours(arrays, atoms)
    local = neighbours**2 * width + neighbours**3 / 3 + neighbours * 9 * area
    return Cost(width * atoms / area, width * 36 + local / area)


def _sc(arrays: Arrays, scale: int) -> Cost:
    halves = [npz.take(arrays, name, np.float16, (None, None)).size for name in ("low", "high")]
    return Cost(sum(halves) / scale**2)


def _kk(arrays: Arrays, scale: int) -> Cost:
    matrices = [npz.take(arrays, name, np.float16, (None, None)).size for name in ("basis", "coefficients")]
    return Cost(float(sum(matrices) + npz.take(arrays, "estimate", np.float16, (None,)).size))


_EXAMPLE_BASED = {"sc": _sc, "ne-lle": _ne_lle, "kk": _kk, "anr": _anchored, "a+": _anchored}
