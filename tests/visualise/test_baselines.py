"""Level lines: the methods of the paper on the images of a run's validation."""

from pathlib import Path

import numpy as np
import pytest

from srcnn.errors import DataError, OptionError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.visualise.baselines import baselines, parse_baseline, validation_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "d", "e"):
        write_image(tmp_path / f"{name}.png", Picture(rng.integers(0, 256, (40, 40), np.uint8)))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_every_nth_image(folder: Path) -> None:
    assert [path.name for path in validation_images(folder, 2)] == ["a.png", "c.png", "e.png"]


def test_baselines_are_means(folder: Path) -> None:
    told: list[str] = []
    images = validation_images(folder, 4)
    both = baselines(images, 2, threads=1, report=told.append)
    single = [baselines([path], 2, threads=1) for path in images]
    assert list(both) == ["bicubic", "sc", "ne-lle", "kk", "anr", "a+"]
    assert both["a+"] == pytest.approx(np.mean([s["a+"] for s in single]))
    assert told == ["a.png", "e.png"]


def test_images_that_validation_leaves_out_are_left_out(folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    write_image(small, Picture(np.zeros((40, 15), np.uint8)))
    images = validation_images(folder, 4)
    assert baselines([small, *images], 2, threads=1) == baselines(images, 2, threads=1)
    with pytest.raises(DataError, match="at least 16 pixels"):
        baselines([small], 2)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_no_images(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="image"):
        validation_images(tmp_path / name)


def test_a_baseline_is_read() -> None:
    assert parse_baseline("A = B=28.09") == ("A = B", 28.09)
    for text in ("bicubic", "=3", "bicubic=high", "bicubic=nan", "bicubic=inf"):
        with pytest.raises(OptionError, match="NAME=DECIBELS"):
            parse_baseline(text)
