"""Recipes: all that decides a training run, read from TOML and checked key by key."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from srcnn import recipes
from srcnn.degrade import DEGRADATIONS, Degradation
from srcnn.recipes import check
from srcnn.training.losses import LOSSES

Optimiser = Literal["sgd", "adam", "adamw", "soap"]
Cut = Literal["random", "grid"]
Precision = Literal["float32", "bfloat16"]

_LARGEST_SCALE = 64  # beyond it nothing is upscaled
_LARGEST = 2**31 - 1  # of whole numbers but the seed: far more than any run has use for

_Range = tuple[Callable[[float], bool], str]


def _up_to(most: float) -> _Range:
    return lambda value: 0 <= value <= most, f"not negative, and at most {most:g}"


def _from(least: int, most: int = _LARGEST) -> _Range:
    return lambda value: least <= value <= most, f"from {least} to {most}"


_SHARE: _Range = (lambda value: 0 <= value <= 1, "in [0, 1]")
_DECAY: _Range = (lambda value: 0 <= value < 1, "in [0, 1)")
_POSITIVE: _Range = (lambda value: 0 < value < math.inf, "positive")
_NOT_NEGATIVE: _Range = (lambda value: 0 <= value < math.inf, "not negative")
_FASTEST = 1e6  # learning rate; PyTorch refuses one that 32 bits cannot hold amid the first step
_MOST_MINUTES = 10_000_000  # nineteen years

_RANGES: dict[str, _Range] = {
    "scale": _from(2, _LARGEST_SCALE),
    "expand": _from(0),
    "validation_every": _from(1),
    "holdout": _from(2),
    "detail": _up_to(100),
    "outliers": _SHARE,
    "mild": _SHARE,
    "teacher_weight": _SHARE,
    "patch": _from(1),
    "stride": _from(1),
    "batch": _from(1),
    "learning_rate": (lambda value: 0 < value <= _FASTEST, f"positive, and at most {_FASTEST:g}"),
    "momentum": _DECAY,
    "refresh": _from(1),
    "warm_up": _from(0),
    "clip": _NOT_NEGATIVE,
    "float32_end": _SHARE,
    "ema": _DECAY,
    "steps": _from(0),
    "minutes": _up_to(_MOST_MINUTES),
    "validate_minutes": _POSITIVE,
    "validate_steps": _from(0),
    "checkpoint_minutes": _POSITIVE,
    "snapshots": _from(0),
    "seed": _from(0, 2**63 - 1),  # what PyTorch's generator takes
}


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a training run; stored beside the weights it made."""

    net: str = "srcnn-9-5-5"
    scale: int = 3
    name: str = ""  # of the model; the network's when empty
    widths: tuple[int, ...] = ()  # filters of every hidden layer; the paper's when empty
    start: str = "identity"  # or "he", "small", "gaussian" (the paper's)
    init: str = (
        ""  # what to begin from instead: a .ckpt or .onnx file, or a shipped model as in "srcnn-9-5-5_x3", of any scale
    )
    expand: int = (
        0  # channels that every layer is over-parameterised through while it is trained (nets/collapsible.py), 0: none
    )
    revive: bool = False  # draw silent filters anew before training (SRCNNs)
    turned: bool = False  # export the mean of the network and itself turned by 180 degrees (luma at low resolution)

    # Images
    data: tuple[str, ...] = ("T91",)  # folders below --data; "." is that folder itself
    validation: str = (
        ""  # folder whose images only measure; empty: every ``holdout``-th of the training images is kept out
    )
    validation_every: int = 1  # only every n-th image of that folder, for speed
    holdout: int = 10
    degradation: Degradation = "bicubic"
    sizes: tuple[float, ...] = (1.0,)  # shrunk copies
    live: bool = False  # make low-resolution patches as they are drawn, from images kept in 8 bits; networks on lr only
    detail: float = 0.0  # how much oftener detailed images and places are drawn, 0: in proportion to area (live)
    outliers: float = 0.0  # share of patches with a pattern that is no photograph in them (live)
    mild: float = 0.0  # share of patches worn by a JPEG of good quality alone (live; networks that are told the wear)
    teacher: str = ""  # a better model (.ckpt, .onnx or shipped model's name), whose output becomes part of the target
    teacher_weight: float = 0.0
    teacher_ensemble: bool = True  # mean of 8 flips and rotations; False: 8 times quicker to prepare

    # Sub-images
    patch: int = 33  # HR pixels a side, as in Dong et al. 2016
    # Outermost source pixels of a patch that carry no loss: there, padded networks see zeros instead of the image.
    frame: int = 0
    cut: Cut = "random"
    stride: int = 14  # of the grid
    augment: bool = True  # 8 flips and rotations
    batch: int = 16  # over all devices

    # Optimisation
    loss: str = "mse"
    optimiser: Optimiser = "soap"
    learning_rate: float = 3e-3
    last_layer_rate: float | None = None  # the paper needs a slower last layer to converge; None: as the others
    momentum: float = 0.9
    refresh: int = 20  # SOAP: steps between refreshments of its bases
    warm_up: int = 200  # steps
    cosine: bool = True  # let the rate fall to nearly zero; False: constant, as in the paper
    clip: float = 0.0  # largest gradient norm, 0: no limit
    precision: Precision = (
        "float32"  # of products; "bfloat16" is a wish, float32 on a device that lacks it; weights stay float32
    )
    float32_end: float = (
        0.0  # share of a bfloat16 run, its end, in float32: before, it is the rounded weights that come to fit
    )
    ema: float = 0.999  # decay of the running mean of the weights, 0: none
    steps: int = 0  # end after so many, 0: no limit
    minutes: float = 0.0  # end after so long, 0: no limit; counted over all resumed pieces

    # Watching
    validate_minutes: float = 3.0
    validate_steps: int = 0  # validate after every so many steps as well, and after a half, a quarter, … of them; 0: no
    checkpoint_minutes: float = 3.0
    snapshots: int = 0  # keep weights for a test curve after every so many steps, a half, a quarter, …, and none; 0: no
    seed: int = 0

    def __post_init__(self) -> None:
        for key, (right, expected) in _RANGES.items():
            check(right(getattr(self, key)), key, expected, getattr(self, key))
        check(self.degradation in DEGRADATIONS, "degradation", f"one of {', '.join(DEGRADATIONS)}", self.degradation)
        check(
            self.optimiser in get_args(Optimiser),
            "optimiser",
            f"one of {', '.join(get_args(Optimiser))}",
            self.optimiser,
        )
        check(self.cut in get_args(Cut), "cut", f"one of {', '.join(get_args(Cut))}", self.cut)
        check(
            self.precision in get_args(Precision),
            "precision",
            f"one of {', '.join(get_args(Precision))}",
            self.precision,
        )
        check(self.loss in LOSSES, "loss", f"one of {', '.join(LOSSES)}", self.loss)
        check(bool(self.data), "data", "at least one folder", self.data)
        check(all(0 < size <= 1 for size in self.sizes) and bool(self.sizes), "sizes", "factors in (0, 1]", self.sizes)
        check(0 <= 2 * self.frame < self.patch, "frame", "not negative, and less than half of the patch", self.frame)
        check(all(map(_from(1)[0], self.widths)), "widths", f"numbers {_from(1)[1]}", self.widths)
        if self.last_layer_rate is not None:
            right, expected = _up_to(_FASTEST)
            check(right(self.last_layer_rate), "last_layer_rate", expected, self.last_layer_rate)
        check(
            bool(self.teacher) or self.teacher_weight == 0,
            "teacher_weight",
            "0 where there is no teacher",
            self.teacher_weight,
        )
        check(
            self.live or not (self.outliers or self.detail),
            "outliers and detail",
            "0 unless live",
            (self.outliers, self.detail),
        )
        check(
            self.steps > 0 or self.minutes > 0,
            "steps or minutes",
            "positive: a run needs an end",
            (self.steps, self.minutes),
        )

    @property
    def model(self) -> str:
        """The name of the model that comes out."""
        return self.name or self.net


def load_recipe(path: Path, **overrides: Any) -> TrainConfig:
    """Read the recipe of a network.

    Parameters
    ----------
    path : path
        The TOML file.
    **overrides
        Values that win over the file's.

    Returns
    -------
    TrainConfig
        With defaults for what neither says.

    Raises
    ------
    OptionError
        If the file is no TOML, a key is unknown (the nearest right one is named) or a value is of the wrong kind or
        size.
    """
    return recipes.load(path, config_from, **overrides)


def config_from(values: dict[str, Any]) -> TrainConfig:
    """Make a configuration of plain values, checking every key and kind.

    Parameters
    ----------
    values : dict of str to object
        By the names of the fields.

    Returns
    -------
    TrainConfig
        With defaults for what is not given.

    Raises
    ------
    OptionError
        If a key is unknown, or a value is of the wrong kind or size.
    """
    return recipes.build(TrainConfig, values)


def as_values(config: TrainConfig) -> dict[str, Any]:
    """Plain values of a configuration, as a checkpoint stores them.

    Parameters
    ----------
    config : TrainConfig
        A recipe.

    Returns
    -------
    dict of str to object
        All fields; `config_from` makes an equal configuration of them.
    """
    return asdict(config)


DEFAULT = TrainConfig(
    data=(".",), sizes=(1.0, 0.8, 0.6), patch=66, learning_rate=1.2e-3, refresh=30, minutes=20.0, validate_minutes=1.0
)
"""What trains best on two cores, for any folder of images; ``recipes/default.toml`` says the same."""
