"""Every public function says what it takes, what it gives and what it raises, in numpydoc's sections.

The code is read, not imported. ``tests/test_docs.py`` asks more of the names on the page of the API.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import srcnn

ROOT = Path(srcnn.__file__).parent
BESIDE = ("cli",)  # their help texts say it
CATCHES_ITS_OWN = {"batch.py: run"}  # what is raised inside is what becomes of one file

MODULES = sorted(
    name
    for path in ROOT.rglob("*.py")
    if (name := path.relative_to(ROOT).as_posix()).split("/")[0] not in BESIDE and name != "__main__.py"
)
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
Function = tuple[str, ast.FunctionDef, bool]


def functions(node: ast.AST, prefix: str = "") -> Iterator[Function]:
    """Public functions and methods, and whether each is a method."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from functions(child, f"{child.name}.")
        elif isinstance(child, ast.FunctionDef) and (child.name == "__call__" or not child.name.startswith("_")):
            yield prefix + child.name, child, bool(prefix)


def parameters(function: ast.FunctionDef) -> list[str]:
    given = function.args
    rest = [argument for argument in (given.vararg, given.kwarg) if argument]
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, *rest)]
    return [name for name in names if name not in ("self", "cls")]


def documented(text: str) -> list[str]:
    """Names in the section Parameters."""
    parts = SECTION.split(text)
    section = dict(zip(parts[1::2], parts[2::2], strict=True)).get("Parameters", "")
    lines = re.findall(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: :.*)?$", section, re.MULTILINE)
    return [name.strip("* ") for line in lines for name in line.split(",")]


def problems(module: str) -> list[str]:
    found = []
    for name, function, method in functions(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if any(ast.unparse(decorator) == "overload" for decorator in function.decorator_list):
            continue  # the types of the function after it
        takes = parameters(function)
        is_property = any("property" in ast.unparse(decorator) for decorator in function.decorator_list)
        if is_property or (method and not takes):  # a sentence says it
            continue
        text = ast.get_docstring(function) or ""
        sections = SECTION.findall(text)
        returns = ast.unparse(function.returns) if function.returns else "None"
        raises = any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(function))
        if sorted(documented(text)) != sorted(takes):
            found.append(f"{module}: {name}: Parameters should be {', '.join(takes)}")
        if returns != "None" and not {"Returns", "Yields"} & set(sections):
            found.append(f"{module}: {name}: no section Returns or Yields")
        if raises and "Raises" not in sections and f"{module}: {name}" not in CATCHES_ITS_OWN:
            found.append(f"{module}: {name}: no section Raises")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_have_their_sections(module: str) -> None:
    assert not problems(module)
