"""What both engines have in common: how a network is run, and what is said when it cannot be."""

from collections.abc import Callable

from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats

Run = Callable[[Floats], Floats]
"""From an input (N, C, H, W) float32 to the network's output; called by several threads at once."""


def check_ends(inputs: int, outputs: int) -> None:
    """Refuse a network with more than an image in and an image out.

    Parameters
    ----------
    inputs, outputs : int
        How many it has.

    Raises
    ------
    WeightsError
        If there is not one of each.
    """
    if (inputs, outputs) != (1, 1):
        raise WeightsError(f"a network must have one input and one output, got {inputs} and {outputs}")


def told(error: Exception) -> str:
    """The error message of an engine, without the locations in its source code.

    Parameters
    ----------
    error : Exception
        As the engine raised it.

    Returns
    -------
    str
        One line.
    """
    lines = [line.strip() for line in str(error).split("\n")]
    return next((line for line in lines if line and not line.startswith("Exception from")), type(error).__name__)


def size_of(x: Floats) -> str:
    """The input of a failed run, for its error.

    Parameters
    ----------
    x : array
        The input.

    Returns
    -------
    str
        Such as "an input of 1x1x24x24".
    """
    return f"an input of {'x'.join(map(str, x.shape))}"
