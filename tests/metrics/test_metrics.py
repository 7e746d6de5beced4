"""What all six metrics keep, whatever they compute."""

import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

import srcnn
from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.metrics import METRICS, Metric, get

ALL = list(METRICS.values())
PERFECT = {"psnr": math.inf, "ssim": 1.0, "nqm": math.inf, "wpsnr": math.inf, "ms-ssim": 1.0}
each_metric = pytest.mark.parametrize("metric", ALL, ids=list(METRICS))


def make_image(height: int = 170, width: int = 183, seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    smooth = (
        np.cumsum(rng.normal(size=(height, width)), axis=1) * 6
        + np.cumsum(rng.normal(size=(height, width)), axis=0) * 6
    )
    return np.clip(128 + smooth, 0, 255).astype(np.uint8)


def add_noise(image: NDArray[np.uint8], amplitude: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(1).normal(scale=amplitude, size=image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


@each_metric
def test_the_table_tells_what_a_caller_needs(metric: Metric) -> None:
    assert METRICS[metric.name] is metric
    assert metric.higher_is_better
    assert metric.paper
    assert metric.unit in ("", "dB", "bit/px")
    assert metric.smallest_side >= 1


@each_metric
def test_more_noise_scores_lower(metric: Metric) -> None:
    hr = make_image()
    scores = [metric.function(hr, add_noise(hr, amplitude), data_range=255.0) for amplitude in (2, 8, 32)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


@each_metric
def test_equal_images_score_best(metric: Metric) -> None:
    hr = make_image()
    best = metric.function(hr, hr.copy(), data_range=255.0)
    if metric.name in PERFECT:
        assert best == pytest.approx(PERFECT[metric.name], rel=1e-12)
    else:
        assert 40 < best < 100  # IFC stays finite
    assert best > metric.function(hr, add_noise(hr, 1), data_range=255.0)


@each_metric
def test_the_range_of_the_numbers_does_not_matter(metric: Metric) -> None:
    hr = make_image()
    sr = add_noise(hr, 5)
    expected = metric.function(hr, sr, data_range=255.0)
    assert metric.function(hr / 255.0, sr / 255.0) == pytest.approx(expected, rel=1e-6)
    assert metric.function(hr.astype(np.uint16) * 257, sr.astype(np.uint16) * 257, data_range=65535.0) == pytest.approx(
        expected, rel=1e-6
    )


@each_metric
def test_the_layout_in_memory_does_not_matter_and_inputs_stay(metric: Metric) -> None:
    hr = make_image()
    sr = add_noise(hr, 5)
    before = hr.copy(), sr.copy()
    expected = metric.function(hr, sr, data_range=255.0)
    assert metric.function(np.asfortranarray(hr), np.repeat(sr, 2, axis=1)[:, ::2], data_range=255.0) == expected
    floats = hr.astype(np.float64), sr.astype(np.float64)
    assert metric.function(*floats, data_range=255.0) == expected
    np.testing.assert_array_equal((hr, sr), before)
    np.testing.assert_array_equal(floats, before)


@pytest.mark.parametrize("name", ["psnr", "ssim", "wpsnr", "ms-ssim"])
def test_the_symmetric_ones_do_not_know_which_image_is_the_truth(name: str) -> None:
    hr = make_image()
    sr = add_noise(hr, 9)
    assert METRICS[name].function(hr, sr, data_range=255.0) == METRICS[name].function(sr, hr, data_range=255.0)


@pytest.mark.parametrize("name", ["psnr", "ssim", "wpsnr", "ms-ssim"])
def test_turning_both_images_over_changes_nothing(name: str) -> None:
    hr = make_image(192, 176)
    sr = add_noise(hr, 9)
    expected = METRICS[name].function(hr, sr, data_range=255.0)
    if name != "ms-ssim":  # every second row from the first: other rows when the image is turned over
        assert METRICS[name].function(hr[::-1], sr[::-1], data_range=255.0) == pytest.approx(expected, rel=1e-9)
    assert METRICS[name].function(hr.T, sr.T, data_range=255.0) == pytest.approx(expected, rel=1e-9)


@each_metric
def test_the_smallest_image_is_measured_and_a_smaller_one_refused(metric: Metric) -> None:
    side = metric.smallest_side
    hr = make_image(side, side + 3, seed=4)
    assert not math.isnan(metric.function(hr, add_noise(hr, 20), data_range=255.0))
    if side > 1:
        with pytest.raises(
            ShapeError,
            match=f"{metric.title} needs images of at least {side} pixels per side, got {side + 3}x{side - 1}",
        ):
            metric.function(hr[:-1], hr[:-1], data_range=255.0)


@each_metric
def test_different_sizes_are_refused(metric: Metric) -> None:
    hr = make_image()
    with pytest.raises(ShapeError, match=r"same shape, got \(170, 183\) and \(170, 182\)"):
        metric.function(hr, hr[:, :-1], data_range=255.0)


@each_metric
def test_what_is_no_image_is_refused(metric: Metric) -> None:
    with pytest.raises(ShapeError):
        metric.function(np.zeros(200), np.zeros(200))
    with pytest.raises(ShapeError):
        metric.function(np.zeros((0, 200)), np.zeros((0, 200)))


@pytest.mark.parametrize("metric", [m for m in ALL if m.name != "psnr"], ids=lambda m: m.name)
def test_colour_is_refused_where_a_plane_is_meant(metric: Metric) -> None:
    hr = np.repeat(make_image()[..., None], 3, axis=2)
    with pytest.raises(ShapeError, match="one plane"):
        metric.function(hr, hr, data_range=255.0)


@each_metric
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.01, 1.01])
def test_values_that_are_not_finite_or_out_of_range_are_refused(metric: Metric, value: float) -> None:
    hr = make_image() / 255.0
    sr = hr.copy()
    sr[3, 5] = value
    with pytest.raises(RangeError, match="sr"):
        metric.function(hr, sr)
    with pytest.raises(RangeError, match="hr"):
        metric.function(sr, hr)


@each_metric
def test_8_bit_values_without_their_range_are_refused(metric: Metric) -> None:
    with pytest.raises(RangeError, match=r"pass data_range=255\.0"):
        metric.function(make_image(), make_image())


@each_metric
@pytest.mark.parametrize("data_range", [0.0, -1.0, math.nan, math.inf])
def test_a_range_that_is_none_is_refused(metric: Metric, data_range: float) -> None:
    with pytest.raises(OptionError, match="data_range"):
        metric.function(make_image(), make_image(), data_range=data_range)


@each_metric
@pytest.mark.parametrize("level", [0, 255])
def test_flat_images_give_a_value_without_a_warning(metric: Metric, level: int) -> None:
    flat = np.full((170, 170), level, np.uint8)
    other = add_noise(np.full((170, 170), 100, np.uint8), 10)
    for hr, sr in ((flat, flat), (flat, other), (other, flat)):
        assert not math.isnan(metric.function(hr, sr, data_range=255.0))


@each_metric
def test_stripes_give_a_value_without_a_warning(metric: Metric) -> None:
    stripes = np.repeat((np.arange(180) // 3 % 2 * 255).astype(np.uint8)[:, None], 180, axis=1)
    for hr in (stripes, stripes.T):
        assert math.isfinite(metric.function(hr, add_noise(hr, 10), data_range=255.0))


@each_metric
def test_memory_is_at_most_40_images(metric: Metric) -> None:
    hr = make_image(512, 512)
    sr = add_noise(hr, 5)
    metric.function(hr, sr, data_range=255.0)
    tracemalloc.start()
    try:
        metric.function(hr, sr, data_range=255.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 40 * hr.size * 8


def test_get_reads_names() -> None:
    assert [m.name for m in get("psnr,ssim")] == ["psnr", "ssim"]
    assert [m.name for m in get([" IFC", "psnr", "ifc"])] == ["ifc", "psnr"]
    assert get("all") == get(METRICS) == tuple(ALL)
    assert get("psnr,all") == tuple(ALL)


@pytest.mark.parametrize(
    ("name", "near"), [("pnsr", "psnr"), ("msssim", "ms-ssim"), ("ms_ssim", "ms-ssim"), ("wpsnrr", "wpsnr")]
)
def test_get_names_the_nearest(name: str, near: str) -> None:
    with pytest.raises(OptionError, match=f"did you mean {near}"):
        get(f"ssim,{name}")


@pytest.mark.parametrize("names", ["", " , ", []])
def test_get_wants_a_name(names: str | list[str]) -> None:
    with pytest.raises(OptionError, match="no metric named"):
        get(names)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(OptionError, match=r"There are psnr, ssim, ifc, nqm, wpsnr, ms-ssim"):
        get("zzzz")


def test_the_metrics_need_numpy_alone() -> None:
    code = (
        "import sys, numpy as np; from srcnn.metrics import METRICS\n"
        "x = np.random.default_rng(0).random((170, 170)); y = np.clip(x + 0.1, 0, 1)\n"
        "for m in METRICS.values(): m.function(x, y)\n"
        "print([n for n in ('scipy', 'torch', 'PIL', 'pyvips', 'onnxruntime') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@each_metric
def test_a_metric_of_the_table_can_be_called(metric: Metric) -> None:
    hr = make_image()
    sr = add_noise(hr, 10)
    assert metric(hr, sr, data_range=255.0) == metric.function(hr, sr, data_range=255.0)
    public = getattr(srcnn, metric.name.replace("-", "_"))
    assert public(hr, sr, data_range=255.0) == metric(hr, sr, data_range=255.0)
