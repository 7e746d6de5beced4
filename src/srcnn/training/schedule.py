"""The learning rate over a run."""

import math

from srcnn.training.config import TrainConfig


def rate_factor(config: TrainConfig, step: int, done: float) -> float:
    """The share of a recipe's learning rate that a step takes: more and more while warming up, then less and less.

    Parameters
    ----------
    config : TrainConfig
        The recipe.
    step : int
        How many steps were made.
    done : float
        The share of the run that is over, in [0, 1].

    Returns
    -------
    float
        In (0, 1].
    """
    factor = min(1.0, (step + 1) / config.warm_up) if config.warm_up else 1.0
    if config.cosine:
        factor *= 0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * done))
    return factor
