"""All tables and all measurements, and the pages that they stand on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripts.tables import formats, frontier, model_cards, peers, scores, speed, stability, worn
from scripts.tables.images import PICTURED, draw_comparison
from scripts.tables.korean import WORDS
from scripts.tables.markdown import filled, names, translated
from scripts.tables.measured import ROOT
from scripts.tables.notebook import EXAMPLE

MEASUREMENTS = {
    found.name: found
    for found in (
        scores.BICUBIC,
        PICTURED,
        EXAMPLE,
        stability.STABILITY,
        worn.WORN_IMAGES,
        speed.SPEED,
        frontier.FRONTIER,
    )
}
"""In the order in which they are measured: the one that needs a quiet machine late, and then what is drawn from it."""

TABLES: dict[str, Callable[[], str]] = {
    "models": scores.draw_models,
    "larger-sets": scores.draw_larger_sets,
    "speed": speed.draw,
    "stability": stability.draw,
    "worn": worn.draw,
    "wear-limits": worn.draw_limits,
    "formats": formats.draw,
    "model-cards": model_cards.draw,
    "comparison": draw_comparison,
    **{f"peers-x{scale}": partial(peers.draw, scale) for scale in scores.SCALES},
}
"""By the name that a page asks for."""


def pages() -> list[Path]:
    """All pages of the documentation, those of the repository's root included."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def with_tables(path: Path) -> str:
    """A page with its tables as they should be; a page in Korean has Korean headings."""
    page = path.read_text(encoding="utf-8")
    unknown = sorted({*names(page)} - {*TABLES})
    if unknown:
        raise ValueError(f"{path.name} asks for a table {unknown[0]!r}; there are: {', '.join(TABLES)}")
    korean = path.name.endswith(".ko.md")
    return filled(page, lambda name: translated(TABLES[name](), WORDS) if korean else TABLES[name]())
