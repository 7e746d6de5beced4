"""``srcnn study``: the table on standard output, and its errors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn.cli import main as app

runner = CliRunner()
STUDY = """
[base]
net = "srcnn-5-1-3"
widths = [8, 4]
scale = 2
data = ["photos"]
patch = 20
batch = 4
steps = 2
holdout = 3

[[variant]]
label = "small"
paper = "32.39"
"""


def test_the_table_is_printed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for folder in ("photos", "Test"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            pixels = rng.integers(0, 255, (30, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((64, 60)).save(tmp_path / folder / f"{number}.png")
    Path("mine.toml").write_text(STUDY, encoding="utf-8")
    result = runner.invoke(app, ["study", "mine.toml", "--data", str(tmp_path), "--dataset", "Test", "-j", "1"])
    assert result.exit_code == 0, result.output
    table = Path("runs", "studies", "mine_Test", "table.md").read_text(encoding="utf-8")
    assert result.stdout == table
    assert "| 32.39 |" in table
    assert "small: {" in result.stderr


def test_a_wrong_study_or_test_set_trains_nothing(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "mine.toml").write_text(STUDY, encoding="utf-8")
    command = ["study", str(tmp_path / "mine.toml"), "--data", str(tmp_path), "-o", str(tmp_path / "out")]
    result = runner.invoke(app, [*command, "--dataset", "Nowhere"])
    assert result.exit_code == 1
    assert "no dataset 'Nowhere'" in result.stderr
    (tmp_path / "mine.toml").write_text(STUDY.replace("patch", "pach"), encoding="utf-8")
    result = runner.invoke(app, command)
    assert result.exit_code == 2
    assert "unknown key 'pach'; did you mean 'patch'" in result.stderr
    result = runner.invoke(app, [*command, "--threads", "1000000000000"])
    assert result.exit_code == 2
    assert "--threads must be a whole number from 1 to 1024" in result.stderr
    assert not (tmp_path / "out").exists()
