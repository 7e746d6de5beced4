"""Recipes: all that decides a training run, read from TOML and checked key by key."""

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
        check(self.scale >= 2, "scale", "a whole number of at least 2", self.scale)
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
        check(0 <= self.float32_end <= 1, "float32_end", "in [0, 1]", self.float32_end)
        check(self.loss in LOSSES, "loss", f"one of {', '.join(LOSSES)}", self.loss)
        check(self.expand >= 0, "expand", "not negative", self.expand)
        check(bool(self.data), "data", "at least one folder", self.data)
        check(all(0 < size <= 1 for size in self.sizes) and bool(self.sizes), "sizes", "factors in (0, 1]", self.sizes)
        check(0 <= 2 * self.frame < self.patch, "frame", "not negative, and less than half of the patch", self.frame)
        check(self.batch >= 1, "batch", "at least 1", self.batch)
        check(self.stride >= 1, "stride", "at least 1", self.stride)
        check(self.holdout >= 2, "holdout", "at least 2", self.holdout)
        check(self.validation_every >= 1, "validation_every", "at least 1", self.validation_every)
        check(self.learning_rate > 0, "learning_rate", "positive", self.learning_rate)
        check(self.refresh >= 1, "refresh", "at least 1", self.refresh)
        check(0 <= self.ema < 1, "ema", "in [0, 1)", self.ema)
        check(0 <= self.teacher_weight <= 1, "teacher_weight", "in [0, 1]", self.teacher_weight)
        check(
            bool(self.teacher) or self.teacher_weight == 0,
            "teacher_weight",
            "0 where there is no teacher",
            self.teacher_weight,
        )
        check(0 <= self.outliers <= 1, "outliers", "in [0, 1]", self.outliers)
        check(0 <= self.mild <= 1, "mild", "in [0, 1]", self.mild)
        check(
            self.live or not (self.outliers or self.detail),
            "outliers and detail",
            "0 unless live",
            (self.outliers, self.detail),
        )
        check(self.steps >= 0 and self.minutes >= 0, "steps and minutes", "not negative", (self.steps, self.minutes))
        check(
            self.steps > 0 or self.minutes > 0,
            "steps or minutes",
            "positive: a run needs an end",
            (self.steps, self.minutes),
        )
        check(
            self.validate_steps >= 0 and self.snapshots >= 0,
            "validate_steps and snapshots",
            "not negative",
            (self.validate_steps, self.snapshots),
        )
        check(self.validate_minutes > 0, "validate_minutes", "positive", self.validate_minutes)
        check(self.checkpoint_minutes > 0, "checkpoint_minutes", "positive", self.checkpoint_minutes)

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
