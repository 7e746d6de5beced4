"""Every fast metric against its definition written down plainly: SciPy, full spectra, one step after the other, no
shortcut.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage, signal

from srcnn.metrics import METRICS
from srcnn.metrics.checks import Plane
from srcnn.metrics.filters import correlate, correlate_separable
from srcnn.metrics.ifc import pad
from srcnn.metrics.pyramid import sp5, steerable_bands
from srcnn.metrics.wpsnr import sensitivity_kernel


def direct_ssim(x: Plane, y: Plane) -> float:
    position = np.arange(-5, 6)
    window = np.exp(-(position[:, None] ** 2 + position**2) / 4.5)
    window /= window.sum()

    def local(plane: Plane) -> Plane:
        return np.asarray(signal.correlate2d(plane, window, mode="valid"))

    m1, m2 = local(x), local(y)
    v1, v2, cov = local(x * x) - m1**2, local(y * y) - m2**2, local(x * y) - m1 * m2
    return float(
        np.mean((2 * m1 * m2 + 6.5025) * (2 * cov + 58.5225) / ((m1**2 + m2**2 + 6.5025) * (v1 + v2 + 58.5225)))
    )


def direct_wpsnr(x: Plane, y: Plane) -> float:
    error = signal.convolve2d((x - y) / 255, sensitivity_kernel(), mode="same")
    return float(20 * np.log10(1 / np.sqrt(np.mean(error**2))))


def direct_nqm(x: Plane, y: Plane) -> float:
    height, width = x.shape
    radius = np.hypot(*np.meshgrid(np.arange(width) - width / 2, np.arange(height) - height / 2))

    def split(plane: Plane) -> list[Plane]:
        spectrum = np.fft.fft2(plane)
        bands = []
        for k in range(6):
            with np.errstate(divide="ignore", invalid="ignore"):
                gain = (
                    (1 + np.cos(np.pi * np.log2(radius + 2) - np.pi)) / 2
                    if k == 0
                    else (1 + np.cos(np.pi * (np.log2(radius) - k))) / 2
                )
            inside = radius <= 2 if k == 0 else (radius >= 2 ** (k - 1)) & (radius <= 2 ** (k + 1))
            bands.append(np.fft.ifft2(spectrum * np.fft.fftshift(np.where(inside, gain, 0))).real)
        return bands

    def ctf(f: float) -> float:
        return 1 / (200 * 2.6 * (0.0192 + 0.114 * f) * math.exp(-((0.114 * f) ** 1.1)))

    a, b = split(x), split(y)
    seen, kept = np.zeros_like(x), np.zeros_like(x)
    for k in range(1, 6):
        c, d = a[k] / sum(a[:k]), b[k] / sum(b[:k])
        threshold = ctf(k) * (0.86 * (c / ctf(k) - 1) + 0.3)
        masked = np.where(np.abs(np.where(np.abs(d) > 1, 1, d) - c) < threshold, a[k], b[k])
        visible = ctf(2**k / (180 / np.pi / 3.5))
        seen += np.where(np.abs(c) < visible, 0, a[k])
        kept += np.where(np.abs(d) < visible, 0, masked)
    return float(10 * np.log10(np.sum(seen**2) / np.sum((seen - kept) ** 2)))


def direct_ifc(x: Plane, y: Plane) -> float:
    x, y = pad(x), pad(y)
    total = 0.0
    for (level, u), (_, v) in zip(_direct_bands(x), _direct_bands(y), strict=True):
        total += _direct_band_information(u, v, level)
    return total / x.size


def _direct_bands(plane: Plane) -> list[tuple[int, Plane]]:
    low = ndimage.correlate(plane, sp5().first_lowpass, mode="mirror")
    bands = []
    for level in range(1, 5):
        bands += [(level, ndimage.correlate(low, sp5().bands[k], mode="mirror")) for k in (0, 3)]
        low = ndimage.correlate(low, sp5().lowpass, mode="mirror")[::2, ::2]
    return bands


def _direct_band_information(u: Plane, v: Plane, level: int) -> float:
    height, width = (n // 3 * 3 for n in u.shape)
    u, v = u[:height, :width], v[:height, :width]
    side = 2 ** (5 - level) + 1
    box = np.ones((side, side))

    def sums(plane: Plane) -> Plane:
        return np.asarray(ndimage.correlate(plane, box, mode="mirror")[1::3, 1::3])

    n = side**2
    mean_u, mean_v = sums(u) / n, sums(v) / n
    cov = sums(u * v) - n * mean_u * mean_v
    var_u, var_v = np.maximum(sums(u * u) - n * mean_u**2, 0), np.maximum(sums(v * v) - n * mean_v**2, 0)
    gain = cov / (var_u + 1e-15)
    noise = (var_v - gain * cov) / n
    noise = np.where(var_u < 1e-15, var_v, noise)
    gain = np.where(var_u < 1e-15, 0, gain)
    noise, gain = np.where(var_v < 1e-15, 0, noise), np.where(var_v < 1e-15, 0, gain)
    noise, gain = np.where(gain < 0, var_v, noise), np.maximum(gain, 0)
    noise = np.maximum(noise, 1e-15)
    every = np.lib.stride_tricks.sliding_window_view(u, (3, 3)).reshape(-1, 9)
    covariance = np.cov(every.T, bias=True)
    blocks = u.reshape(height // 3, 3, width // 3, 3).swapaxes(1, 2).reshape(-1, 9)
    energy = np.einsum("ni,ij,nj->n", blocks, np.linalg.inv(covariance), blocks).reshape(height // 3, width // 3) / 9
    cut = math.ceil((side - 1) / 2 / 3)
    inner = (slice(cut, -cut), slice(cut, -cut))
    ratio = (gain**2 * energy / (noise + 1e-10))[inner]
    return float(np.log2(1 + ratio[..., None] * np.linalg.eigvalsh(covariance)).sum())


DIRECT = {"ssim": direct_ssim, "wpsnr": direct_wpsnr, "nqm": direct_nqm, "ifc": direct_ifc}


def image_pair(
    height: int, width: int, seed: int, noise: float, flat: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    hr = ndimage.gaussian_filter(rng.normal(size=(height, width)), 1.5) * 400 + 110 + 5 * rng.random((height, width))
    if flat:  # burnt-out sky
        hr[: height // 2] = 255
    sr = ndimage.gaussian_filter(hr, 0.7) + noise * rng.normal(size=hr.shape)
    return np.clip(hr, 0, 255).astype(np.uint8), np.clip(sr, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", DIRECT)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.integers(11, 190), st.integers(11, 190), st.integers(0, 1000), st.sampled_from([0.0, 3.0, 25.0]), st.booleans()
)
def test_fast_and_direct_computation_agree(
    name: str, height: int, width: int, seed: int, noise: float, flat: bool
) -> None:
    hr, sr = image_pair(height, width, seed, noise, flat)
    direct: Callable[[Plane, Plane], float] = DIRECT[name]
    expected = direct(hr.astype(np.float64), sr.astype(np.float64))
    assert METRICS[name].function(hr, sr, data_range=255.0) == pytest.approx(expected, rel=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(5, 40), st.integers(5, 40), st.sampled_from([3, 5, 7, 9]), st.integers(1, 3), st.integers(0, 1000))
def test_correlate_is_scipys(height: int, width: int, side: int, step: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane, kernel = rng.normal(size=(height, width)), rng.normal(size=(side, side))
    expected = ndimage.correlate(plane, kernel, mode="mirror")[::step, ::step]
    np.testing.assert_allclose(correlate(plane, kernel, step), expected, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(11, 40), st.integers(11, 40), st.sampled_from([3, 9, 11]), st.integers(1, 2), st.integers(0, 1000))
def test_correlate_separable_is_scipys(height: int, width: int, taps: int, step: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane, kernel = rng.normal(size=(height, width)), rng.normal(size=taps)
    expected = signal.correlate2d(plane, np.outer(kernel, kernel), mode="valid")[::step, ::step]
    np.testing.assert_allclose(correlate_separable(plane, kernel, step), expected, atol=1e-12)


def test_pyramid_is_scipys() -> None:
    plane = np.random.default_rng(0).normal(size=(97, 131))
    bands = list(steerable_bands(plane, 4, (0, 3)))
    assert [level for level, _ in bands] == [1, 1, 2, 2, 3, 3, 4, 4]
    for (level, band), (_, expected) in zip(bands, _direct_bands(plane), strict=True):
        np.testing.assert_allclose(band, expected, atol=1e-11, err_msg=f"level {level}")


def test_the_pyramids_kernels_are_band_passes_of_the_fifth_order() -> None:
    kernels = sp5()
    assert kernels.lowpass.sum() == pytest.approx(2, abs=1e-6)
    np.testing.assert_allclose(kernels.bands.sum(axis=(1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(kernels.bands[:, ::-1, ::-1], -kernels.bands, atol=1e-9)  # odd order: odd symmetry
