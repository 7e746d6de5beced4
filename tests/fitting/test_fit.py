"""Recipes of example-based methods, and the files that fitting leaves."""

import hashlib
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from srcnn.errors import OptionError
from srcnn.files.digest import files_sha256
from srcnn.fitting.anchored_fit import APlusRecipe
from srcnn.fitting.fit import FITTERS, fit, load_recipe, recipe_from
from srcnn.fitting.images import read_luma, training_images
from srcnn.methods.anchored import read
from srcnn.weights import entries, npz

RECIPES = Path(__file__).parents[2] / "recipes"
SMALL = (
    'method = "a+"\nscale = 2\ndata = ["tiny"]\nseed = 4\n'
    "atoms = 20\niterations = 1\nneighbours = 80\nsizes = 2\nridge = 1\n"
)


def recipe_file(folder: Path, text: str = SMALL) -> Path:
    path = folder / "small.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "path",
    sorted(p for p in RECIPES.glob("*.toml") if re.match("(a\\+|anr|ne-lle|sc|kk)_x", p.name)),
    ids=lambda p: p.stem,
)
def test_shipped_recipes_are_whole_and_named_after_their_model(path: Path) -> None:
    recipe = load_recipe(path)
    assert path.stem == f"{recipe.method}_x{recipe.scale}"
    assert recipe.data == ("T91",)


@pytest.mark.parametrize("name", ["ne-lle", "anr", "a+"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_there_is_a_recipe_for_every_model(name: str, scale: int) -> None:
    assert (RECIPES / f"{name}_x{scale}.toml").is_file()


def test_the_defaults_are_the_published_settings() -> None:
    recipe = recipe_from({"method": "a+", "scale": 3})
    assert recipe == APlusRecipe(
        method="a+", scale=3, data=("T91",), seed=0, atoms=1024, nonzeros=3, iterations=20, energy_cut=0.001, step=2,
        neighbours=2048, ridge=0.1, sizes=12, shrink=0.98, pool=5_000_000, weakest=0.1,
    )  # fmt: skip


def test_a_whole_number_is_a_number() -> None:
    recipe = recipe_from(tomllib.loads(SMALL))
    assert isinstance(recipe, APlusRecipe)
    assert recipe.ridge == 1.0
    assert isinstance(recipe.ridge, float)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scale = 3", "method must be one of"),
        ('method = "anchored"\nscale = 3', "method must be one of .*, got 'anchored'"),
        ('method = ["a+"]\nscale = 3', "method must be one of"),
        ('method = "a+"\nscale = 3\nneighbors = 5', "unknown key 'neighbors'; did you mean 'neighbours'"),
        ('method = "a+"', "scale is missing"),
        ('method = "a+"\nscale = 5', "scale must be one of 2, 3, 4, got 5"),
        ('method = "a+"\nscale = 3\nseed = -1', "seed must be from 0 to"),
        (f'method = "a+"\nscale = 3\nseed = {2**63}', "seed must be from 0 to"),
        ('method = "a+"\nscale = 3\natoms = 3.5', "atoms must be a whole number, got 3.5"),
        ('method = "a+"\nscale = 3\ndata = "T91"', "data must be a list"),
        ('method = "a+"\nscale = 3\ndata = []', "data must be at least one folder"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=rf"small\.toml: {says}"):
        load_recipe(recipe_file(tmp_path, text))


def test_what_is_changed_wins_over_the_recipe(tmp_path: Path) -> None:
    changed = load_recipe(recipe_file(tmp_path), scale=4, seed=9)
    assert changed == replace(load_recipe(recipe_file(tmp_path)), scale=4, seed=9)
    with pytest.raises(OptionError, match="scale must be one of 2, 3, 4, got 7"):
        load_recipe(recipe_file(tmp_path), scale=7)


def test_fitting_leaves_a_file_with_its_card(images: Path, tmp_path: Path) -> None:
    recipe = recipe_file(tmp_path)
    seen: list[float] = []
    entry = fit(recipe, images, tmp_path / "out", lambda done, text: seen.append(done))
    assert entry.path == tmp_path / "out" / "model.npz"
    assert [path.name for path in entry.path.parent.iterdir()] == ["model.npz"]
    card = entry.card
    assert (card.name, card.scale, card.seed, card.training_data) == ("a+", 2, 4, ("tiny",))
    assert (card.recipe, card.recipe_sha256) == ("small.toml", hashlib.sha256(recipe.read_bytes()).hexdigest())
    assert card.training_data_sha256 == files_sha256(training_images(images, ("tiny",)))
    arrays, inside = npz.unpack(entry.read())
    assert inside == card
    assert card.parameters == sum(arrays[name].size for name in ("projection", "atoms", "regressors"))
    assert read(entry).upscale(read_luma(images / "tiny" / "1.png")).shape == (48, 60)
    assert seen[0] == 0
    assert seen[-1] == 1


def test_the_same_recipe_and_images_make_the_same_bytes(images: Path, tmp_path: Path) -> None:
    first, again = (fit(recipe_file(tmp_path), images, tmp_path / name) for name in ("one", "two"))
    assert first.path.read_bytes() == again.path.read_bytes()
    other = fit(recipe_file(tmp_path), images, tmp_path / "three", seed=5)
    assert other.card.seed == 5
    assert first.sha256 != other.sha256


def test_shipped_example_based_models_come_from_a_shipped_recipe() -> None:
    for entry in entries():
        if entry.card.name in FITTERS:
            recipe = RECIPES / entry.card.recipe
            assert hashlib.sha256(recipe.read_bytes()).hexdigest() == entry.card.recipe_sha256
