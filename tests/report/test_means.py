"""Means and their differences from what was published."""

import math

import pytest

from srcnn.benchmark.records import Key, Score
from srcnn.report.means import Mean, seconds_text, tables
from srcnn.report.published import Published


@pytest.mark.parametrize(
    ("metric", "value", "printed", "difference"),
    [
        ("psnr", 36.534, "36.54", "−0.01"),
        ("psnr", 33.6599, "33.66", "±0.00"),
        ("ssim", 0.9553, "0.9542", "+0.0011"),
        ("ifc", 6.0, "6.10", "−0.10"),
    ],
)
def test_differences_have_a_sign_and_the_digits_of_the_paper(
    metric: str, value: float, printed: str, difference: str
) -> None:
    mean = Mean(metric, value, 5, Published(printed, "a paper"))
    assert mean.difference == pytest.approx(value - float(printed))
    assert mean.difference_text == difference


def test_nothing_measured_or_published_has_no_difference() -> None:
    assert Mean("psnr", None, 0, Published("30.00", "a paper")).difference_text == ""
    assert Mean("psnr", 30.0, 1).difference_text == ""
    assert Mean("psnr", None, 0).text == "-"


def test_a_table_finds_its_cells() -> None:
    scores = [Score(Key(m, "Set5", 3, i), {"psnr": 30.0 + len(m)}, 0.5) for m in ("bicubic", "a+") for i in "ab"]
    (table,) = tables(scores, ["psnr", "ssim"])
    found = table.mean("a+", "psnr")
    assert found is not None
    assert found.value == 32.0
    assert found.published == Published("32.59", "Dong et al., TPAMI 2016")
    assert table.mean("a+", "ifc") is None
    assert table.mean("kk", "psnr") is None
    assert (table.title, table.images, table.counts) == ("Set5 x3", 2, {"bicubic": 2, "a+": 2})


def test_what_was_not_timed_has_a_dash() -> None:
    assert seconds_text(math.nan) == "-"
    assert seconds_text(0.12345) == "0.123"
