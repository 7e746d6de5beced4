"""Access to Matplotlib: one style for all figures, and the same bytes for the same input."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from srcnn.errors import OptionError, missing_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100  # pixels per inch: a length of n pixels is n / DPI inches
# Colours that colour-blind readers can distinguish: Okabe and Ito, Color Universal Design, 2008.
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"

INK = "#222222"
"""Axes, names and other text: light colours are hard to read."""

_STYLE = {
    "font.family": "DejaVu Sans",  # part of Matplotlib, so always available
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.hashsalt": "srcnn",  # identifiers in an SVG are random otherwise
    "text.hinting": "none",  # the same letter spacing in PNG and SVG
}
# Dates and versions, which would make two files of one figure differ.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "srcnn"},
    "pdf": {"CreationDate": None, "Creator": "srcnn", "Producer": None},
}
FORMATS = tuple(_METADATA)


@contextmanager
def style() -> Iterator[None]:
    """A context for figures that the user's Matplotlib settings do not affect.

    Yields
    ------
    None
        The style holds inside of the ``with`` statement.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    """
    try:
        import matplotlib.style
    except ImportError as error:
        raise missing_extra("drawing figures", "matplotlib", "bench") from error
    with matplotlib.style.context(["default", _STYLE]):
        yield


def new_figure(width: int, height: int, **options: Any) -> "Figure":
    """An empty figure of the given size in pixels.

    Parameters
    ----------
    width, height : int
        Pixels.
    **options : object
        As Matplotlib's ``Figure`` takes them.

    Returns
    -------
    matplotlib.figure.Figure
        Without axes.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width / DPI, height / DPI), **options)


def encode(figure: "Figure", kind: str = "png") -> bytes:
    """Encode a figure in one of `FORMATS`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    kind : str
        "png", "svg" or "pdf".

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    OptionError
        If there is no such format.
    """
    if kind not in FORMATS:
        raise OptionError(f"a figure must be one of {', '.join(FORMATS)}, got {kind!r}")
    file = io.BytesIO()
    figure.savefig(file, format=kind, metadata=_METADATA[kind])
    return file.getvalue()


def printable(text: str) -> str:
    """Replace every character that the font of the figures lacks by a question mark.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        As long as it was.
    """
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    return "".join(c if font.get_char_index(ord(c)) else "?" for c in text)
