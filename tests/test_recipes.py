"""The one reader of recipes, of both kinds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from srcnn import recipes
from srcnn.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class Cake:
    """A recipe."""

    flour: float
    eggs: int = 2
    sweet: bool = True
    name: str = ""
    layers: tuple[int, ...] = ()
    glaze: float | None = None


def test_values_become_the_fields_types() -> None:
    made = recipes.build(Cake, {"flour": 1, "layers": [3, 4], "glaze": 2})
    assert made == Cake(flour=1.0, layers=(3, 4), glaze=2.0)
    assert isinstance(made.flour, float)
    assert recipes.build(Cake, {"flour": 1, "glaze": None}).glaze is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "flour is missing"),
        ({"flour": 1, "egs": 3}, "unknown key 'egs'; did you mean 'eggs'"),
        ({"flour": 1, "xyzzy": 3}, "unknown key 'xyzzy'; the keys are: flour, eggs"),
        ({"flour": "1"}, "flour must be a number, got '1'"),
        ({"flour": True}, "flour must be a number, got True"),
        ({"flour": 1, "eggs": 1.5}, "eggs must be a whole number, got 1.5"),
        ({"flour": 1, "eggs": True}, "eggs must be a whole number, got True"),
        ({"flour": 1, "sweet": 1}, "sweet must be true or false"),
        ({"flour": 1, "name": 3}, "name must be a text"),
        ({"flour": 1, "layers": 3}, "layers must be a list"),
        ({"flour": 1, "layers": ["a"]}, "layers must be a whole number, got 'a'"),
    ],
)
def test_a_wrong_key_or_value_is_refused_in_words(values: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError, match=says):
        recipes.build(Cake, values)


def cake(values: dict[str, Any]) -> Cake:
    return recipes.build(Cake, values)


def test_overrides_win_and_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "cake.toml"
    path.write_text("flour = 1\neggs = 3\n", encoding="utf-8")
    assert recipes.load(path, cake, eggs=5) == Cake(flour=1.0, eggs=5)
    with pytest.raises(OptionError, match=r"cake\.toml: eggs must be a whole number"):
        recipes.load(path, cake, eggs="many")


def test_a_file_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "cake.toml"
    path.write_text("flour = ", encoding="utf-8")
    with pytest.raises(OptionError, match="not a valid TOML"):
        recipes.read_recipe(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="not a valid TOML"):
        recipes.read_recipe(path)
    with pytest.raises(OptionError, match=r"cannot read the recipe .*cakes\.toml: .*did you mean cake\.toml\?"):
        recipes.read_recipe(tmp_path / "cakes.toml")
    with pytest.raises(OptionError, match="cannot read the recipe"):
        recipes.read_recipe(tmp_path / "nowhere" / "none.toml")
    with pytest.raises(OptionError, match="cannot read the recipe"):
        recipes.read_recipe(tmp_path)
