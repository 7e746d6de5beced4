"""What a method costs in multiplications for one pixel of its result: a figure that no machine changes."""

from dataclasses import dataclass

from srcnn import weights
from srcnn.errors import SrcnnError
from srcnn.methods import is_file, resolve
from srcnn.methods.base import TTA
from srcnn.methods.network import read_network
from srcnn.weights import npz

_ORIENTATIONS = 8  # of a self-ensemble


@dataclass(frozen=True)
class Cost:
    """Multiplications for a pixel of the result, in single and in double precision."""

    single: float
    double: float = 0.0

    @property
    def all(self) -> float:
        """Both together."""
        return self.single + self.double


def cost(name: str, scale: int) -> Cost | None:
    """Count the multiplications that a method cannot do without.

    Of a network those of its convolutions; of an example-based method those of its matrix products on windows one small
    pixel apart (for SC without the iterations of its codes).
    Enlargement by bicubic, which most begin with, is counted for bicubic alone.

    Parameters
    ----------
    name : str
        As `srcnn.methods.load` takes it.
    scale : int
        Upscaling factor.

    Returns
    -------
    Cost or None
        None for a method that another package brings, which this one cannot look into, and for a network whose card
        does not say.
    """
    known = resolve(name)
    if known.endswith(TTA):
        alone = cost(known.removesuffix(TTA), scale)
        return alone and Cost(_ORIENTATIONS * alone.single, _ORIENTATIONS * alone.double)
    if known == "bicubic":
        return Cost(
            4 + 4 / scale
        )  # four taps down the columns, before that four along the rows of the low-resolution image
    if known in _EXAMPLE_BASED:
        return _EXAMPLE_BASED[known](scale)
    if is_file(known) or any((entry.card.name, entry.kind) == (known, "onnx") for entry in weights.entries()):
        _, card = read_network(known, scale)
        return Cost(card.multiplications) if card.multiplications else None
    return None


def cost_or_none(name: str, scale: int) -> float | None:
    """All multiplications as one number; None also where the model cannot be read any more.

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


# Sizes of the fitted models (methods/features.py, methods/dictionary.py): 30 features kept of 36 s², 1024 atoms,
# windows of 9 s² details.
_WIDTH, _ATOMS, _NEIGHBOURS = 30, 1024, 24


def _anchored(scale: int) -> Cost:
    area = scale**2
    return Cost(_WIDTH * (_ATOMS + 9 * area) / area, _WIDTH * 36)


def _ne_lle(scale: int) -> Cost:
    area = scale**2
    local = _NEIGHBOURS**2 * _WIDTH + _NEIGHBOURS**3 / 3 + _NEIGHBOURS * 9 * area
    return Cost(_WIDTH * _ATOMS / area, _WIDTH * 36 + local / area)


def _sc(scale: int) -> Cost:
    area = scale**2
    return Cost(_ATOMS * (144 + 9 * area) / area)


def _kk(scale: int) -> Cost:
    arrays, _ = npz.unpack(weights.find("kk", scale).read())
    return Cost(float(sum(arrays[name].size for name in ("basis", "coefficients", "estimate"))))


_EXAMPLE_BASED = {"sc": _sc, "ne-lle": _ne_lle, "kk": _kk, "anr": _anchored, "a+": _anchored}
