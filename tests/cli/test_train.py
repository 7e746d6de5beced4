"""``srcnn train`` on anybody's folder of images, and its errors."""

import importlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn.cli import main as app
from srcnn.weights import npz

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("my_photos")
    rng = np.random.default_rng(0)
    for number in range(3):
        Image.fromarray(rng.integers(0, 255, (90, 96, 3), dtype=np.uint8)).resize((192, 180)).save(
            made / f"Bild {number}.jpg"
        )
    return made


def test_no_more_threads_than_cores_it_may_run_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two threads on one core wait for each other in turns: a run pinned to a core went forty times slower.
    torch = pytest.importorskip("torch")
    chosen: list[int] = []
    monkeypatch.setattr(importlib.import_module("srcnn.train"), "usable_cores", lambda: 1)
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    arguments = [
        "train",
        "--data",
        str(folder),
        "--scale",
        "2",
        "--steps",
        "1",
        "--net",
        "srcnn-5-1-3",
        "--output",
        str(tmp_path / "run"),
    ]
    result = runner.invoke(app, [*arguments, "--accelerator", "cpu"])
    assert result.exit_code == 0, result.output
    assert chosen == [1]


def test_a_folder_and_a_scale_are_enough(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = [
        "train",
        "--data",
        str(folder),
        "--scale",
        "2",
        "--minutes",
        "0.03",
        "--net",
        "srcnn-5-1-3",
        "--output",
        str(run),
    ]
    result = runner.invoke(app, [*arguments, "--accelerator", "cpu", "-j", "1"])
    assert result.exit_code == 0, result.output
    assert "srcnn-5-1-3 x2" in result.output
    assert {"last.ckpt", "best.ckpt", "log.csv", "learning_curve.png", "model.onnx", "tensorboard"} <= {
        p.name for p in run.iterdir()
    }
    small = tmp_path / "small.png"
    Image.fromarray(np.full((20, 30, 3), 99, np.uint8)).save(small)
    result = runner.invoke(
        app, ["upscale", str(small), "-s", "2", "-m", str(run / "model.onnx"), "-o", str(tmp_path / "large.png")]
    )
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "large.png") as large:
        assert large.size == (60, 40)


def test_what_is_going_to_be_done_is_told_first(folder: Path, tmp_path: Path) -> None:
    arguments = [
        "train",
        "--data",
        str(folder),
        "--scale",
        "2",
        "--steps",
        "2",
        "--net",
        "srcnn-5-1-3",
        "--output",
        str(tmp_path / "run"),
    ]
    result = runner.invoke(app, [*arguments, "--accelerator", "cpu", "-j", "1"])
    assert result.exit_code == 0, result.output
    assert (
        f"srcnn-5-1-3 x2 into {tmp_path / 'run'}: 2 images to train on, 1 held out; 1 thread on cpu, float32"
        in result.stderr
    )
    assert "training 2 steps takes about" in result.stderr
    assert "bicubic (" in result.stdout


@pytest.mark.parametrize(
    ("psnr", "bicubic", "words"),
    [
        (31.5, 30.0, "1.50 dB above bicubic (30.00 dB)"),
        (30.001, 30.0, "no better than bicubic (30.00 dB)"),
        (29.0, 30.0, "BELOW bicubic (30.00 dB)"),
        (float("nan"), 30.0, "BELOW bicubic (30.00 dB)"),
    ],
)
def test_a_result_below_bicubic_is_called_so(psnr: float, bicubic: float, words: str) -> None:
    from srcnn.train import against_bicubic

    assert words in against_bicubic(psnr, bicubic)


FITTING = [
    "--minutes=1",
    "--steps=1",
    "--net=fsrcnn",
    "--resume",
    "--devices=2",
    "--nodes=2",
    "--accelerator=cpu",
    "-j2",
]


@pytest.mark.parametrize("option", FITTING)
def test_an_option_that_does_not_apply_to_fitting_is_refused(folder: Path, tmp_path: Path, option: str) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('method = "a+"\nscale = 2\n', encoding="utf-8")
    result = runner.invoke(
        app, ["train", str(recipe), option, "--data", str(folder), "--output", str(tmp_path / "run")]
    )
    assert result.exit_code == 2
    assert f"{ {'-j2': 'threads'}.get(option, option.strip('-').partition('=')[0]) } cannot be given" in result.stderr
    assert not (tmp_path / "run").exists()


SMALL = 'method = "a+"\nscale = 2\natoms = 20\niterations = 1\nneighbours = 80\nsizes = 1\n'


def test_scale_and_seed_win_over_the_recipe_of_a_fitted_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(SMALL, encoding="utf-8")
    result = runner.invoke(app, ["train", "mine.toml", "--scale", "3", "--seed", "7", "--data", str(folder)])
    assert result.exit_code == 0, result.output
    _, card = npz.unpack(Path("runs", "mine", "model.npz").read_bytes())
    assert (card.name, card.scale, card.seed) == ("a+", 3, 7)
    assert "srcnn upscale -s 3 -m runs/mine/model.npz" in result.output


def test_a_scale_that_cannot_be_fitted_is_refused(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(SMALL, encoding="utf-8")
    result = runner.invoke(app, ["train", str(recipe), "-s", "5", "--data", str(folder), "-o", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "scale must be one of 2, 3, 4, got 5" in result.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", ["--threads=0", "--threads=1000000000000", "--devices=0", "--nodes=-1"])
def test_counts_out_of_range_are_refused(folder: Path, tmp_path: Path, option: str) -> None:
    result = runner.invoke(app, ["train", option, "--data", str(folder), "--output", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert option.strip("-").partition("=")[0] in result.stderr


RECIPE = (
    'net = "srcnn-5-1-3"\nwidths = [8, 4]\nscale = 2\ndata = ["."]\npatch = 20\nbatch = 4\nsteps = 2\nholdout = 3\n'
)


def test_the_second_stage_finds_the_first(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    first, second = (tmp_path / "recipes" / f"mine_x2{stage}.toml" for stage in ("_first", ""))
    first.write_text(RECIPE, encoding="utf-8")
    second.write_text(RECIPE + 'init = "runs/mine_x2_first/best.ckpt"\n', encoding="utf-8")
    command = ["train", "--data", str(folder), "--accelerator", "cpu", "-j", "1"]
    result = runner.invoke(app, [*command, str(second)])
    assert result.exit_code == 1
    assert result.stderr.endswith(f"train first, in this order: srcnn train {first}\n")
    assert not (tmp_path / "runs").exists()
    for recipe in (first, second):
        result = runner.invoke(app, [*command, str(recipe)])
        assert result.exit_code == 0, result.output
        assert (tmp_path / "runs" / recipe.stem / "model.onnx").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent there")
def test_a_stopped_run_says_how_to_go_on(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    recipe = tmp_path / "mine.toml"
    recipe.write_text(RECIPE.replace("steps = 2", "steps = 100000"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "srcnn",
        "train",
        str(recipe),
        "--data",
        str(folder),
        "-o",
        str(run),
        "--accelerator",
        "cpu",
        "-j",
        "1",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            while not (run / "last.ckpt").exists():
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)  # the run needs the core
            # A second run in the same folder is refused in one line, resumed or not.
            for arguments in ([], ["--resume"]):
                second = runner.invoke(app, [*command[3:], *arguments])
                assert second.exit_code == 2, second.output
                assert f"is in use by process {process.pid} on" in second.stderr
                assert len(second.stderr.splitlines()) == 1
            process.terminate()
            _, errors = process.communicate()
        finally:
            process.kill()  # a test that fails must not wait for a run of 100,000 steps
    assert process.returncode == 143
    assert (
        errors.splitlines()[-1]
        == f"srcnn: stopped; the trained state is in {run}: run the same command with --resume to continue"
    )
    recipe.write_text(RECIPE.replace("steps = 2", "steps = 1"), encoding="utf-8")
    result = runner.invoke(app, [*command[3:], "--resume"])
    assert result.exit_code == 0, result.output
