"""``srcnn benchmark``: what it prints, writes and refuses."""

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.files.io import write_image
from srcnn.files.picture import Picture

RUNNER = CliRunner()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the sets "one" and "two"."""
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        write_image(folder / "a.png", Picture(rng.integers(0, 256, (36, 48, 3), np.uint8)))
        write_image(folder / "b.png", Picture(rng.integers(0, 256, (40, 36), np.uint8)))
    return tmp_path / "data"


def test_the_published_row_is_printed(data_dir: Path, tmp_path: Path) -> None:
    arguments = [
        "benchmark",
        "--methods",
        "bicubic",
        "--datasets",
        "Set5",
        "--scales",
        "2,3,4",
        "--metrics",
        "psnr,ssim",
    ]
    result = RUNNER.invoke(main, [*arguments, "--data", str(data_dir), "--output", str(tmp_path)])
    assert result.exit_code == 0
    for cells in ("33.66 (33.66)  0.9299 (0.9299)", "30.39 (30.39)  0.8682 (0.8682)", "28.42 (28.42)  0.8104 (0.8104)"):
        assert cells in result.stdout


def test_a_row_for_every_set_scale_and_image(data: Path, tmp_path: Path) -> None:
    arguments = [
        "benchmark",
        "--methods",
        "bicubic",
        "--datasets",
        "one,two",
        "--scales",
        "2, 3",
        "--data",
        str(data),
        "-o",
        str(tmp_path / "out"),
    ]
    result = RUNNER.invoke(main, arguments)
    assert result.exit_code == 0
    with (tmp_path / "out" / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["method", "dataset", "scale", "image", "psnr", "ssim", "seconds", "cpu_seconds"]
    assert [(row["dataset"], row["scale"], row["image"]) for row in rows] == [
        (dataset, scale, image) for dataset in ("one", "two") for scale in ("2", "3") for image in ("a", "b")
    ]
    assert (tmp_path / "out" / "run.json").exists()
    assert "one x2, mean of 2 images" in result.stdout
    assert "8 rows in" in result.stdout
    assert result.stderr == ""


def test_sets_are_found_below_the_variable(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRCNN_DATA", str(data))
    arguments = ["benchmark", "--methods", "bicubic", "--datasets", "one", "--scales", "2", "-o", str(tmp_path / "out")]
    assert RUNNER.invoke(main, arguments).exit_code == 0


def test_resume_adds_to_a_table(data: Path, tmp_path: Path) -> None:
    arguments = [
        "benchmark",
        "--methods",
        "bicubic",
        "--datasets",
        "one",
        "--data",
        str(data),
        "-o",
        str(tmp_path / "out"),
    ]
    assert RUNNER.invoke(main, [*arguments, "--scales", "2"]).exit_code == 0
    result = RUNNER.invoke(main, [*arguments, "--scales", "3", "--resume"])
    assert "4 rows in" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--datasets", "three"], 1, "no dataset 'three' in"),
        (["--methods", "bicubik"], 2, "did you mean 'bicubic'?"),
        (["--metrics", "psnr,sim"], 2, "did you mean ssim?"),
        (["--scales", "2,three"], 2, "--scales must be whole numbers"),
        (["--scales", "1"], 2, "at least 2"),
        (["--methods", ","], 2, "--methods is empty"),
        (["--data", "nowhere"], 1, "--data names nowhere"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    arguments: list[str], code: int, message: str, data: Path, tmp_path: Path
) -> None:
    usual = ["--methods", "bicubic", "--datasets", "one", "--data", str(data), "-o", str(tmp_path / "out")]
    result = RUNNER.invoke(main, ["benchmark", *usual, *arguments])
    assert result.exit_code == code
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_no_data_folder_says_how_to_name_one(data: Path, tmp_path: Path) -> None:
    result = RUNNER.invoke(main, ["benchmark", "--methods", "bicubic", "-o", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "use --data FOLDER, or set SRCNN_DATA" in result.stderr
