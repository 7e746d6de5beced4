"""All recipes can be trained, each after those it needs."""

from pathlib import Path

import pytest

from srcnn import weights
from srcnn.errors import OptionError, WeightsError
from srcnn.methods import METHODS
from srcnn.nets import input_size
from srcnn.recipes import run_folder
from srcnn.training.config import load_recipe
from srcnn.training.stages import check_stages, earlier_stages, named_files, stage_of

FOLDER = Path(__file__).parents[2] / "recipes"
RECIPES = [
    path for path in sorted(FOLDER.glob("*.toml")) if "\nmethod =" not in "\n" + path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_finds_its_stages(recipe: Path) -> None:
    order = earlier_stages(recipe)  # no stage needs, in the end, itself
    assert recipe not in order
    done: set[Path] = set()
    for stage in (*order, recipe):
        config = load_recipe(stage)
        for file in named_files(config):
            assert run_folder(stage_of(file, FOLDER)) == file.parent
            assert file.name in ("best.ckpt", "last.ckpt")
            assert stage_of(file, FOLDER) in done
        done.add(stage)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_what_a_recipe_names_can_start_and_teach_it(recipe: Path) -> None:
    config = load_recipe(recipe)
    if config.teacher.endswith(".ckpt"):
        teacher = load_recipe(stage_of(Path(config.teacher), FOLDER))
        assert (teacher.scale, input_size(teacher.net)) == (config.scale, "lr")
    elif config.teacher and not config.live:
        assert config.teacher in METHODS
        weights.find(config.teacher, config.scale)
    if config.init and not config.init.endswith(".ckpt"):
        name, _, scale = config.init.rpartition("_x")
        weights.find(name, int(scale))


def written(folder: Path, name: str, **keys: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text("steps = 5\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()), encoding="utf-8")
    return path


def test_missing_stages_are_named_in_the_order_of_their_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a = written(tmp_path, "a")
    b = written(tmp_path, "b", init="runs/a/best.ckpt")
    c = written(tmp_path, "c", init="runs/b/best.ckpt", teacher="runs/a/last.ckpt")
    check_stages(a, load_recipe(a))
    with pytest.raises(
        WeightsError,
        match=r"c\.toml needs runs/b/best\.ckpt and runs/a/last\.ckpt, which do not exist"
        r".*train .*a\.toml; srcnn train .*b\.toml$",
    ):
        check_stages(c, load_recipe(c))
    (tmp_path / "runs" / "b").mkdir(parents=True)
    (tmp_path / "runs" / "b" / "best.ckpt").touch()
    assert earlier_stages(c, missing=True) == (a,)  # b has run: what it needed is needed no more
    assert earlier_stages(c) == (a, b)


def test_stages_in_a_circle_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a = written(tmp_path, "a", init="runs/b/best.ckpt")
    written(tmp_path, "b", init="runs/a/best.ckpt")
    with pytest.raises(OptionError, match="in turn needs"):
        earlier_stages(a)


def test_a_file_that_no_recipe_makes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a = written(tmp_path, "a", init="elsewhere/mine/best.ckpt")
    with pytest.raises(
        WeightsError, match=r"elsewhere/mine/best\.ckpt, which does not exist, and there is no .*mine\.toml"
    ):
        check_stages(a, load_recipe(a))
    (tmp_path / "elsewhere" / "mine").mkdir(parents=True)
    (tmp_path / "elsewhere" / "mine" / "best.ckpt").touch()
    check_stages(a, load_recipe(a))
