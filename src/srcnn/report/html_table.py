"""Tables of the page: with captions and scopes, each in a frame that scrolls where it is wider than the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Better = Literal["high", "low", ""]
"""Which values of a column are the good ones, which sorting puts first; empty for text."""


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Attributes
    ----------
    text : str
        As it is shown.
    better : Better
        How the column is sorted.
    """

    text: str
    better: Better = ""


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes
    ----------
    html : str
        What stands there.
    value : float or None
        What the column is sorted by; None where there is no number.
    """

    html: str
    value: float | None = None


def html_table(
    caption: str,
    heads: Sequence[Head],
    rows: Sequence[tuple[str, Sequence[Cell]]],
    *,
    sortable: bool = True,
    said: bool = False,
) -> str:
    """A table.

    Parameters
    ----------
    caption : str
        Plain text.
    heads : sequence of Head
        Of all columns, the one of the rows' names included.
    rows : sequence of (str, sequence of Cell)
        The name of each as HTML, and its cells.
    sortable : bool
        Whether the page's script makes the heads buttons.
    said : bool
        Whether a heading above says what the caption does: then only a screen reader is told.

    Returns
    -------
    str
        HTML.
    """
    head = "".join(map(_head, heads))
    body = "\n".join(f'<tr><th scope="row">{name}</th>{"".join(map(_cell, cells))}</tr>' for name, cells in rows)
    heading = f'<span class="unseen">{escape(caption)}</span>' if said else escape(caption)
    kind = ' class="sortable"' if sortable else ""
    # A frame that scrolls must be reachable by keyboard, and then has a name.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table{kind}><caption>{heading}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _head(head: Head) -> str:
    better = f' data-better="{head.better}"' if head.better else ""
    return f'<th scope="col"{better}>{escape(head.text)}</th>'


def _cell(cell: Cell) -> str:
    value = "" if cell.value is None else f' data-value="{cell.value!r}"'
    return f"<td{value}>{cell.html}</td>"
