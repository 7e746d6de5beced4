"""What the documentation takes from the package and from the root of the repository while MkDocs builds it.

Nothing of this is stored, so nothing of it can be stale: the command reference comes from the commands themselves, the
API reference names public names and finds where they live, and the files of the root stay the only copies of what they
say.
MkDocs calls the functions whose names begin with ``on_`` (``hooks`` in mkdocs.yml).
"""

import functools
import importlib
import logging
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import srcnn

log = logging.getLogger("mkdocs.srcnn")  # below "mkdocs", where warnings are counted

ROOT = Path(__file__).resolve().parent.parent
FROM_ROOT = {
    "CONTRIBUTING.md": "contributing.md",
    "EXPERIMENTS.md": "experiments.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSES.md": "licenses.md",
    "SECURITY.md": "security.md",
}
"""Files of the root that are pages of the site, and what they are called there."""

DEMO = "demo.html"
"""What `srcnn page` makes of the models that are shipped now."""

COMMAND = re.compile(r"^<!-- command: ([\w-]+) -->$", re.MULTILINE)
EXCERPT = re.compile(r"^<!-- from README: ([\w-]+) -->$", re.MULTILINE)
PUBLIC_NAME = re.compile(r"^::: (srcnn(?:\.\w+)+)$", re.MULTILINE)
REMOTE = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=["'](https?://[^"']+)""")
_LINK = re.compile(r"\]\(([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of the root, and the page that docs/page.md shows at work."""
    from srcnn.page import make_page

    for name, page in FROM_ROOT.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    files.append(File.generated(config, DEMO, content=make_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in what a page asks for."""
    return complete(markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Warn of what a page would fetch from elsewhere; with ``--strict`` it is an error."""
    for address in REMOTE.findall(output):
        log.warning("%s fetches %s; everything that a page needs must come with it", page.file.src_uri, address)
    return output


def complete(markdown: str) -> str:
    """Fill in commands, excerpts and the places of public names, and let links lead to pages of the site.

    Parameters
    ----------
    markdown : str
        A page as it is stored.

    Returns
    -------
    str
        The page as MkDocs is to read it.

    Raises
    ------
    ValueError
        If the page asks for a command, a part of the README or a public name that does not exist.
    """
    markdown = EXCERPT.sub(lambda match: excerpt(match[1]), markdown)
    markdown = COMMAND.sub(lambda match: command_reference(match[1]), markdown)
    markdown = PUBLIC_NAME.sub(lambda match: f"::: {home(match[1])}", markdown)
    return _LINK.sub(lambda match: f"]({_linked(match[1])}", markdown)


def _linked(target: str) -> str:
    """A link of a page of the site: from ``docs/protocol.md`` (in the root) and ``../CHANGELOG.md`` (in docs/) to names
    within the site.
    """
    name = target.removeprefix("../").removeprefix("docs/")
    return FROM_ROOT.get(name, name) if name.endswith(".md") else target


def excerpt(name: str) -> str:
    """The part of the README between ``<!-- name -->`` and ``<!-- /name -->``."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(f"^<!-- {name} -->$(.*)^<!-- /{name} -->$", readme, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"README.md has no part between <!-- {name} --> and <!-- /{name} -->")
    return found[1].strip()


def home(name: str) -> str:
    """Where a public name lives, as in ``srcnn.image.resize.modcrop`` for ``srcnn.modcrop``."""
    module, _, last = name.rpartition(".")
    try:
        value = getattr(importlib.import_module(module), last)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the documentation names {name}, which does not exist") from error
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return f"{srcnn._HOME[last]}.{last}" if module == "srcnn" else name


@functools.cache
def _commands() -> Any:
    import typer

    from srcnn.cli import main

    return typer.main.get_command(main)


def command_reference(name: str) -> str:
    """Usage, description, arguments and options of a command, from what its ``--help`` says.

    Parameters
    ----------
    name : str
        As in ``srcnn NAME``.

    Returns
    -------
    str
        Markdown without a heading.

    Raises
    ------
    ValueError
        If there is no such command.
    """
    command = _commands().get_command(None, name)
    if command is None:
        raise ValueError(f"the documentation names a command {name!r}, which does not exist")
    context = command.context_class(command, info_name=f"srcnn {name}")
    parts = [f"```text\nsrcnn {name} {' '.join(command.collect_usage_pieces(context))}\n```", command.help or ""]
    for kind, title in (("argument", "Argument"), ("option", "Option")):
        records = [p.get_help_record(context) for p in command.get_params(context) if p.param_type_name == kind]
        rows = [
            f"| `{_on_one_line(left)}` | {_literal(_on_one_line(right))} |" for left, right in filter(None, records)
        ]
        if rows:
            parts.append("\n".join((f"| {title} | Meaning |", "|---|---|", *rows)))
    return "\n\n".join(parts)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _literal(text: str) -> str:
    """A help text as it stands, in the cell of a table: without a meaning in Markdown or HTML."""
    return re.sub(r"([\\*_<\[|])", r"\\\1", text)
