"""``srcnn train`` on anybody's folder of pictures, and its errors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn.cli import main as app

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("my_photos")
    rng = np.random.default_rng(0)
    for number in range(3):
        Image.fromarray(rng.integers(0, 255, (90, 96, 3), dtype=np.uint8)).resize((192, 180)).save(made / f"Bild {number}.jpg")
    return made


def test_no_more_threads_than_cores_it_may_run_on(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two threads on one core wait for each other in turns: a run pinned to a core went forty times slower.
    torch = pytest.importorskip("torch")
    chosen: list[int] = []
    monkeypatch.setattr("srcnn.cli.train.usable_cores", lambda: 1)
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    arguments = ["train", "--data", str(folder), "--scale", "2", "--steps", "1", "--net", "srcnn-5-1-3", "--output", str(tmp_path / "run")]
    result = runner.invoke(app, [*arguments, "--accelerator", "cpu"])
    assert result.exit_code == 0, result.output
    assert chosen == [1]


def test_a_folder_and_a_scale_are_enough(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", "--data", str(folder), "--scale", "2", "--minutes", "0.03", "--net", "srcnn-5-1-3", "--output", str(run)]
    result = runner.invoke(app, [*arguments, "--accelerator", "cpu", "-j", "1"])
    assert result.exit_code == 0, result.output
    assert "srcnn-5-1-3 x2" in result.output
    assert {"last.ckpt", "best.ckpt", "log.csv", "learning_curve.png", "model.onnx", "tensorboard"} <= {p.name for p in run.iterdir()}
    small = tmp_path / "small.png"
    Image.fromarray(np.full((20, 30, 3), 99, np.uint8)).save(small)
    result = runner.invoke(app, ["upscale", str(small), "-s", "2", "-m", str(run / "model.onnx"), "-o", str(tmp_path / "large.png")])
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "large.png") as large:
        assert large.size == (60, 40)
