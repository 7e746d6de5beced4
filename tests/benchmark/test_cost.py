"""Multiplications for a pixel of the result, counted by hand."""

import pytest

from srcnn.benchmark.cost import cost, cost_or_none


@pytest.mark.parametrize(
    ("name", "scale", "multiplications"),
    [
        ("bicubic", 2, 6),
        ("srcnn-9-1-5", 3, 81 * 64 + 64 * 32 + 25 * 32),
        ("srcnn-9-5-5", 4, 81 * 64 + 25 * 64 * 32 + 25 * 32),
        ("plain-s", 3, (9 * 16 + 8 * 9 * 16 * 16 + 9 * 16 * 9) / 9),
        ("fast", 3, (9 * 16 + 8 * 9 * 16 * 16 + 9 * 16 * 9) / 9),
        # FSRCNN(56, 12, 4): four 3x3 layers between shrinking and expanding, and a 9x9 transposed convolution, all on
        # the low-resolution image.
        ("fsrcnn", 3, (25 * 56 + 56 * 12 + 4 * 9 * 12 * 12 + 12 * 56 + 81 * 56) / 9),
        ("espcn", 3, (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9) / 9),
        # A window for each small pixel: 36 s² gradients to 28 features (30 at x3), these against 1024 anchors, and a
        # regressor for 9 s² details.
        ("a+", 2, 28 * (36 * 4 + 1024 + 9 * 4) / 4),
        ("anr", 3, 30 * (36 * 9 + 1024 + 9 * 9) / 9),
        ("sc", 3, 1024 * (144 + 81) / 9),
    ],
)
def test_counted_by_hand(name: str, scale: int, multiplications: float) -> None:
    counted = cost(name, scale)
    assert counted is not None
    assert counted.all == pytest.approx(multiplications)


def test_a_self_ensemble_costs_eight_times_as_much() -> None:
    assert cost_or_none("srcnn-9-5-5+tta", 3) == 8 * 57_184


def test_a_model_that_is_not_there_has_no_cost() -> None:
    assert cost_or_none("srcnn-9-5-5", 7) is None
    assert cost_or_none("no-such-model", 3) is None
