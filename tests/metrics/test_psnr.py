import numpy as np
import pytest

from srcnn.metrics import psnr


def test_one_grey_level_everywhere_is_48_13_db() -> None:
    hr = np.full((8, 9), 100, np.uint8)
    assert psnr(hr, hr + 1, data_range=255.0) == pytest.approx(20 * np.log10(255))


def test_colour_is_one_mean_over_all_channels() -> None:
    hr = np.full((4, 5, 3), 0.5)
    sr = hr.copy()
    sr[..., 1] = 0.8
    assert psnr(hr, sr) == pytest.approx(-10 * np.log10(0.09 / 3))


def test_bytes_do_not_wrap() -> None:
    black, white = np.zeros((3, 3), np.uint8), np.full((3, 3), 255, np.uint8)
    assert psnr(black, white, data_range=255.0) == psnr(white, black, data_range=255.0) == 0
