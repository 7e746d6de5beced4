"""Where the images are looked for, and what is said when they are not there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.benchmark.datasets import DATA_VARIABLE, data_folder, dataset_names, open_dataset, worn
from srcnn.errors import DataError


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_folder_given_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "a"))
    assert data_folder() == tmp_path / "a"
    assert data_folder(tmp_path / "b") == tmp_path / "b"


def test_no_folder_at_all_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with pytest.raises(DataError, match=r"--data FOLDER, or set SRCNN_DATA"):
        data_folder()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"SRCNN_DATA names .*nowhere"):
        data_folder()


def test_images_are_sorted_and_other_files_left_out(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.bmp", "notes.txt", ".hidden.png"):
        touch(tmp_path / "Set5" / name)
    assert [path.name for path in open_dataset("Set5", tmp_path).images] == ["a.bmp", "b.PNG"]


def test_a_missing_dataset_names_those_there_are(tmp_path: Path) -> None:
    touch(tmp_path / "Set5" / "a.bmp")
    touch(tmp_path / "Set14" / "a.bmp")
    (tmp_path / "empty").mkdir()
    assert dataset_names(tmp_path) == ("Set14", "Set5")
    with pytest.raises(DataError, match=r"no dataset 'Set4' in .*; available: Set14, Set5"):
        open_dataset("Set4", tmp_path)


@pytest.mark.parametrize("name", ["..", "", "a/b", "."])
def test_a_dataset_is_one_folder_below_data(name: str, tmp_path: Path) -> None:
    touch(tmp_path / "data" / "a" / "b" / "x.png")
    with pytest.raises(DataError, match="no dataset"):
        open_dataset(name, tmp_path / "data")


def test_an_empty_dataset_and_equal_names_are_errors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no image"):
        open_dataset("empty", tmp_path)
    touch(tmp_path / "twice" / "a.bmp")
    touch(tmp_path / "twice" / "a.png")
    with pytest.raises(DataError, match="same name in the table"):
        open_dataset("twice", tmp_path)


def test_images_of_a_set_can_be_read_in_grey(tmp_path: Path) -> None:
    (tmp_path / "Set5").mkdir()
    Image.new("RGB", (4, 3), (255, 0, 0)).save(tmp_path / "Set5" / "red.png")
    colour, grey = (open_dataset(name, tmp_path) for name in ("Set5", "Set5:grey"))
    assert (colour.name, grey.name) == ("Set5", "Set5 grey")
    assert colour.read(colour.images[0]).shape == (3, 4, 3)
    assert (grey.read(grey.images[0]) == np.full((3, 4), 76)).all()  # 255 * 0.299, rounded
    worn_too = worn(grey, "jpeg75")
    assert (worn_too.name, worn_too.grey) == ("Set5 grey jpeg75", True)
    with pytest.raises(DataError, match="no dataset 'Set4'"):
        open_dataset("Set4:grey", tmp_path)
