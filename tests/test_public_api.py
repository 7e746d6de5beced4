"""The public names: those listed, all of them, and nothing else."""

import ast
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

import srcnn


@pytest.mark.parametrize("name", srcnn.__all__)
def test_every_listed_name_is_there(name: str) -> None:
    assert getattr(srcnn, name) is not None


def test_list_is_sorted_and_complete() -> None:
    assert len(set(srcnn.__all__)) == len(srcnn.__all__)
    assert set(srcnn.__all__) == {*srcnn._HOME, "__version__"}
    assert set(srcnn.__all__) <= set(dir(srcnn))


def test_star_import_gives_the_list() -> None:
    names: dict[str, object] = {}
    exec("from srcnn import *", names)
    assert set(srcnn.__all__) <= set(names)


@pytest.mark.parametrize("name", ["upscale", "degrade", "train"])
def test_functions_are_not_hidden_by_modules_of_their_name(name: str) -> None:
    module = importlib.import_module(f"srcnn.{name}")
    assert getattr(srcnn, name) is getattr(module, name)
    assert callable(getattr(srcnn, name))


@pytest.mark.parametrize("name", ["benchmark", "report"])
def test_functions_are_not_hidden_by_packages_of_their_name(name: str) -> None:
    importlib.import_module(f"srcnn.{name}")
    assert getattr(srcnn, name) is getattr(importlib.import_module("srcnn.experiments"), name)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'upscal'"):
        _ = srcnn.upscal


def test_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", srcnn.__version__)


@pytest.mark.parametrize("name", [n for n in srcnn.__all__ if n.endswith("Error")])
def test_one_tree_of_errors(name: str) -> None:
    assert issubclass(getattr(srcnn, name), srcnn.SrcnnError)


def test_what_holds_arrays_is_equal_to_itself_alone() -> None:
    """Two arrays are not equal or different, but pixel by pixel: comparing them as values would be an error."""
    arrays = re.compile(r"\b(?:Floats|Bytes|NDArray|Plane|Tensor)\b")
    wrong = []
    for path in sorted(Path(srcnn.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            frozen = [ast.unparse(made) for made in node.decorator_list if "frozen=True" in ast.unparse(made)]
            kinds = [ast.unparse(line.annotation) for line in node.body if isinstance(line, ast.AnnAssign)]
            holds = any(arrays.search(kind) and "Callable" not in kind for kind in kinds)
            if holds and any("eq=False" not in made for made in frozen):
                wrong.append(f"{path.name}: {node.name}")
    assert not wrong
    first, second = (srcnn.Picture(np.zeros((2, 2), np.uint8)) for _ in range(2))
    assert first in [second, first]
    assert first != second
    assert len({first, second}) == 2
