"""The methods of a report: what each is, its aliases, and where the page speaks of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from srcnn.methods import ALIASES, METHODS
from srcnn.methods.base import TTA
from srcnn.methods.model_file import is_file


@dataclass(frozen=True)
class Named:
    """A method as a report names it.

    Attributes
    ----------
    name : str
        As the scores name it.
    anchor : str
        Of its section of the page.
    aliases : tuple of str
        What it is called else, such as "best".
    title : str
        What it is.
    paper : str
        Where it is described; empty where nobody did.
    """

    name: str
    anchor: str
    aliases: tuple[str, ...] = ()
    title: str = ""
    paper: str = ""

    @property
    def shown(self) -> str:
        """As a sentence names it: "plain-l (best)"."""
        return f"{self.name} ({', '.join(self.aliases)})" if self.aliases else self.name


def named(methods: Iterable[str]) -> dict[str, Named]:
    """The methods of a report.

    Parameters
    ----------
    methods : iterable of str
        Their names, as the scores have them.

    Returns
    -------
    dict of str to Named
        In their order.
    """
    return {name: _named(name, number) for number, name in enumerate(dict.fromkeys(methods), start=1)}


def _named(name: str, number: int) -> Named:
    base = name.removesuffix(TTA)
    end = name[len(base) :]
    aliases = tuple(alias + end for alias, model in ALIASES.items() if model == base)
    info = METHODS.get(base)
    if info:
        title = info.title + (", mean over eight flips and rotations" if end else "")
    else:
        title = f"The model {Path(base).name}" if is_file(base) else "Results made elsewhere, or a method of a plugin"
    return Named(name, f"method-{number}", aliases, title, info.paper if info else "")
