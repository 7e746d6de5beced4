"""Recipes are checked key by key."""

import math
import re
from dataclasses import fields, replace
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
        ("scale = 1", "scale must be from 2 to 64, got 1"),
        ("scale = 65", "scale must be"),
        ("patch = -5", "patch must be from 1"),
        ("frame = -1", "frame must be not negative"),
        ("batch = 0", "batch must be"),
        ("batch = 1" + "0" * 30, "batch must be"),
        ("holdout = 1", "holdout must be"),
        ("validation_every = 0", "validation_every must be"),
        ("stride = 0", "stride must be"),
        ("refresh = 0", "refresh must be"),
        ("warm_up = -5", "warm_up must be"),
        ("steps = 1" + "0" * 30, "steps must be"),
        ("validate_steps = -1", "validate_steps must be"),
        ("snapshots = -1", "snapshots must be"),
        ("seed = -1", "seed must be from 0"),
        ("seed = 1" + "0" * 30, "seed must be from 0"),
        ("widths = [-1, 3]", "widths must be numbers from 1"),
        ("detail = -0.1", "detail must be not negative"),
        ("clip = -1", "clip must be not negative"),
        ("momentum = 1.0", r"momentum must be in \[0, 1\)"),
        ("momentum = nan", "momentum must be a finite number, got nan"),
        ("ema = 1.0", "ema must be"),
        ("mild = 1.1", "mild must be"),
        ("minutes = inf", "minutes must be a finite number"),
        ("minutes = -1", "minutes must be not negative"),
        ("last_layer_rate = -1", "last_layer_rate must be not negative"),
        ("learning_rate = 1" + "0" * 400, "learning_rate must be a finite number"),
        ("learning_rate = 1" + "0" * 5000, "not a valid TOML"),
        ("validate_minutes = 0", "validate_minutes must be positive"),
        ("checkpoint_minutes = 0", "checkpoint_minutes must be positive"),
        ("teacher_weight = 0.5", "teacher_weight must be 0 where there is no teacher"),
        ("learning_rate = -1", "learning_rate must be positive"),
        ("learning_rate = 1e300", "learning_rate must be positive, and at most"),
        ("last_layer_rate = 1e300", "last_layer_rate must be not negative, and at most"),
        ("minutes = 1e308", "minutes must be not negative, and at most"),
        ("live = true\ndetail = 1e308", "detail must be not negative, and at most"),
        ("frame = 17", "frame must be not negative, and less than half of the patch"),
        ("expand = -1", "expand must be from 0"),
        ("steps = -1", "steps must be from 0"),
        ("= 3", "not a valid TOML"),
    ],
)
def test_wrong_values_are_refused(tmp_path: Path, line: str, words: str) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(("" if line.startswith("steps") else "steps = 5\n") + line, encoding="utf-8")
    with pytest.raises(OptionError, match=words):
        load_recipe(recipe)


def test_every_number_has_a_range() -> None:
    numbers = [field for field in fields(TrainConfig) if re.search(r"\b(int|float)\b", str(field.type))]
    assert len(numbers) > 20
    for field in numbers:
        for wrong in (-1e9, math.inf, math.nan):
            value = (wrong,) if "tuple" in str(field.type) else wrong
            with pytest.raises(OptionError, match=field.name):
                replace(DEFAULT, **{field.name: value})  # type: ignore[arg-type]


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
