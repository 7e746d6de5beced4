"""The models that a service offers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from srcnn import weights
from srcnn.automatic import AUTO
from srcnn.errors import OptionError
from srcnn.methods import ALIASES, METHODS, available, plugins, resolve
from srcnn.methods.base import TTA
from srcnn.methods.model_file import card_of, is_file

_NETWORK = METHODS["plain-s"].module


def usual() -> tuple[str, ...]:
    """The models that a service offers unless it is told of more.

    Example-based methods take minutes for a photograph and are not among them.

    Returns
    -------
    tuple of str
        Bicubic and the networks.
    """
    return tuple(
        name for name in available() if name == "bicubic" or name not in METHODS or METHODS[name].module == _NETWORK
    )


@dataclass(frozen=True)
class Offer:
    """What the requests to a service may name.

    Attributes
    ----------
    names : dict of str to str
        What a request names, and the name or path that `srcnn.methods.resolve` takes.
    """

    names: dict[str, str]

    def model(self, name: str, *, tta: bool = False) -> str:
        """The model that a request names; never a path, which would let clients look at the files of the machine.

        Parameters
        ----------
        name : str
            As `srcnn upscale --model` takes it, or what an address makes of that.
        tta : bool
            Whether to average over flips and rotations, whatever the name says of it.

        Returns
        -------
        str
            What `srcnn.upscale` takes.

        Raises
        ------
        OptionError
            If it is not offered.
        """
        averaged = name not in self.names and name.endswith((TTA, _as_in_address(TTA)))
        plain = name[: -len(TTA)] if averaged else name
        arriving = {_as_in_address(known): known for known in self.names}
        spelled = {arrived.strip(): known for arrived, known in arriving.items()} | arriving
        found = plain if plain in self.names else spelled.get(plain)
        if found is None:
            raise OptionError(f"no model named {name[:80]!r} here; there are: {', '.join(self.names)}")
        return self.names[found] + (TTA if averaged or tta else "")

    def described(self) -> dict[str, Any]:
        """All models, for clients.

        Returns
        -------
        dict
            As JSON holds it.
        """
        aliases = {name: to for name, to in ALIASES.items() if name in self.names}
        named = [name for name in self.names if name != AUTO and name not in aliases]
        return {
            "default": AUTO,
            "aliases": aliases,
            "models": [_described(name, self.names[name]) for name in named],
        }


def offered(more: tuple[str, ...]) -> Offer:
    """The models of a service.

    Parameters
    ----------
    more : tuple of str
        Names or paths of models beside the usual ones; a file is called by its name without the suffix.

    Returns
    -------
    Offer
        With "auto" and the aliases.

    Raises
    ------
    OptionError
        If there is no such model, or two have one name.
    WeightsError
        If a file is damaged.
    """
    names = {AUTO: AUTO} | {alias: alias for alias in ALIASES} | {name: name for name in usual()}
    for given in more:
        model = resolve(given, "model")
        name = os.path.splitext(os.path.basename(given))[0] if is_file(model) else model  # noqa: PTH119, PTH122
        if is_file(model):
            card_of(model)
        if names.get(name, model) != model:
            raise OptionError(f"{given}: there is another model of the name {name}; rename the file")
        names[name] = model
    return Offer(names)


def _as_in_address(name: str) -> str:
    """In an address a plus that is not written as %2B is a space, so that ``photo+tta`` arrives as ``photo tta``."""
    return name.replace("+", " ")


def _described(name: str, model: str) -> dict[str, Any]:
    if is_file(model):
        card = card_of(model)
        found, title = [card], card.architecture
    else:
        found = [entry.card for entry in weights.entries() if entry.card.name == name]
        known = METHODS.get(name) or plugins().get(name)
        title = known.title if known is not None else found[0].architecture
    return {
        "name": name,
        "title": title,
        "scales": sorted(card.scale for card in found) or "any",
        "parameters": {str(card.scale): card.parameters for card in found},
        "psnr_set5": {str(card.scale): card.scores["Set5"]["psnr"] for card in found if "Set5" in card.scores},
    }
