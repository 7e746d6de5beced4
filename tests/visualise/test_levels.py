"""Level lines: their names keep apart, and say what they are."""

import re
from itertools import pairwise

import pytest

from srcnn.visualise.curves import draw_curves
from srcnn.visualise.levels import spread


def test_names_are_pushed_apart() -> None:
    assert spread([10, 11, 50], 12, 0, 100) == [10, 22, 50]
    assert spread([95, 99, 100], 12, 0, 100) == [76, 88, 100]
    assert spread([-5], 12, 0, 100) == [0]


LEVELS = {"bicubic": 30.39, "sc": 31.34, "ne-lle": 31.82, "anr": 31.89, "kk": 32.31, "a+": 32.57}


def heights_of_names(svg: str) -> dict[str, float]:
    found = re.findall(r"<!-- ([\w+-]+) [\d.]+ dB -->\s*<g [^>]*transform=\"translate\(([\d.]+) ([\d.]+)\)", svg)
    return {name: float(y) for name, _, y in found}


def test_every_level_of_a_curve_is_named_and_no_name_hides_another() -> None:
    svg = draw_curves(
        {"9-1-5": [(0, 30.39), (1600, 31.5), (3200, 32.1)]}, "Set5 x3", levels=LEVELS, kind="svg"
    ).decode()
    heights = heights_of_names(svg)
    assert set(heights) == set(LEVELS)
    ordered = sorted(heights, key=heights.__getitem__, reverse=True)  # from the bottom of the page
    assert ordered == sorted(LEVELS, key=LEVELS.__getitem__)
    gaps = [heights[a] - heights[b] for a, b in pairwise(ordered)]
    assert min(gaps) >= 9
    for text in ("9-1-5", "Set5 x3", "backpropagations (patches learned from)"):
        assert f"<!-- {text} -->" in svg


def test_a_start_far_below_does_not_flatten_the_curve() -> None:
    curve = [(0.0, 6.0), (100.0, 30.0), (200.0, 32.0)]
    near, far = (
        heights_of_names(draw_curves({"a": points}, levels=LEVELS, kind="svg").decode())
        for points in (curve[1:], curve)
    )
    assert far["a+"] == pytest.approx(near["a+"], abs=40)
    assert far["bicubic"] - far["a+"] > 100


def test_curves_without_levels_can_be_drawn() -> None:
    assert draw_curves({"a": [(0, 30.0), (1, 31.0)]}).startswith(b"\x89PNG")


def test_a_curve_whose_name_begins_with_an_underscore_is_in_the_legend() -> None:
    points = [(0, 30.0), (1, 31.0)]
    assert "<!--  _a -->" in draw_curves({"_a": points, "b": points}, kind="svg").decode()
