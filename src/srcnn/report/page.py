"""The page: every table, image and figure of a run in one self-contained HTML file."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from srcnn.benchmark.records import Records
from srcnn.report.images import image_tables
from srcnn.report.means import Table
from srcnn.report.method_sections import method_sections
from srcnn.report.named import Named, named
from srcnn.report.score_tables import images_table, means_table
from srcnn.report.shown import Shown
from srcnn.report.shown_sections import shown_sections
from srcnn.report.summary import listed, sentences
from srcnn.report.tables import LEGEND
from srcnn.report.theme import themed
from srcnn.web import PARTS, bundled, filled, joined, policy

_FOLDER = Path(__file__).parent
# Groups of a run's description that stand elsewhere on the page, or are of no interest there.
_ELSEWHERE = ("protocol", "timing", "worn", "saved_images", "multiplications", "engines")


def make_page(
    records: Records, tables: Sequence[Table], figures: Mapping[str, tuple[str, bytes]], shown: Iterable[Shown] = ()
) -> str:
    """The page as text.

    Parameters
    ----------
    records : Records
        The run.
    tables : sequence of Table
        Its means.
    figures : mapping of str to (description, SVG)
        By file name.
    shown : iterable of Shown
        Images of its results.

    Returns
    -------
    str
        HTML.
    """
    methods = named(method for table in tables for method in table.rows)
    sections = {
        "means": ("Means", _legend(methods) + _flowing(means_table(table, methods) for table in tables)),
        "images": ("Images", shown_sections(shown, methods, records.metrics)),
        "plots": ("Plots", _plots(figures)),
        "methods": ("Methods", method_sections(methods, tables, records.run)),
        "every-image": (
            "Every image",
            _flowing(_details(table.title, images_table(table, methods)) for table in image_tables(records)),
        ),
        "run": ("What it was measured with", _run(records.run)),
    }
    sections = {name: section for name, section in sections.items() if section[1]}
    return page_of(_title(tables), sentences(tables, methods), sections, _protocol(records.run, tables))


def page_of(title: str, summary: Iterable[str], sections: Mapping[str, tuple[str, str]], protocol: str = "") -> str:
    """A page in the form of the report.

    Parameters
    ----------
    title : str
        Plain text.
    summary : iterable of str
        Sentences at the top, plain text.
    sections : mapping of str to (heading, HTML)
        By what their links are called.
    protocol : str
        HTML below the contents.

    Returns
    -------
    str
        HTML.
    """
    style, script = joined([PARTS / "colours.css", _FOLDER / "page.css"]), bundled(_FOLDER / "page.js")
    parts = {
        "title": escape(title),
        "style": style,
        "script": script,
        # The window of an image stands in the style of its section.
        "policy": policy(style, script, {"img-src": "data:", "style-src-attr": "'unsafe-inline'"}),
        "summary": "".join(f"<p>{escape(sentence)}</p>" for sentence in summary),
        "contents": " ".join(f'<a href="#{name}">{heading}</a>' for name, (heading, _) in sections.items()),
        "protocol": protocol,
        "sections": "\n".join(
            f'<section id="{name}">\n<h2>{heading}</h2>\n{body}\n</section>'
            for name, (heading, body) in sections.items()
        ),
    }
    return filled((_FOLDER / "page.html").read_text(encoding="utf-8"), parts)


def _title(tables: Sequence[Table]) -> str:
    datasets = listed(list(dict.fromkeys(table.dataset for table in tables)))
    return f"{datasets} at {listed([f'×{scale}' for scale in sorted({table.scale for table in tables})])}"


def _protocol(run: Mapping[str, Any], tables: Sequence[Table]) -> str:
    worn = any(" " in table.dataset for table in tables)
    said = {"Protocol": "protocol", "Seconds": "timing"} | ({"Worn images": "worn"} if worn else {})
    return "".join(f"<p>{what}: {escape(str(run[key]))}.</p>" for what, key in said.items() if run.get(key))


def _legend(methods: Mapping[str, Named]) -> str:
    aliases = "; ".join(f"{alias} = {method.name}" for method in methods.values() for alias in method.aliases)
    said = f"{LEGEND} The best of a column is bold." + (f" Names: {aliases}." if aliases else "")
    return f"<p>{escape(said)}</p>"


def _flowing(blocks: Iterable[str]) -> str:
    """Blocks side by side as far as they have room."""
    return f'<div class="flow">{"".join(blocks)}</div>'


def _plots(figures: Mapping[str, tuple[str, bytes]]) -> str:
    plots = [plot(text, svg) for text, svg in figures.values()]
    return f'<div class="plots">{"".join(plots)}</div>' if plots else ""


def plot(text: str, svg: bytes) -> str:
    """A plot as a part of the page, which follows it into light and dark.

    Parameters
    ----------
    text : str
        What it shows, for those who do not see it.
    svg : bytes
        As Matplotlib writes it, in the colours of `srcnn.report.theme`.

    Returns
    -------
    str
        HTML.
    """
    source = "data:image/svg+xml;base64," + base64.b64encode(themed(svg)).decode("ascii")
    return f'<figure><img src="{source}" alt="{escape(text)}"></figure>'


def _details(heading: str, body: str, *, opened: bool = False) -> str:
    return f"<details{' open' if opened else ''}><summary>{escape(heading)}</summary>{body}</details>"


def _run(run: Mapping[str, Any]) -> str:
    """Everything else in ``run.json``, group by group."""
    parts = []
    for group, values in run.items():
        if group in _ELSEWHERE or not values:
            continue
        facts = (
            values if isinstance(values, Mapping) else dict(enumerate(values if isinstance(values, list) else [values]))
        )
        rows = "".join(
            f'<tr><th scope="row">{escape(str(name))}</th><td>{escape(_plain(value))}</td></tr>'
            for name, value in facts.items()
        )
        caption = f'<caption><span class="unseen">{escape(group)}</span></caption>'
        table = f'<table class="facts">{caption}<tbody>{rows}</tbody></table>'
        parts.append(_details(group, table, opened=group in ("machine", "settings", "versions")))
    return "\n".join(parts)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.1f}"
    return "all" if value is None else str(value)
