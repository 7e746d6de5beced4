import numpy as np
import pytest

from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.image.arrays import as_rgb, to_bytes
from srcnn.image.colour import luma_bytes
from srcnn.metrics import psnr, ssim
from srcnn.metrics.protocol import evaluate, luma_pair, measure


def make_luma(height: int = 30, width: int = 34) -> np.ndarray:
    return np.random.default_rng(0).integers(16, 236, size=(height, width), dtype=np.uint8)


def test_evaluate_rounds_clips_and_cuts() -> None:
    hr = make_luma()
    sr = hr / 255.0 + 0.3 / 255  # rounds back to hr
    sr[0, 0] = 1.7
    sr[-1, 5] = -0.4
    assert evaluate(hr, sr.astype(np.float32), "psnr,ssim", border=1) == {
        "psnr": float("inf"),
        "ssim": pytest.approx(1.0),
    }
    wrong = hr.copy()
    wrong[0, 0], wrong[-1, 5] = 255, 0
    assert evaluate(hr, sr, "psnr", border=0) == {"psnr": psnr(hr, wrong, data_range=255.0)}


def test_measure_keeps_the_order_asked_for() -> None:
    hr, sr = make_luma(), np.roll(make_luma(), 1)
    values = measure(hr, sr, ["ssim", "psnr"], border=2)
    assert list(values) == ["ssim", "psnr"]
    assert values["ssim"] == ssim(hr[2:-2, 2:-2], sr[2:-2, 2:-2], data_range=255.0)


def test_the_border_counts_when_size_is_checked() -> None:
    hr = make_luma(30, 34)
    with pytest.raises(ShapeError, match="SSIM needs images of at least 11 pixels per side, got 14x10"):
        measure(hr, hr, "psnr,ssim", border=10)
    with pytest.raises(ShapeError, match="cannot crop 15 pixels"):
        measure(hr, hr, "psnr", border=15)


def test_errors() -> None:
    hr = make_luma()
    with pytest.raises(ShapeError, match="same shape"):
        evaluate(hr, np.zeros((30, 33)), "psnr", border=0)
    with pytest.raises(RangeError, match="sr holds NaN"):
        evaluate(hr, np.full(hr.shape, np.nan), "psnr", border=0)
    with pytest.raises(OptionError, match="did you mean ssim"):
        measure(hr, hr, "sim", border=0)


def test_16_bits_become_8_rounded_half_up() -> None:
    deep = np.array([[0, 128, 129, 257, 65535 - 128, 65535]], np.uint16)
    np.testing.assert_array_equal(to_bytes(deep), [[0, 0, 1, 1, 255, 255]])
    shallow = make_luma()
    assert to_bytes(shallow) is shallow


def test_grey_beside_colour_is_taken_as_colour() -> None:
    grey = make_luma()
    hr, sr = luma_pair(grey, as_rgb(grey))
    np.testing.assert_array_equal(hr, sr)
    np.testing.assert_array_equal(hr, luma_bytes(as_rgb(grey)))
    np.testing.assert_array_equal(luma_pair(grey, grey)[0], grey)
