"""The card of a model: what it is, what made it, how well it does. It travels inside the weight file."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from srcnn.errors import WeightsError

Domain = Literal["ilr", "lr"]
Beyond = Literal["edge", "symmetric"]

BEYOND: dict[Domain, Beyond] = {"ilr": "edge", "lr": "symmetric"}
"""How a picture goes on beyond its borders for a network of each domain, in `numpy.pad`'s words: SRCNN sees its edge repeated, as its
authors' release does; the networks at low resolution, which are free to choose, see it mirrored (+0.04 to 0.05 dB on validation)."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known of one weight file.

    A network is a *valid* one (no padding inside): from ``h + 2 * halo`` input pixels it makes ``h`` output pixels where
    ``domain`` is "ilr" (it works on the enlarged picture), and ``scale * h`` where it is "lr".
    """

    name: str
    scale: int
    architecture: str  # e.g. "srcnn 9-5-5, 64-32 filters"
    parameters: int
    channels: Literal["luma", "rgb"] = "luma"
    domain: Domain = "ilr"
    halo: int = 0
    training_data: tuple[str, ...] = ()
    training_data_sha256: str = ""
    recipe: str = ""  # file name below recipes/
    recipe_sha256: str = ""
    seed: int = 0
    scores: dict[str, dict[str, float]] = field(default_factory=dict)  # dataset → metric → mean
    licence: str = "Apache-2.0"
    notes: str = ""

    def to_json(self) -> str:
        """One line of JSON; the order of the keys is fixed, so equal cards give equal bytes."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Card":
        """Read a card; unknown or missing keys are an error, since the file may come from a stranger."""
        try:
            values: dict[str, Any] = json.loads(text)
            known = {f.name for f in fields(cls)}
            unknown = set(values) - known
            if unknown:
                raise WeightsError(f"unknown keys on the model's card: {', '.join(sorted(unknown))}; a newer srcnn may have written it")
            values["training_data"] = tuple(values.get("training_data", ()))
            return cls(**values)
        except (TypeError, AttributeError, json.JSONDecodeError) as error:
            raise WeightsError(f"the model's card cannot be read: {error}") from error
