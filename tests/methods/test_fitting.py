"""Recipes, the images they ask for, and the files that fitting leaves."""

import hashlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from srcnn.errors import DataError, OptionError, WeightsError
from srcnn.files.io import write_image
from srcnn.files.picture import Picture
from srcnn.image.colour import luma_bytes
from srcnn.methods.anchored import APlusRecipe, read
from srcnn.methods.fitting import FITTERS, fit, images_sha256, load_recipe, parse_recipe, read_luma, training_images
from srcnn.weights import entries, find, npz, write
from srcnn.weights.card import Card

RECIPES = Path(__file__).parents[2] / "recipes"
SMALL = (
    'method = "a+"\nscale = 2\ndata = ["tiny"]\nseed = 4\n'
    "atoms = 20\niterations = 1\nneighbours = 80\nsizes = 2\nridge = 1\n"
)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A data folder with one training set of three images, ``tiny``."""
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    for number in (2, 1, 3):
        pixels = np.random.default_rng(number).integers(0, 256, (24, 30, 3), np.uint8)
        write_image(folder / f"{number}.png", Picture(pixels))
    (folder / "README.txt").write_text("not an image")
    return folder.parent


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
    recipe = parse_recipe('method = "a+"\nscale = 3')
    assert recipe == APlusRecipe(
        method="a+", scale=3, data=("T91",), seed=0, atoms=1024, nonzeros=3, iterations=20, energy_cut=0.001, step=2,
        neighbours=2048, ridge=0.1, sizes=12, shrink=0.98, pool=5_000_000, weakest=0.1,
    )  # fmt: skip


def test_a_whole_number_is_a_number() -> None:
    recipe = parse_recipe(SMALL)
    assert isinstance(recipe, APlusRecipe)
    assert recipe.ridge == 1.0
    assert isinstance(recipe.ridge, float)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("method = ", "not a TOML file"),
        ("scale = 3", "method must be one of"),
        ('method = "anchored"\nscale = 3', "got 'anchored'"),
        ('method = ["a+"]\nscale = 3', "method must be one of"),
        ('method = "a+"\nscale = 3\nneighbors = 5', "'neighbors' for method 'a\\+'; the nearest is 'neighbours'"),
        ('method = "a+"\nscale = 3\nxyzzy = 5', "unknown key 'xyzzy'"),
        ('method = "a+"', "scale must be one of 2, 3, 4, got None"),
        ('method = "a+"\nscale = 5', "scale must be one of 2, 3, 4, got 5"),
        ('method = "a+"\nscale = 3\natoms = "many"', "atoms must be of type int, got 'many'"),
        ('method = "a+"\nscale = 3\natoms = 3.5', "atoms must be of type int, got 3.5"),
        ('method = "a+"\nscale = 3\nseed = true', "seed must be of type int, got True"),
        ('method = "a+"\nscale = 3\nridge = "0.1"', "ridge must be of type float"),
        ('method = "a+"\nscale = 3\ndata = "T91"', "data must be a list of names"),
        ('method = "a+"\nscale = 3\ndata = []', "data must be a list of names"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        parse_recipe(text, "wrong.toml")


def test_a_missing_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml")


def test_a_folder_of_sets_and_a_set_itself_both_do(images: Path) -> None:
    found = training_images(images, ("tiny",))
    assert [path.name for path in found] == ["1.png", "2.png", "3.png"]
    assert training_images(images / "tiny", ("tiny",)) == found


@pytest.mark.parametrize("sets", [("other",), ("tiny", "other")])
def test_a_missing_set_is_refused(images: Path, sets: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="no training images"):
        training_images(images, sets)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no training images"):
        training_images(tmp_path / "nowhere", ("T91",))


def test_luma_is_the_protocols(images: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (24, 30, 3), np.uint8)
    luma = read_luma(images / "tiny" / "1.png")
    assert luma.dtype == np.float32
    np.testing.assert_array_equal(luma, luma_bytes(pixels).astype(np.float32) / np.float32(255))
    write_image(tmp_path / "deep.png", Picture(np.zeros((5, 5), np.uint16)))
    with pytest.raises(DataError, match=r"deep\.png has 16"):
        read_luma(tmp_path / "deep.png")


def test_fitting_leaves_a_file_with_its_card(images: Path, tmp_path: Path) -> None:
    recipe = recipe_file(tmp_path)
    seen: list[float] = []
    entry = fit(recipe, images, lambda done, text: seen.append(done), out=tmp_path / "out")
    assert find("a+", 2, tmp_path / "out") == entry
    assert entry.path.name == "a+_x2.npz"
    card = entry.card
    assert (card.name, card.scale, card.seed, card.training_data) == ("a+", 2, 4, ("tiny",))
    assert (card.recipe, card.recipe_sha256) == ("small.toml", hashlib.sha256(recipe.read_bytes()).hexdigest())
    assert card.training_data_sha256 == images_sha256(training_images(images, ("tiny",)))
    arrays, inside = npz.unpack(entry.read())
    assert inside == card
    assert card.parameters == sum(arrays[name].size for name in ("projection", "atoms", "regressors"))
    assert read(entry).upscale(read_luma(images / "tiny" / "1.png")).shape == (48, 60)
    assert seen[0] == 0
    assert seen[-1] == 1


def test_the_same_recipe_and_images_make_the_same_bytes(images: Path, tmp_path: Path) -> None:
    first, again = (fit(recipe_file(tmp_path), images, out=tmp_path / name) for name in ("one", "two"))
    assert first.path.read_bytes() == again.path.read_bytes()
    other = fit(recipe_file(tmp_path, SMALL.replace("seed = 4", "seed = 5")), images, out=tmp_path / "three")
    assert first.sha256 != other.sha256


def test_the_hash_of_images_follows_their_bytes_and_order(images: Path) -> None:
    one, two, three = training_images(images, ("tiny",))
    assert images_sha256([one, two]) != images_sha256([two, one])
    assert images_sha256([one, two]) != images_sha256([one, three])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY", bytes(100)])
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(WeightsError, match="NPZ"):
        npz.unpack(data)


def test_pickled_objects_are_refused() -> None:
    file = io.BytesIO()
    np.savez(file, card=np.array([{"name": "a+"}], dtype=object))
    with pytest.raises(WeightsError, match="plain arrays"):
        npz.unpack(file.getvalue())


def test_a_file_without_card_is_refused_and_none_can_be_overwritten() -> None:
    file = io.BytesIO()
    np.savez(file, atoms=np.zeros(3))
    with pytest.raises(WeightsError, match="no 'card'"):
        npz.unpack(file.getvalue())
    with pytest.raises(WeightsError, match="taken"):
        npz.pack({"card": np.zeros(3)}, Card(name="x", scale=2, architecture="", parameters=0))


def test_a_single_number_stays_one() -> None:
    arrays, _ = npz.unpack(npz.pack({"ridge": np.array(0.5)}, Card(name="x", scale=2, architecture="", parameters=0)))
    assert arrays["ridge"].shape == ()


def test_shipped_example_based_models_come_from_a_shipped_recipe() -> None:
    for entry in entries():
        if entry.card.name in FITTERS:
            recipe = RECIPES / entry.card.recipe
            assert hashlib.sha256(recipe.read_bytes()).hexdigest() == entry.card.recipe_sha256


def test_writing_keeps_what_another_process_has_added(tmp_path: Path) -> None:
    cards = [Card(name=name, scale=2, architecture="", parameters=0) for name in ("one", "three")]
    write(b"1", cards[0], "npz", tmp_path)
    assert len(entries(tmp_path)) == 1
    code = "import sys, pathlib; from srcnn.weights import write; from srcnn.weights.card import Card; "
    code += "write(b'2', Card(name='two', scale=2, architecture='', parameters=0), 'npz', pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    write(b"3", cards[1], "npz", tmp_path)
    assert [entry.card.name for entry in entries(tmp_path)] == ["one", "three", "two"]
