"""A comparison: scores of the protocol, results in colour, clear refusals."""

import math
from pathlib import Path

import numpy as np
import pytest

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.run import run_benchmark
from srcnn.errors import OptionError, ShapeError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes
from srcnn.image.colour import luma_bytes
from srcnn.methods import load
from srcnn.methods.protocol import make_lr, measured_luma
from srcnn.visualise.comparison import compare_methods

RGB: Bytes = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


def test_scores_are_those_of_the_benchmark(tmp_path: Path) -> None:
    (tmp_path / "data" / "set").mkdir(parents=True)
    write_image(tmp_path / "data" / "set" / "a.png", Picture(RGB))
    methods = ("bicubic", "srcnn-9-1-5")
    config = BenchmarkConfig(methods=methods, datasets=("set",), scales=(3,))
    benchmark = run_benchmark(config, tmp_path / "out", data=tmp_path / "data").scores
    assert [result.scores for result in compare_methods(RGB, methods, 3).results] == [
        score.values for score in benchmark
    ]


def test_luma_of_what_is_shown_is_the_methods() -> None:
    (result,) = compare_methods(
        RGB // 2 + 64, ["srcnn-9-1-5"], 2
    ).results  # not so bright that colours leave their range
    hr = RGB // 2 + 64
    sr = load("srcnn-9-1-5", 2).upscale(make_lr(hr, 2, "luma"))
    difference = luma_bytes(result.pixels).astype(int) - measured_luma(sr, grey=False)
    assert np.abs(difference).max() <= 1
    assert result.pixels.shape == hr.shape


def test_a_grey_image_stays_grey() -> None:
    made = compare_methods(RGB[..., 0], ["bicubic"], 2, title="grey")
    assert made.results[0].pixels.ndim == 2
    assert made.title == "grey"
    assert [result.name for result in made.all] == ["original", "bicubic"]
    assert made.original.caption == "PSNR / SSIM"


def test_a_name_asked_for_twice_stands_once() -> None:
    assert [r.name for r in compare_methods(RGB, ["bicubic", "fast", "plain-s"], 3).results] == ["bicubic", "plain-s"]


def test_a_caption_has_the_digits_of_papers() -> None:
    scores = compare_methods(np.full((40, 40), 99, np.uint8), ["bicubic"], 2).results[0]
    assert math.isinf(scores.scores["psnr"])
    assert scores.caption == "inf dB / 1.0000"


def test_every_name_is_checked_before_the_first_works() -> None:
    told: list[str] = []
    with pytest.raises(OptionError, match="bicubik"):
        compare_methods(RGB, ["bicubic", "bicubik"], 2, report=told.append)
    assert not told


@pytest.mark.parametrize(("methods", "scale"), [([], 2), (["bicubic"], 1)])
def test_nothing_to_compare(methods: list[str], scale: int) -> None:
    with pytest.raises(OptionError):
        compare_methods(RGB, methods, scale)


def test_a_image_smaller_than_the_scale_is_refused() -> None:
    with pytest.raises(ShapeError):
        compare_methods(RGB[:2, :2], ["bicubic"], 3)
