"""A wider or deeper residual network that begins as the narrower one it grows from.

References
----------
Chen, Goodfellow, Shlens: Net2Net: Accelerating Learning via Knowledge Transfer, ICLR 2016.
"""

from collections.abc import Mapping

from torch import Tensor

from srcnn.errors import WeightsError
from srcnn.nets.residual import Residual


def widened(net: Residual, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with which a network does what a narrower or shallower one of its kind does.

    The channels that it has more keep their random start and nothing of the old network reads them yet: the weights
    from them are zero, and grow from the first step.
    Blocks that it has more add nothing yet.

    Parameters
    ----------
    net : Residual
        The larger network at its random start; left as it is.
    found : mapping of str to Tensor
        Weights of the smaller network by name.
        Its last layer is left out where the scale is another.

    Returns
    -------
    dict of str to Tensor
        All weights of ``net``.

    Raises
    ------
    WeightsError
        If they are not those of such a network: of another kind, wider, or with more or longer blocks.
    """
    weights = {key: value.detach().clone() for key, value in net.state_dict().items()}
    planes, depth = net.shape.planes, net.shape.depth
    inputs = found["first.weight"].shape[1:] if "first.weight" in found else None
    within = all(key in weights and _within(value, weights[key]) for key, value in found.items() if key[:5] != "last.")
    if inputs != (planes, 3, 3) or f"blocks.0.layers.{depth - 1}.weight" not in found or not within:
        raise WeightsError(
            f"no tensor fits: {net.shape.name} can only begin from a network of its kind with as many layers a block, "
            "no wider and with no more blocks"
        )
    for key, own in weights.items():
        if key in found and (not key.startswith("last.") or len(found[key]) == len(own)):
            _put(found[key], own)
        elif key.startswith("blocks.") and f".layers.{depth - 1}." in key:
            own.zero_()
    return weights


def _within(small: Tensor, large: Tensor) -> bool:
    return small.ndim == large.ndim and all(a <= b for a, b in zip(small.shape, large.shape, strict=True))


def _put(small: Tensor, large: Tensor) -> None:
    """Old outputs read old inputs alone; new outputs keep their start."""
    if small.ndim > 1:
        large[: len(small), small.shape[1] :] = 0.0
        large[: len(small), : small.shape[1]] = small
    else:
        large[: len(small)] = small
