"""``srcnn inspect``: table, figures, refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.engine.onnx_file import BASELINES_KEY, LOG_KEY
from srcnn.files.io import write_image
from srcnn.files.picture import Picture

RUNNER = CliRunner()
LOG = "step,minutes,learning_rate,train_loss,val_psnr\n100,1.5,0.001,0.02,29.5\n200,3.0,0.0005,0.01,30.25\n"


def test_everything_there_is_to_see(tmp_path: Path) -> None:
    write_image(tmp_path / "small.png", Picture(np.random.default_rng(0).integers(0, 256, (42, 60, 3), np.uint8)))
    (tmp_path / "log.csv").write_text(LOG)
    out = tmp_path / "out"
    arguments = [
        "inspect",
        "srcnn-9-1-5",
        "-o",
        str(out),
        "--image",
        str(tmp_path / "small.png"),
        "--log",
        str(tmp_path / "log.csv"),
    ]
    result = RUNNER.invoke(main, [*arguments, "--baseline", "bicubic=28.09"])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "features_1.png",
        "features_2.png",
        "features_3.png",
        "filters.png",
        "learning_curve.png",
    ]
    assert "8,129" in result.stdout
    assert "8,032" in result.stdout


def test_what_is_left_out_is_said(make_network: Any, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(make_network())
    result = RUNNER.invoke(main, ["inspect", str(tmp_path / "net.onnx"), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "no feature maps: give an image" in result.stdout
    assert "no learning curve" in result.stdout


def test_curve_in_the_networks_file_is_drawn(make_network: Any, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(make_network())
    onnx.helper.set_model_props(
        model, {p.key: p.value for p in model.metadata_props} | {LOG_KEY: LOG, BASELINES_KEY: '{"bicubic": 28.09}'}
    )
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    result = RUNNER.invoke(
        main, ["inspect", str(tmp_path / "net.onnx"), "-o", str(tmp_path / "out"), "--baseline", "a+=29"]
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "learning_curve.png").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["bicubic"], 2, "not a network"),
        (["srcnn-9-1-5", "--baseline", "a=1"], 2, "give the run's log.csv"),
        (["best", "--log", "nowhere.csv"], 1, "cannot read the log"),
        (["best", "-s", "7"], 2, "not for 7"),
    ],
)
def test_wrong_use_is_told_in_a_line(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    result = RUNNER.invoke(main, ["inspect", *arguments, "-o", str(tmp_path / "out")])
    assert result.exit_code == code
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()
