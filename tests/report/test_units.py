"""Ticks of logarithmic axes: round, inside, and not too many."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.report.units import count_text, log_ticks, time_text


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.02, 0.31], [0.02, 0.05, 0.1, 0.2]),
        ([0.001, 0.9], [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
        ([1, 2e6], [1, 100, 10000, 1e6]),
        ([3.5], [2, 5]),
        ([1], [1]),
    ],
)
def test_round_numbers(values: list[float], ticks: list[float]) -> None:
    assert log_ticks(values) == ticks


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=5))
def test_there_are_ticks_and_they_ascend_without_touching(values: list[float]) -> None:
    ticks = log_ticks(values)
    assert ticks == sorted(set(ticks))
    assert len(ticks) >= min(2, len(set(values)))
    whole = math.log10(max(*values, *ticks) / min(*values, *ticks))
    assert all(math.log10(b / a) >= 0.15 * whole for a, b in pairwise(ticks))


def test_words() -> None:
    assert time_text(119.6) == "120 s"
    assert time_text(120) == "2 min"
    assert count_text(999999) == "999,999"
    assert count_text(5.333) == "5.33"
