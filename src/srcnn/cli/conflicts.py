"""Defaults of `srcnn upscale` that contradict what a place of higher rank says, and so give way to it.

Of one place they are a mistake, of which the command itself tells.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from srcnn.errors import SrcnnError
from srcnn.output import WriteOptions

Values = Mapping[str, Any]
"""The value of every option by its key, as the command gets it."""


def _named_format(values: Values) -> str | None:
    """The format that the name of the output says, as `srcnn.output.CHOICES` calls it."""
    from srcnn.files.formats import WRITABLE_SUFFIXES, format_of
    from srcnn.files.paths import is_folder
    from srcnn.files.places import place_of

    output = values["output"]
    if not output or output.endswith("/") or is_folder(output):
        return None
    place = place_of(output, "output")
    return format_of(Path(place.name)).name.lower() if place.suffix.lower() in WRITABLE_SUFFIXES else None


def _another_format(values: Values) -> bool:
    return values["format"] is not None and _named_format(values) not in (None, values["format"])


def _not_in(choice: str, format_of: Callable[[Values], str | None]) -> Callable[[Values], bool]:
    def holds(values: Values) -> bool:
        name = format_of(values)
        asked: dict[str, Any] = {choice: None if values[choice] is False else values[choice]}
        return name is not None and bool(WriteOptions(**asked).unused(name))

    return holds


def _image_and_lines(values: Values) -> bool:
    return bool(values["json"]) and values["output"] == "-"


def _dry_and(key: str) -> Callable[[Values], bool]:
    return lambda values: bool(values["dry-run"]) and values[key] is not None


def _told_in_vain(key: str) -> Callable[[Values], bool]:
    """A model by name that has no input for what is known of the images."""

    def holds(values: Values) -> bool:
        if values[key] is None:
            return False
        from srcnn.automatic import can_be_told

        try:
            return not can_be_told(values["model"])
        except SrcnnError:  # there is no such model, as the command says
            return False

    return holds


CHOICES, WEAR = ("quality", "lossless", "compression"), ("denoise", "jpeg-quality")
CONFLICTS: tuple[tuple[str, str, Callable[[Values], bool]], ...] = (
    ("format", "output", _another_format),
    ("output", "format", _another_format),
    *((choice, "format", _not_in(choice, lambda values: values["format"])) for choice in CHOICES),
    *(("format", choice, _not_in(choice, lambda values: values["format"])) for choice in CHOICES),
    *((choice, "output", _not_in(choice, _named_format)) for choice in CHOICES),
    ("json", "output", _image_and_lines),
    *((key, "dry-run", _dry_and(key)) for key in ("rows", "cluster")),
    ("dry-run", "cluster", _dry_and("cluster")),
    *((key, "model", _told_in_vain(key)) for key in WEAR),
    *(("model", key, _told_in_vain(key)) for key in WEAR),
)
"""An option, another before which it gives way, and what must hold of all values for that."""
