"""The card of a model: what it is, what made it, how well it does. It travels inside the weight file."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from srcnn.errors import WeightsError

if TYPE_CHECKING:
    from srcnn.image.resize import PadMode

InputSize = Literal["hr", "lr"]


LARGEST_SCALE = 16  # of a card; the shipped models enlarge 2 to 4 times
LARGEST_HALO = 128  # pixels that a network sees beyond a block; the shipped ones see 6 to 15
LARGEST_TEXT = 2**20  # characters of a card

PADDING: dict[InputSize, "PadMode"] = {"hr": "edge", "lr": "symmetric"}
"""How an image goes on beyond its borders for each size of a network's input, in `numpy.pad`'s words: SRCNN sees its
edge repeated, as its authors' release does; the networks at low resolution, which are free to choose, see it
mirrored (+0.04 to 0.05 dB on validation).
"""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known of one weight file.

    A network is a *valid* one (no padding inside): from ``h + 2 * halo`` input pixels it makes ``h`` output pixels
    where ``input_size`` is "hr" (it works on the enlarged image), and ``scale * h`` where it is "lr".

    Attributes
    ----------
    name : str
        The model's name.
    scale : int
        Upscaling factor, 2 to 16.
    architecture : str
        For a reader, for example "srcnn 9-5-5, 64-32 filters".
    parameters : int
        Number of weights.
    multiplications : float
        For one pixel of the result; 0 where nobody counted.
    channels : {"luma", "rgb"}
        What the model works on.
    wear : bool
        Whether the network is told how worn its input is, by a second input: `srcnn.wear.Wear.planes`.
    input_size : {"hr", "lr"}
        The input: the image upscaled by bicubic interpolation, or the low-resolution image itself.
    halo : int
        Input pixels that are needed on every side beyond those of the result.
    training_data : tuple of str
        Names of the training sets.
    training_data_sha256 : str
        Hash over their images.
    recipe : str
        File name below ``recipes/``.
    recipe_sha256 : str
        Hash of that file.
    seed : int
        Seed of the training run.
    scores : dict
        Dataset, metric, mean: ``scores["Set5"]["psnr"]``.
    license : str
        SPDX name of the weights' licence.
    notes : str
        Anything else.

    Examples
    --------
    >>> import srcnn
    >>> card = srcnn.Card(name="mine", scale=3, architecture="srcnn 9-1-5, 64-32 filters", parameters=8129)
    >>> card
    Card('mine', scale=3, 'srcnn 9-1-5, 64-32 filters', 8,129 parameters)
    >>> srcnn.Card.from_json(card.to_json()) == card
    True
    """

    name: str
    scale: int
    architecture: str  # e.g. "srcnn 9-5-5, 64-32 filters"
    parameters: int
    multiplications: float = 0.0  # for a pixel of the result; 0 where nobody counted
    channels: Literal["luma", "rgb"] = "luma"
    wear: bool = False
    input_size: InputSize = "hr"
    halo: int = 0
    training_data: tuple[str, ...] = ()
    training_data_sha256: str = ""
    recipe: str = ""  # file name below recipes/
    recipe_sha256: str = ""
    seed: int = 0
    scores: dict[str, dict[str, float]] = field(default_factory=dict)  # dataset → metric → mean
    license: str = "Apache-2.0"
    notes: str = ""

    def __repr__(self) -> str:
        return f"Card({self.name!r}, scale={self.scale}, {self.architecture!r}, {self.parameters:,} parameters)"

    def _repr_markdown_(self) -> str:
        """What a notebook shows: everything that is known."""
        rows = [f"| {key} | {_cell(value)} |" for key, value in asdict(self).items() if value not in ("", (), {})]
        return "\n".join([f"| {self.name} x{self.scale} | |", "| --- | --- |", *rows])

    def to_json(self) -> str:
        """The card as JSON.

        Returns
        -------
        str
            One line; the order of the keys is fixed, so equal cards give equal bytes.

        Raises
        ------
        WeightsError
            If a value makes no sense: the model could not be read again.
        """
        values = asdict(self)
        _check(values)
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Card":
        """Read a card; it may come from a stranger.

        Parameters
        ----------
        text : str or bytes
            JSON, as `to_json` makes it.

        Returns
        -------
        Card
            With every value checked.

        Raises
        ------
        WeightsError
            If a key is unknown or missing, or a value makes no sense.
        """
        if len(text) > LARGEST_TEXT:
            raise WeightsError(f"the model's card is {len(text)} characters long, more than the {LARGEST_TEXT} allowed")
        try:
            values: dict[str, Any] = json.loads(text)
            known = {f.name for f in fields(cls)}
            unknown = set(values) - known
            if unknown:
                raise WeightsError(
                    f"unknown keys on the model's card: {', '.join(sorted(unknown))}; a newer srcnn may have written it"
                )
            if isinstance(values.get("training_data"), list):
                values["training_data"] = tuple(values["training_data"])
            _check(values)
            return cls(**values)
        except WeightsError:
            raise
        except (
            TypeError,
            AttributeError,
            ValueError,
            RecursionError,
        ) as error:  # ValueError: no JSON, no text, a number too long
            raise WeightsError(f"the model's card cannot be read: {error}") from error


def _cell(value: object) -> str:
    """A value of a card as a table of Markdown takes it, which a stranger's text must not break out of."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")


def _check(values: Mapping[str, Any]) -> None:
    """Raise unless every value on a card is one that a card can have."""
    for key, value in values.items():
        sensible, expected = _SENSIBLE[key]
        if not sensible(value):
            shown = repr(value)
            raise WeightsError(
                f"the model's card says {key} = {shown[:60]}{'…' * (len(shown) > 60)}; it must be {expected}"
            )


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    """Whether a text can be a model's name, which files and tables are named after."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 100
        and value.isprintable()
        and not set(value) & set('/\\:*?"<>|')
        and value[0] != "."
    )


def _is_scores(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(means, dict)
        and all(isinstance(mean, int | float) and math.isfinite(mean) for mean in means.values())
        for means in value.values()
    )


_SENSIBLE: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_name, "a text of 1 to 100 characters that can be a file name"),
    "scale": (lambda v: _is_whole(v, 2, LARGEST_SCALE), f"a whole number from 2 to {LARGEST_SCALE}"),
    "parameters": (lambda v: _is_whole(v, 0, 2**40), "the number of its weights"),
    "multiplications": (_is_amount, "a finite number, 0 or more"),
    "channels": (lambda v: v in ("luma", "rgb"), "'luma' or 'rgb'"),
    "wear": (lambda v: isinstance(v, bool), "true or false"),
    "input_size": (lambda v: v in ("hr", "lr"), "'hr' or 'lr'"),
    "halo": (lambda v: _is_whole(v, 0, LARGEST_HALO), f"a whole number from 0 to {LARGEST_HALO}"),
    "training_data": (lambda v: isinstance(v, tuple) and all(map(_is_text, v)), "a list of texts"),
    "seed": (lambda v: _is_whole(v, -(2**63), 2**64), "a whole number"),
    "scores": (_is_scores, "a table of finite numbers"),
    **dict.fromkeys(
        ("architecture", "training_data_sha256", "recipe", "recipe_sha256", "license", "notes"),
        (_is_text, "a text"),
    ),
}
