"""The public names: those listed, all of them, and nothing else."""

import importlib
import re

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
