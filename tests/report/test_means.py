"""Means and their differences from what was published."""

import math

import pytest

from srcnn.benchmark.records import Key, Score
from srcnn.report.figures import draw_speed, looks
from srcnn.report.means import Mean, seconds_text, tables
from srcnn.report.named import named
from srcnn.report.published import Published
from srcnn.report.summary import sentences
from srcnn.report.tables import best


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


def test_a_method_of_an_interrupted_run_is_not_compared_with_those_that_saw_more_images() -> None:
    scores = [Score(Key("bicubic", "Set5", 3, image), {"psnr": 30.0}, 0.1) for image in "abc"]
    scores += [Score(Key(method, "Set5", 3, "a"), {"psnr": 33.0}, 0.1) for method in ("a+", "kk")]
    (table,) = tables(scores, ["psnr"])
    assert table.remarks[0] == (
        "a+: measured on 1 of 3 images, so its means are those of other images than the other methods'"
    )
    assert [name for name in table.rows if table.is_complete(name)] == ["bicubic"]
    found = table.mean("a+", "psnr")
    assert found is not None
    assert (found.value, found.published) == (33.0, None)  # the published one is of all images
    assert best(table) == frozenset()
    assert draw_speed(table, looks(tuple(table.rows))) is None
    assert "best mean" not in " ".join(sentences((table,), named(table.rows)))


def test_infinite_of_both_signs_is_no_mean() -> None:
    scores = [Score(Key("kk", "mine", 3, i), {"nqm": value}, 0.1) for i, value in (("a", math.inf), ("b", -math.inf))]
    (table,) = tables(scores, ["nqm"])
    found = table.mean("kk", "nqm")
    assert found is not None
    assert (found.value, found.text) == (None, "-")
    assert len(table.remarks) == 1


def test_what_is_infinitely_better_is_not_said_in_decibels() -> None:
    rows = {"a+": math.inf, "bicubic": math.inf}
    scores = [Score(Key(method, "mine", 3, "a"), {"psnr": value}, 0.1) for method, value in rows.items()]
    text = " ".join(sentences(tables(scores, ["psnr"]), named(rows)))
    assert "nan" not in text
