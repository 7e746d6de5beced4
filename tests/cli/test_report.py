"""``srcnn report``: where it writes and what it refuses."""

from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.files.io import write_image
from srcnn.files.picture import Picture

RUNNER = CliRunner()


def test_a_benchmark_and_its_report(tmp_path: Path) -> None:
    (tmp_path / "data" / "one").mkdir(parents=True)
    write_image(
        tmp_path / "data" / "one" / "a.png", Picture(np.random.default_rng(0).integers(0, 256, (36, 48, 3), np.uint8))
    )
    folder = str(tmp_path / "out")
    arguments = [
        "benchmark",
        "--methods",
        "bicubic",
        "--datasets",
        "one",
        "--scales",
        "2",
        "--data",
        str(tmp_path / "data"),
        "-o",
        folder,
    ]
    assert RUNNER.invoke(main, arguments).exit_code == 0
    result = RUNNER.invoke(main, ["report", folder])
    assert result.exit_code == 0
    assert "index.html: the page" in result.stdout
    assert "one x2, mean of 1 image<" in (tmp_path / "out" / "report" / "index.html").read_text(encoding="utf-8")


def test_a_folder_without_scores_is_refused(tmp_path: Path) -> None:
    result = RUNNER.invoke(main, ["report", str(tmp_path)])
    assert result.exit_code == 1
    assert "scores.csv" in result.output
