"""KK: kernel regression from middle to high frequencies, candidates from overlapping windows, weights by expected
error.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import convolve2d

from srcnn.degrade import degrade
from srcnn.errors import RangeError, ShapeError
from srcnn.files.io import read_image
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import modcrop, shave
from srcnn.methods.kernel_regression import read
from srcnn.methods.kernel_stages import candidates, combine, kernel, laplacian, linear_estimate, linear_inputs
from srcnn.metrics.psnr import psnr
from srcnn.weights import find

PUBLISHED = {2: 36.20, 3: 32.28, 4: 30.03}


def test_laplacian_is_the_papers_kernel() -> None:
    plane = np.random.default_rng(0).random((12, 15))
    expected = convolve2d(plane, -np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / 6, "valid")
    np.testing.assert_allclose(laplacian(plane), expected, atol=1e-12)


def test_kernel_is_a_gaussian_of_the_distance() -> None:
    rng = np.random.default_rng(0)
    x, basis = rng.random((7, 9)), rng.random((4, 9))
    expected = np.exp(-((x[:, None] - basis[None]) ** 2).sum(axis=2) / 0.7)
    np.testing.assert_allclose(kernel(x, basis, 0.7), expected, atol=1e-12)


def test_candidates_come_from_the_windows_that_cover_a_pixel() -> None:
    # Every predicted window says where it lies: place k of the window centred at (y, x) holds the pixel it speaks of.
    rows, columns = np.mgrid[:9, :11]
    predicted = np.stack([(rows + k // 5 - 2) * 100 + columns + k % 5 - 2 for k in range(25)]).astype(np.float32)
    found = candidates(predicted)
    expected = (rows * 100 + columns)[2:-2, 2:-2]
    assert (found == expected).all()


def test_linear_estimate_is_the_sum_over_its_inputs() -> None:
    rng = np.random.default_rng(0)
    details = rng.random((25, 14, 16), np.float32)
    lap = rng.random((14 - 6 + 24 - 2, 16 - 6 + 24 - 2), np.float32)
    estimate = rng.random(25 * 49 + 81, np.float32)
    whole = linear_estimate(estimate, details, lap)
    for row in (0, 4, 7):
        np.testing.assert_allclose(whole[row], linear_inputs(details, lap, 9, row) @ estimate, rtol=1e-4)


def test_weights_fall_with_the_expected_error() -> None:
    details = np.stack([np.full((2, 2), v, np.float32) for v in (0.0, 1.0)])
    near_zero = combine(details, np.zeros((2, 2), np.float32), 0.1)
    np.testing.assert_allclose(near_zero, np.exp(-10) / (1 + np.exp(-10)), atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_result_does_not_depend_on_the_strips(scale: int) -> None:
    method = read(find("kk", scale))
    lr = np.random.default_rng(0).random((23, 14), np.float32)
    whole = method(lr)
    for rows in (16, 17, 19):  # an odd number would let the prior colour the next strip the other way round
        np.testing.assert_array_equal(whole, replace(method, strip_pixels=rows * 14 * scale)(lr))


def test_flat_tiny_and_wrong_images() -> None:
    method = read(find("kk", 3))
    np.testing.assert_allclose(method(np.full((9, 7), 0.4, np.float32)), 0.4, atol=1e-6)
    assert method(np.full((1, 1), 0.5, np.float32)).shape == (3, 3)
    with pytest.raises(ShapeError):
        method(np.zeros((9, 9, 3), np.float32))
    with pytest.raises(RangeError):
        method(np.full((9, 9), np.nan, np.float32))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_set5_is_as_published(data_dir: Path, scale: int) -> None:
    method = read(find("kk", scale))
    values = []
    for path in sorted((data_dir / "Set5").iterdir()):
        hr = modcrop(luma_bytes(read_image(path).pixels), scale)
        sr = to_integers(method(degrade(to_floats(hr), scale)))
        values.append(psnr(shave(hr, scale), shave(sr, scale), data_range=255.0))
    assert np.mean(values) >= PUBLISHED[scale] - 0.1
