import numpy as np
import pytest

from srcnn.errors import OptionError, ShapeError
from srcnn.metrics.ssim import WEIGHTS, ms_ssim, ssim, ssim_map


def make_pair(side: int = 176) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    hr = np.clip(0.5 + np.cumsum(rng.normal(scale=0.03, size=(side, side)), axis=1), 0, 1)
    return hr, np.clip(hr + rng.normal(scale=0.05, size=hr.shape), 0, 1)


def test_the_score_is_the_mean_of_the_map() -> None:
    hr, sr = make_pair(40)
    local = ssim_map(hr, sr)
    assert local.shape == (30, 30)
    assert local.max() <= 1
    assert ssim(hr, sr) == local.mean()


def test_of_flat_images_only_luminance_is_left() -> None:
    # (2 m1 m2 + C1) / (m1^2 + m2^2 + C1), contrast and structure being 1
    hr, sr = np.full((12, 14), 50, np.uint8), np.full((12, 14), 100, np.uint8)
    assert ssim(hr, sr, data_range=255.0) == pytest.approx((2 * 50 * 100 + 6.5025) / (50**2 + 100**2 + 6.5025))


def test_a_negative_scores_below_zero() -> None:
    hr, _ = make_pair(40)
    assert ssim(hr, 1 - hr) < 0


def test_the_weights_add_up_to_one_as_published() -> None:
    assert sum(WEIGHTS) == pytest.approx(1, abs=2e-4)


def test_the_inventors_low_pass_scores_higher() -> None:
    hr, sr = make_pair()
    assert ms_ssim(hr, sr, lowpass="wavelet") < ms_ssim(hr, sr, lowpass="box") < 1
    assert ms_ssim(hr, sr) == ms_ssim(hr, sr, lowpass="wavelet")


@pytest.mark.parametrize("lowpass", ["wavelet", "box"])
def test_structure_that_is_negative_on_average_scores_zero(lowpass: str) -> None:
    hr, _ = make_pair()
    assert ms_ssim(hr, 1 - hr, lowpass=lowpass) == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize("lowpass", ["wavelet", "box"])
def test_160_pixels_are_too_few_and_161_enough(lowpass: str) -> None:
    hr, sr = make_pair(161)
    assert 0 < ms_ssim(hr, sr, lowpass=lowpass) < 1  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="at least 161"):
        ms_ssim(hr[1:], sr[1:], lowpass=lowpass)  # type: ignore[arg-type]


def test_an_unknown_low_pass_is_refused() -> None:
    hr, sr = make_pair()
    with pytest.raises(OptionError, match="wavelet, box"):
        ms_ssim(hr, sr, lowpass="gauss")  # type: ignore[arg-type]
