"""The promises of the benchmark where Set5 is not at hand: three drawn images of our own, from files to figures.

`scripts/make_goldens.py` drew the images and made the values; it says how.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn import weights
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.records import Key, Records, mean, read
from srcnn.benchmark.run import run_benchmark
from srcnn.cli import main
from srcnn.methods import resolve

GOLDEN = Path(__file__).parents[1] / "golden"
PROTOCOL = json.loads((GOLDEN / "protocol.json").read_text(encoding="utf-8"))
SCORES = json.loads((GOLDEN / "benchmark.json").read_text(encoding="utf-8"))
OF_ANOTHER_PROCESSOR = {"psnr": 0.01, "ssim": 0.0002}  # its sums run in another order, and some pixels round otherwise


def test_the_drawn_images_are_small_and_of_both_kinds() -> None:
    files = sorted((GOLDEN / "drawn").iterdir())
    assert [file.stem for file in files] == sorted(PROTOCOL)
    assert {np.asarray(Image.open(file)).shape for file in files} == {(96, 96), (96, 96, 3)}
    assert sum(file.stat().st_size for file in GOLDEN.rglob("*.*")) < 100_000


def test_bicubic_follows_the_protocol_step_by_step(tmp_path: Path) -> None:
    config = BenchmarkConfig(methods=("bicubic",), datasets=("drawn",), scales=(2, 3, 4), metrics=("psnr",))
    found = {score.key: score.values["psnr"] for score in run_benchmark(config, tmp_path, data=GOLDEN).scores}
    expected = {
        Key("bicubic", "drawn", int(scale), image): psnr
        for image, by_scale in PROTOCOL.items()
        for scale, psnr in by_scale.items()
    }
    # The protocol's single precision moves two pixels of an image by one level at most.
    assert found == pytest.approx(expected, abs=2e-3)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    """What the command measures of five models."""
    output = tmp_path_factory.mktemp("run")
    arguments = ["--methods", ",".join(SCORES), "--datasets", "drawn", "--scales", "2,3,4", "--threads", "1"]
    done = CliRunner().invoke(main, ["benchmark", *arguments, "--data", str(GOLDEN), "--output", str(output)])
    assert done.exit_code == 0, done.stderr
    assert "drawn x3" in done.stdout
    return read(output)


@pytest.mark.parametrize("scale", ["2", "3", "4"])
@pytest.mark.parametrize("name", SCORES)
def test_models_score_as_they_did(records: Records, name: str, scale: str) -> None:
    own = [s.values for s in records.scores if (s.key.method, s.key.scale) == (resolve(name), int(scale))]
    assert len(own) == 3
    found = {metric: mean([values[metric] for values in own]) for metric in ("psnr", "ssim")}
    digest = records.run["weights"].get(f"{resolve(name)} x{scale}", "")
    assert digest == SCORES[name][scale]["weights"], "other weights are shipped: scripts/make_goldens.py benchmark"
    for metric, tolerance in OF_ANOTHER_PROCESSOR.items():
        assert found[metric] == pytest.approx(SCORES[name][scale][metric], abs=tolerance), metric


def test_what_is_measured_are_the_shipped_weights(records: Records) -> None:
    shipped = {f"{entry.card.name} x{entry.card.scale}": entry.sha256 for entry in weights.entries()}
    assert records.run["weights"].items() <= shipped.items()


def test_trained_models_beat_bicubic_in_that_order(records: Records) -> None:
    for scale in (2, 3, 4):
        psnr = {
            name: mean([s.values["psnr"] for s in records.scores if s.key[::2] == (resolve(name), scale)])
            for name in SCORES
        }
        assert psnr["bicubic"] < min(psnr["a+"], psnr["srcnn-9-5-5"]) < psnr["best"]
        assert psnr["fast"] < min(psnr["best"], psnr["max"])
