"""What the pages of srcnn share: words, slider and colours (`PARTS`), and how a page becomes one file without links."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

PARTS = Path(__file__).parent / "parts"
"""The folder of the modules and styles that more than one page uses."""

_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_CODE = re.compile("`(.*?)`")
_PLACE = re.compile(r"{{(\w+)}}")


def bundled(entry: Path, *folders: Path) -> str:
    """A module of a page and all modules that it imports, as one script.

    A module is looked for beside the one that is given, then in ``folders``, then in `PARTS`.

    Parameters
    ----------
    entry : path
        The module that is run; its imports have the form ``import { a, b } from "./other.js";`` or
        ``import "./other.js";``.
    folders : path
        Where other modules may be.

    Returns
    -------
    str
        A script without imports and exports: a function for each module, which is called once, before those that need
        it.
    """
    taken: dict[str, str] = {}
    _take(entry.name, (entry.parent, *folders, PARTS), taken)
    script = '"use strict";\n' + "\n".join(taken.values())
    assert "</script" not in script, "a script inside a page would end early"
    return script


def _take(name: str, folders: tuple[Path, ...], taken: dict[str, str]) -> None:
    if name in taken:
        return
    path = next(folder / name for folder in folders if (folder / name).is_file())
    text = path.read_text(encoding="utf-8")
    for _, other in _IMPORT.findall(text):
        _take(f"{other}.js", folders, taken)
    exported = ", ".join(name for _, name in _EXPORT.findall(text))
    inside = _EXPORT.sub(r"\1", _IMPORT.sub(_imported, text))
    taken[name] = f"const {_scope(path.stem)} = (() => {{\n{inside}return {{ {exported} }};\n}})();"


def _imported(found: re.Match[str]) -> str:
    names, module = found.groups()
    return "" if names is None else f"const {{{names}}} = {_scope(module)};\n"


def _scope(module: str) -> str:
    return f"in_{module.replace('-', '_')}"


def joined(paths: Iterable[Path]) -> str:
    """The text of style sheets, one after the other.

    Parameters
    ----------
    paths : iterable of path
        Files in UTF-8.

    Returns
    -------
    str
        Their text.
    """
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def policy(style: str, script: str, more: Mapping[str, str] | None = None, scripts: str = "") -> str:
    """What a browser is to let a page of one file do: use this very style and script, and nothing from elsewhere.

    Parameters
    ----------
    style, script : str
        The text between the page's tags.
    more : mapping of str to str, optional
        Further directives and their sources.
    scripts : str
        What else may run, beside the script.

    Returns
    -------
    str
        A Content-Security-Policy.
    """
    sources = {
        "default-src": "'none'",
        "script-src": f"{_digest(script)} {scripts}".strip(),
        "style-src": _digest(style),
        "base-uri": "'none'",
        "form-action": "'none'",
        **(more or {}),
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with its places, ``{{name}}``, filled.

    Parameters
    ----------
    template : str
        Of a page.
    parts : mapping of str to str
        What stands in each place; it is not looked at for places itself.

    Returns
    -------
    str
        The page.
    """
    return _PLACE.sub(lambda found: parts[found[1]], template)


def marked(text: str) -> str:
    """A text with code between backticks, as Markdown and OpenAPI have it.

    Parameters
    ----------
    text : str
        Plain but for that.

    Returns
    -------
    str
        HTML.
    """
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
