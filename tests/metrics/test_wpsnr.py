import numpy as np
import pytest

from srcnn.metrics import psnr, wpsnr
from srcnn.metrics.wpsnr import sensitivity_kernel


def test_the_kernel_halves_a_constant_and_is_symmetric() -> None:
    kernel = sensitivity_kernel()
    assert kernel.shape == (41, 41)
    assert kernel.sum() == pytest.approx(0.5)  # gain at zero frequency: 1.5 - 1
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-15)


def test_one_wrong_pixel_counts_with_the_kernels_energy() -> None:
    hr = np.full((81, 83), 0.5)
    sr = hr.copy()
    sr[40, 41] = 0.7
    energy = np.sum(sensitivity_kernel() ** 2) * 0.2**2 / hr.size
    assert wpsnr(hr, sr) == pytest.approx(-10 * np.log10(energy))


def test_fine_noise_is_forgiven_more_than_coarse() -> None:
    rng = np.random.default_rng(0)
    hr = np.full((96, 96), 0.5)
    fine = hr + 0.1 * rng.choice([-1.0, 1.0], size=hr.shape)
    coarse = hr + 0.1 * np.kron(rng.choice([-1.0, 1.0], size=(12, 12)), np.ones((8, 8)))
    assert psnr(hr, fine) == pytest.approx(psnr(hr, coarse))
    assert wpsnr(hr, fine) > wpsnr(hr, coarse) + 3
