"""Recipes: all that decides a training run, read from TOML and checked key by key."""

import difflib
import hashlib
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from srcnn.degrade import DEGRADATIONS, Degradation
from srcnn.errors import OptionError
from srcnn.training.losses import LOSSES

Optimiser = Literal["sgd", "adam", "adamw", "muon", "soap"]
Cut = Literal["random", "grid"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a training run; stored beside the weights it made."""

    net: str = "srcnn-9-5-5"
    scale: int = 3
    name: str = ""  # of the model; the network's when empty
    widths: tuple[int, ...] = ()  # filters of every hidden layer; the paper's when empty
    start: str = "identity"  # or "he", "gaussian" (the paper's)
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
    checkpoint_minutes: float = 3.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self.scale >= 2, "scale", "a whole number of at least 2", self.scale)
        _check(self.degradation in DEGRADATIONS, "degradation", f"one of {', '.join(DEGRADATIONS)}", self.degradation)
        _check(
            self.optimiser in get_args(Optimiser),
            "optimiser",
            f"one of {', '.join(get_args(Optimiser))}",
            self.optimiser,
        )
        _check(self.cut in get_args(Cut), "cut", f"one of {', '.join(get_args(Cut))}", self.cut)
        _check(
            self.precision in get_args(Precision),
            "precision",
            f"one of {', '.join(get_args(Precision))}",
            self.precision,
        )
        _check(0 <= self.float32_end <= 1, "float32_end", "in [0, 1]", self.float32_end)
        _check(self.loss in LOSSES, "loss", f"one of {', '.join(LOSSES)}", self.loss)
        _check(self.expand >= 0, "expand", "not negative", self.expand)
        _check(bool(self.data), "data", "at least one folder", self.data)
        _check(all(0 < size <= 1 for size in self.sizes) and bool(self.sizes), "sizes", "factors in (0, 1]", self.sizes)
        _check(0 <= 2 * self.frame < self.patch, "frame", "not negative, and less than half of the patch", self.frame)
        _check(self.batch >= 1, "batch", "at least 1", self.batch)
        _check(self.stride >= 1, "stride", "at least 1", self.stride)
        _check(self.holdout >= 2, "holdout", "at least 2", self.holdout)
        _check(self.validation_every >= 1, "validation_every", "at least 1", self.validation_every)
        _check(self.learning_rate > 0, "learning_rate", "positive", self.learning_rate)
        _check(self.refresh >= 1, "refresh", "at least 1", self.refresh)
        _check(0 <= self.ema < 1, "ema", "in [0, 1)", self.ema)
        _check(0 <= self.teacher_weight <= 1, "teacher_weight", "in [0, 1]", self.teacher_weight)
        _check(
            bool(self.teacher) or self.teacher_weight == 0,
            "teacher_weight",
            "0 where there is no teacher",
            self.teacher_weight,
        )
        _check(0 <= self.outliers <= 1, "outliers", "in [0, 1]", self.outliers)
        _check(
            self.live or not (self.outliers or self.detail),
            "outliers and detail",
            "0 unless live",
            (self.outliers, self.detail),
        )
        _check(self.steps >= 0 and self.minutes >= 0, "steps and minutes", "not negative", (self.steps, self.minutes))
        _check(
            self.steps > 0 or self.minutes > 0,
            "steps or minutes",
            "positive: a run needs an end",
            (self.steps, self.minutes),
        )
        _check(self.validate_minutes > 0, "validate_minutes", "positive", self.validate_minutes)
        _check(self.checkpoint_minutes > 0, "checkpoint_minutes", "positive", self.checkpoint_minutes)

    @property
    def model(self) -> str:
        """The name of the model that comes out."""
        return self.name or self.net


def load_recipe(path: Path, **overrides: Any) -> TrainConfig:
    """Read a recipe; ``overrides`` win over what it says.

    Raises
    ------
    OptionError
        If the file is no TOML, a key is unknown (the nearest right one is named) or a value is of the wrong kind or
        size.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"cannot read the recipe {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path} is not a valid TOML file: {error}") from error
    try:
        return replace(config_from(values), **overrides)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from error


def recipe_hash(path: Path) -> str:
    """SHA-256 of a recipe file, as it stands on the card of the model it made."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def config_from(values: dict[str, Any]) -> TrainConfig:
    """Make a configuration of plain values, checking every key and kind."""
    hints = get_type_hints(TrainConfig)
    known = [f.name for f in fields(TrainConfig)]
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            raise OptionError(
                f"unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else f"; keys: {', '.join(known)}")
            )
        checked[key] = _converted(key, value, hints[key])
    return TrainConfig(**checked)


def as_values(config: TrainConfig) -> dict[str, Any]:
    """Plain values of a configuration, as a checkpoint stores them."""
    return asdict(config)


def _converted(key: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        if not isinstance(value, list | tuple):
            raise OptionError(f"{key} must be a list, got {value!r}")
        return tuple(_converted(key, v, item) for v in value)
    if get_origin(kind) is Literal:
        return value  # checked with its own words when the configuration is made
    if kind == float | None:
        return None if value is None else _converted(key, value, float)
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OptionError(f"{key} must be a number, got {value!r}")
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise OptionError(f"{key} must be {_KINDS[kind]}, got {value!r}")
    return value


_KINDS = {int: "a whole number", str: "a text", bool: "true or false"}


def _check(right: bool, key: str, expected: str, value: object) -> None:
    if not right:
        raise OptionError(f"{key} must be {expected}, got {value!r}")


DEFAULT = TrainConfig(data=(".",), sizes=(1.0, 0.8, 0.6), patch=66, learning_rate=1.2e-3, refresh=30, minutes=20.0)
"""What trains best on two cores, for any folder of images; ``recipes/default.toml`` says the same."""
