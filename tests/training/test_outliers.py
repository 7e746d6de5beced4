"""Patterns put into patches: bounded, drawn by the seed alone, and enlarged in the target as bicubic would."""

from collections.abc import Callable

import numpy as np
import pytest

from srcnn.degrade import degrade, enlarge
from srcnn.image.arrays import Floats
from srcnn.training.outliers import PATTERNS, Rng, sharper_than_bicubic, with_pattern

Pattern = Callable[[Floats, Rng], Floats]


@pytest.fixture
def lr() -> Floats:
    rows, columns = np.mgrid[:24, :20]
    return np.asarray(0.5 + 0.3 * np.sin(rows / 4) * np.cos(columns / 3), np.float32)


@pytest.mark.parametrize("pattern", PATTERNS, ids=[p.__name__ for p in PATTERNS])
def test_a_pattern_keeps_the_shape_and_follows_the_seed(pattern: Pattern, lr: Floats) -> None:
    first, second = (pattern(lr, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == lr.shape
    np.testing.assert_array_equal(first, second)
    # Few pixels are salt and pepper: one draw may leave a small patch alone.
    assert any(not np.array_equal(pattern(lr, np.random.default_rng(seed)), lr) for seed in range(20))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_what_is_added_is_enlarged_sharper_than_bicubic_and_nearer_to_the_input(lr: Floats, scale: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, lr.shape).astype(np.float32)
    ours, bicubic = sharper_than_bicubic(noise, scale), enlarge(noise, scale)
    inside = np.s_[4:-4, 4:-4]

    def distance(sr: Floats) -> float:
        return float(np.abs(degrade(sr, scale) - noise)[inside].mean())

    assert ours.shape == bicubic.shape
    assert distance(ours) < 0.8 * distance(bicubic)


def test_seen_stays_in_range_and_the_target_keeps_the_image(lr: Floats) -> None:
    hr = enlarge(lr, 3)
    for seed in range(40):
        made = with_pattern(lr, hr, np.random.default_rng(seed))
        assert made.lr.min() >= 0
        assert made.lr.max() <= 1
        # What was added on average in the patch was added on average to the target.
        assert (made.hr - hr).mean() == pytest.approx((made.lr - lr).mean(), abs=0.02)
