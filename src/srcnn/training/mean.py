"""The running mean of the weights, which is what is kept of a run."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

MeanUpdate = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]


def ema(decay: float) -> MeanUpdate:
    """An exponential mean that forgets faster while it is young, so that the noisy first steps do not weigh on it for
    long.

    Parameters
    ----------
    decay : float
        Share of the mean that a step leaves, once it is old; in [0, 1).

    Returns
    -------
    callable
        ``multi_avg_fn`` of torch's `AveragedModel`: moves the means, in place.
    """

    @torch.no_grad()
    def update(means: Sequence[Tensor], weights: Sequence[Tensor], count: Tensor | int) -> None:
        young = (1 + int(count)) / (10 + int(count))
        torch._foreach_lerp_(list(means), list(weights), 1 - min(decay, young))

    return update
