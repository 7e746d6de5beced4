"""How far a run is, and its learning rate there."""

import math

from srcnn.training.config import TrainConfig


def share_done(config: TrainConfig, step: int, seconds: float) -> float:
    """How far a run is, by whichever of its limits is nearer.

    Parameters
    ----------
    config : TrainConfig
        The recipe, with a limit in steps, in minutes, or in both.
    step : int
        How many steps were made.
    seconds : float
        How long all pieces of the run have taken together.

    Returns
    -------
    float
        In [0, 1]; 1 at its end.
    """
    in_steps = step / config.steps if config.steps else 0.0
    in_minutes = seconds / 60 / config.minutes if config.minutes else 0.0
    return min(max(in_steps, in_minutes), 1.0)


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
