"""The documentation says everything there is to say of commands and public names, and what it says is true.

That links lead somewhere is checked by the strict build (``make docs``).
"""

import dataclasses
import doctest
import importlib
import importlib.util
import inspect
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import srcnn
from srcnn.cli import COMMANDS, main

pytest.importorskip("mkdocs", reason="the documentation is built with MkDocs (extra 'dev')")
griffe = pytest.importorskip("griffe", reason="docstrings are read by griffe (extra 'dev')")

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES)}
SITE = {name: text for name, text in TEXTS.items() if (ROOT / "docs" / name).exists()}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def hooks() -> Any:
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "scripts" / "docs_hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOOKS = hooks()
SHOWN = [name for text in SITE.values() for name in HOOKS.PUBLIC_NAME.findall(text)]
"""Names that the API reference shows, as ``srcnn.upscale``."""


def value_of(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for name, text in TEXTS.items():
        yield from ((name, code) for found, code in FENCE.findall(text) if found == language)


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(r"- ([\w.]+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted({*SITE, *HOOKS.FROM_ROOT.values()}), "mkdocs.yml lists every page below nav, once"


# Commands


def command(name: str) -> Any:
    return typer.main.get_command(main).get_command(None, name)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_a_page(name: str) -> None:
    pages = [HOOKS.complete(text) for text in SITE.values() if f"<!-- command: {name} -->" in text]
    assert pages, f"no page below docs/ has the line <!-- command: {name} -->"
    section = pages[0].partition(f"\nsrcnn {name} ")[2].partition("\n## ")[0]
    for parameter in command(name).params:
        if parameter.param_type_name == "option":
            rows = [line for line in section.splitlines() if line.startswith("|") and parameter.opts[0] in line]
            assert rows, f"{parameter.opts[0]} of srcnn {name} is on no page"
            assert re.sub(r"\W", "", parameter.help) in re.sub(r"\W", "", "".join(rows))


def test_reference_of_a_command_is_what_its_help_says() -> None:
    text = HOOKS.command_reference("upscale")
    assert "| `-m, --model" in text
    assert "\\[default: auto]" in text
    assert "`--engine <auto|onnxruntime|openvino>` |" in text
    assert command("upscale").help in text


def test_unknown_commands_names_and_excerpts_are_errors() -> None:
    for line in ("<!-- command: upscal -->", "::: srcnn.upscal", "<!-- from README: nothing -->"):
        with pytest.raises(ValueError, match=r"which does not exist|has no part"):
            HOOKS.complete(f"# A page\n\n{line}\n")


def test_links_lead_to_pages_of_the_site() -> None:
    linked = HOOKS.complete(
        "[a](../EXPERIMENTS.md) [b](docs/protocol.md#sets) [c](formats.md) [d](images/chart.png) [e](CONTRIBUTING.md)"
    )
    assert re.findall(r"\((.*?)\)", linked) == [
        "experiments.md",
        "protocol.md#sets",
        "formats.md",
        "images/chart.png",
        "contributing.md",
    ]


def called() -> Iterator[tuple[str, str]]:
    """Every command line in a block of code, without its comment."""
    for name, text in TEXTS.items():
        for _, code in FENCE.findall(text):
            for line in code.replace("\\\n", " ").splitlines():
                if re.match(r"(\$ )?srcnn ", line):
                    yield name, line.removeprefix("$ ")


@pytest.mark.parametrize(("page", "line"), list(called()))
def test_commands_in_examples_exist(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    if words[0] in ("--help", "--version"):
        return
    assert words[0] in COMMANDS, f"{page}: {line}"
    options = {name for parameter in command(words[0]).params for name in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
    assert given <= options, f"{page}: {line}"


# Names and files in the text

PROSE = [(name, FENCE.sub("", text)) for name, text in TEXTS.items()]


@pytest.mark.parametrize(
    ("page", "name"),
    [(page, name) for page, text in PROSE for name in re.findall(r"`(srcnn(?:\.(?!toml`)\w+)+)`", text)],
)
def test_names_in_the_text_exist(page: str, name: str) -> None:
    assert value_of(name) is not None, page


@pytest.mark.parametrize(
    ("page", "path"),
    [(page, path) for page, text in PROSE for path in re.findall(r"`([\w./+-]+/[\w.+-]+\.(?:py|md|toml|yml))`", text)],
)
def test_files_in_the_text_exist(page: str, path: str) -> None:
    if "NAME" not in path and not path.startswith("runs/"):
        assert any((folder / path).exists() for folder in (ROOT, ROOT / "src" / "srcnn")), (
            f"{page} names {path}, which does not exist"
        )


@pytest.mark.parametrize(("page", "text"), PROSE, ids=[page for page, _ in PROSE])
def test_lists_inside_lists_are_four_spaces_in(page: str, text: str) -> None:
    """With fewer, GitHub shows a list inside a list, and the documentation's Markdown does not."""
    assert re.findall(r"^ {1,3}(?:[-*]|\d+\.) .*", text, re.MULTILINE) == [], page


# Examples


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:60]


@pytest.mark.parametrize("page", [name for name, text in TEXTS.items() if "\n>>> " in text])
def test_examples_on_pages_give_what_they_say(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = "\n".join(code for _, code in FENCE.findall(TEXTS[page]) if ">>>" in code)
    test = doctest.DocTestParser().get_doctest(code, {}, page, page, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize(("page", "code"), list(blocks("python")), ids=first_line)
def test_python_on_pages_is_python(page: str, code: str) -> None:
    if ">>>" not in code:
        compile(code, page, "exec")


@pytest.mark.parametrize(("page", "code"), list(blocks("toml")), ids=first_line)
def test_toml_on_pages_is_toml(page: str, code: str) -> None:
    assert tomllib.loads(code), page


WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "src").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings_give_what_they_say(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # they read examples/chart.png
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted
    assert results.failed == 0


@pytest.mark.parametrize("name", [name for name in srcnn.__all__ if callable(getattr(srcnn, name))])
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(srcnn, name)) or ""), f"srcnn.{name} has no example"


# Public names


@pytest.mark.parametrize("name", srcnn.__all__)
def test_every_public_name_is_on_a_page(name: str) -> None:
    assert f"srcnn.{name}" in SHOWN or f"`srcnn.{name}`" in SITE["api.md"], f"docs/api.md has no line ::: srcnn.{name}"


@pytest.mark.parametrize("name", SHOWN)
def test_the_place_of_a_public_name_holds_it(name: str) -> None:
    module, _, last = HOOKS.home(name).rpartition(".")
    assert getattr(importlib.import_module(module), last) is value_of(name)
    assert f"{last}" in (Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8"))


def sections(value: Any) -> dict[str, Any]:
    """Sections of a docstring: their names and what they hold."""
    parsed = griffe.Docstring(inspect.getdoc(value) or "", lineno=1).parse("numpy", warnings=False)
    return {section.kind.value: section.value for section in parsed}


def documented(value: Any, kind: str) -> list[str]:
    return [item.name for item in sections(value).get(kind, [])]


def parameters(function: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def assert_documented(function: Callable[..., Any], name: str, *, always_raises: bool) -> None:
    text = inspect.getdoc(function)
    assert text, f"{name} has no docstring"
    assert documented(function, "parameters") == parameters(function), f"Parameters of {name}"
    if inspect.signature(function).return_annotation not in (None, "None"):
        assert sections(function).get("returns"), f"{name} has no section Returns"
    if always_raises or re.search(r"^\s+raise \w", inspect.getsource(function), re.MULTILINE):
        assert sections(function).get("raises"), f"{name} has no section Raises"


@pytest.mark.parametrize("name", [name for name in SHOWN if inspect.isfunction(value_of(name))])
def test_functions_have_their_sections(name: str) -> None:
    function = value_of(name)
    assert_documented(function, name, always_raises=bool(parameters(function)))


@pytest.mark.parametrize("name", [name for name in SHOWN if inspect.isclass(value_of(name))])
def test_classes_have_their_sections(name: str) -> None:
    kind = value_of(name)
    assert inspect.getdoc(kind), f"{name} has no docstring"
    if dataclasses.is_dataclass(kind):
        assert documented(kind, "attributes") == [field.name for field in dataclasses.fields(kind)], (
            f"Attributes of {name}"
        )
    for called, member in vars(kind).items():
        if called.startswith("_") and called != "__call__":
            continue
        if isinstance(member, property):
            assert inspect.getdoc(member), f"{name}.{called} has no docstring"
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if inspect.isfunction(function) and set(parameters(function)) - {"cls"}:
            assert_documented(getattr(kind, called), f"{name}.{called}", always_raises=False)
