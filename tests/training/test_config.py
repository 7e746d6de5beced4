"""Recipes are checked key by key."""

from dataclasses import replace
from pathlib import Path

import pytest

from srcnn.errors import OptionError
from srcnn.training.config import DEFAULT, TrainConfig, as_values, config_from, load_recipe

RECIPES = sorted(
    path
    for path in (Path(__file__).parents[2] / "recipes").glob("*.toml")
    if "method" not in path.read_text(encoding="utf-8").split()
)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_in_the_repository_is_valid(path: Path) -> None:
    config = load_recipe(path)
    assert config_from(as_values(config)) == config


def test_a_mistyped_key_names_the_right_one(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text("steps = 5\nlerning_rate = 0.1\n", encoding="utf-8")
    with pytest.raises(OptionError, match=r"mine\.toml: unknown key 'lerning_rate'; did you mean 'learning_rate'\?"):
        load_recipe(recipe)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("patch = 3.5", "patch must be a whole number"),
        ('batch = "many"', "batch must be a whole number"),
        ("augment = 1", "augment must be true or false"),
        ("learning_rate = true", "learning_rate must be a number"),
        ('data = "T91"', "data must be a list"),
        ("sizes = [2.0]", "sizes must be factors"),
        ('loss = "ssim"', "loss must be one of mse"),
        ('optimiser = "lion"', "optimiser must be one of sgd"),
        ("scale = 1", "scale must be"),
        ("teacher_weight = 0.5", "teacher_weight must be 0 where there is no teacher"),
        ("learning_rate = -1", "learning_rate must be positive"),
        ("frame = 17", "frame must be not negative, and less than half of the patch"),
        ("expand = -1", "expand must be not negative"),
        ("steps = -1", "steps and minutes must be not negative"),
        ("= 3", "not a valid TOML"),
    ],
)
def test_wrong_values_are_refused(tmp_path: Path, line: str, words: str) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(("" if line.startswith("steps") else "steps = 5\n") + line, encoding="utf-8")
    with pytest.raises(OptionError, match=words):
        load_recipe(recipe)


def test_a_run_needs_an_end() -> None:
    with pytest.raises(OptionError, match="needs an end"):
        TrainConfig()


def test_overrides_win_and_are_checked(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text("steps = 5\nscale = 3\n", encoding="utf-8")
    assert load_recipe(recipe, scale=2).scale == 2
    with pytest.raises(OptionError, match="scale"):
        load_recipe(recipe, scale=0)


def test_missing_recipe_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot read the recipe"):
        load_recipe(tmp_path / "none.toml")


def test_the_model_is_named_after_its_network_unless_told() -> None:
    config = TrainConfig(steps=1)
    assert config.model == "srcnn-9-5-5"
    assert replace(config, name="mine").model == "mine"


def test_the_default_recipe_is_the_default() -> None:
    assert load_recipe(Path(__file__).parents[2] / "recipes" / "default.toml") == DEFAULT
