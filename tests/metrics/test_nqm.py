import math

import numpy as np
import pytest

from srcnn.metrics import nqm
from srcnn.metrics.nqm import BANDS, BandSplitter


@pytest.mark.parametrize("shape", [(64, 96), (300, 260), (97, 131)])
def test_the_bands_add_up_to_what_is_coarser_than_64_cycles(shape: tuple[int, int]) -> None:
    height, width = shape
    y, x = np.mgrid[0:height, 0:width]
    plane = 100 + 20 * np.cos(2 * np.pi * (5 * x / width + 3 * y / height)) + 10 * np.sin(2 * np.pi * 9 * y / height)
    bands = BandSplitter(height, width)
    spectrum = bands.spectrum(plane)
    total = sum(bands.filter(spectrum, bands.gain(k)) for k in range(BANDS + 1))
    # In the middle of an odd spectrum the grid is half a cycle off, where the bands do not add up to one: the mean
    # comes out smaller.
    np.testing.assert_allclose(total - np.mean(total), plane - plane.mean(), atol=1e-10)
    assert (np.mean(total) == pytest.approx(plane.mean())) == (height % 2 == 0)


def test_detail_finer_than_64_cycles_is_not_seen() -> None:
    rng = np.random.default_rng(0)
    hr = np.clip(0.5 + 0.02 * np.cumsum(rng.normal(size=(256, 256)), axis=1), 0.1, 0.9)
    checks = 0.05 * (-1.0) ** np.add.outer(np.arange(256), np.arange(256))
    assert nqm(hr, hr + checks) > 200  # rounding alone


def test_a_flat_truth_has_no_signal() -> None:
    noise = np.random.default_rng(0).random((64, 64))
    assert nqm(np.full((64, 64), 0.5), noise) == -math.inf


def test_the_order_matters() -> None:
    rng = np.random.default_rng(0)
    hr = rng.random((64, 64))
    sr = np.clip(hr + 0.2 * rng.normal(size=hr.shape), 0, 1)
    assert nqm(hr, sr) != nqm(sr, hr)
