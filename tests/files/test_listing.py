"""Images of a folder come in one order, whatever order the file system has."""

import os
from pathlib import Path

import pytest

from srcnn.benchmark.datasets import open_dataset
from srcnn.errors import DataError
from srcnn.files.listing import images_in, list_images

NAMES = ("10.png", "9.png", "B.png", "a.png", "b/1.png", "b/2.png", "c/d/x.png", "c/y.png", "z.png")
IN_ORDER = ["10.png", "9.png", "B.png", "a.png", "z.png", "b/1.png", "b/2.png", "c/y.png", "c/d/x.png"]


@pytest.fixture(params=["up", "down"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of empty files on a system that lists folders in one order or the other."""
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    plain = os.listdir
    monkeypatch.setattr("os.listdir", lambda path: sorted(plain(path), reverse=request.param == "down"))
    return tmp_path


def test_files_before_folders_each_sorted(folder: Path) -> None:
    assert [path.relative_to(folder).as_posix() for path in list_images(folder).images] == IN_ORDER


def test_a_pattern_keeps_the_order(folder: Path) -> None:
    found = list_images(folder, ("*", "*.png")).images
    assert [path.relative_to(folder).as_posix() for path in found] == ["b/1.png", "b/2.png", "c/y.png"]


def test_a_set_of_images_is_sorted(folder: Path) -> None:
    assert [path.name for path in open_dataset("b", folder).images] == ["1.png", "2.png"]
    found = open_dataset(folder.name, folder.parent).images
    assert [path.name for path in found] == ["10.png", "9.png", "B.png", "a.png", "z.png"]


def test_images_of_subfolders_come_after_and_hidden_ones_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("b.png", "a/c.jpg", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    assert images_in(tmp_path) == (tmp_path / "b.png", tmp_path / "a" / "c.jpg")
    assert images_in(tmp_path, pattern=("*",)) == (tmp_path / "b.png",)


def test_a_folder_without_is_refused_and_says_what_was_left_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder of validation images at .*nowhere; look elsewhere"):
        images_in(tmp_path / "nowhere", what="validation", hint="look elsewhere")
    with pytest.raises(DataError, match=r"no training images in .*; looked for \.png"):
        images_in(tmp_path)
    (tmp_path / "photo.psd").touch()
    with pytest.raises(DataError, match=r"no training images in .*; .*photo\.psd"):
        images_in(tmp_path)
