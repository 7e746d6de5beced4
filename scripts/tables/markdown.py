"""Tables of Markdown, and the marked places of a page that they stand in."""

import re
from collections.abc import Callable, Iterable, Mapping

Row = tuple[str, ...]

_BLOCK = re.compile(r"^<!-- table: (?P<name>[\w-]+) -->\n.*?^<!-- /table -->$", re.MULTILINE | re.DOTALL)


def table(heading: Row, rows: Iterable[Row]) -> str:
    """A table; bars within cells are escaped by whoever has any."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (heading, ("---",) * len(heading), *rows))


def names(page: str) -> list[str]:
    """The tables that a page asks for."""
    return [found["name"] for found in _BLOCK.finditer(page)]


def filled(page: str, draw: Callable[[str], str]) -> str:
    """The page with every marked place holding what `draw` makes of its name."""
    return _BLOCK.sub(
        lambda found: f"<!-- table: {found['name']} -->\n\n{draw(found['name'])}\n\n<!-- /table -->", page
    )


def translated(text: str, words: Mapping[str, str]) -> str:
    """A table in another language: cells that a dictionary has as a whole, or their parts "title (note; note)"; figures
    and names stay as they are.
    """
    return "\n".join("|".join(_translated_cell(cell, words) for cell in line.split("|")) for line in text.splitlines())


def _translated_cell(cell: str, words: Mapping[str, str]) -> str:
    known = words.get(cell.strip())
    if known is not None:
        return f" {known} "
    title, bracket, notes = cell.strip().partition(" (")
    if not bracket or title not in words:
        return cell
    translated_notes = [_translated_note(note, words) for note in notes.removesuffix(")").split("; ")]
    return f" {words[title]} ({'; '.join(translated_notes)}) "


def _translated_note(note: str, words: Mapping[str, str]) -> str:
    word, _, rest = note.partition(" ")
    return words.get(note) or f"{words.get(word, word)} {rest}".strip()
