"""Plots: what stands in them, where the points lie, equal bytes for equal input."""

import math
import re

import pytest

from srcnn.benchmark.records import Key, Score
from srcnn.report.figures import draw_cost, draw_scales, draw_speed, looks
from srcnn.report.means import Table, tables

METHODS = {"bicubic": (30.0, 0.002), "a+": (32.5, 0.1), "best": (33.8, 0.2)}


def made(scales: tuple[int, ...] = (2, 3, 4), seconds: float | None = None) -> tuple[Table, ...]:
    scores = [
        Score(Key(m, "Set5", s, "a"), {"psnr": psnr - 2.0 * s}, time if seconds is None else seconds)
        for m, (psnr, time) in METHODS.items()
        for s in scales
    ]
    return tables(scores, ["psnr"])


def words(svg: bytes | None) -> str:
    """An SVG keeps its texts in comments beside the outlines of their letters."""
    assert svg is not None
    return " ".join(re.findall(r"<!-- (.*?) -->", svg.decode()))


def test_every_method_is_named_once_in_every_figure() -> None:
    look = looks(tuple(METHODS))
    (first, *_) = every = made()
    speed, cost = (
        words(draw_speed(first, look, "svg")),
        words(draw_cost(first, {m: 10.0**i for i, m in enumerate(METHODS)}, look, "svg")),
    )
    scales = words(draw_scales(every, "psnr", look, "svg"))
    for name in METHODS:
        assert f" {name} " in f" {speed} "
        assert f" {name} " in f" {cost} "
        assert (f" {name} " in f" {scales} ".replace("gain over bicubic", "")) == (name != "bicubic")
    assert "Set5 x2" in speed
    assert "time per image" in speed
    assert " 10 ms " in f" {speed} "
    assert " ×3 " in f" {scales} "
    assert "PSNR gain over bicubic (dB)" in scales


def test_without_bicubic_the_values_themselves_are_drawn() -> None:
    without = tables([Score(Key("a+", "Set5", scale, "a"), {"psnr": 30.0}, 1.0) for scale in (2, 3)], ["psnr"])
    text = words(draw_scales(without, "psnr", looks(["a+"]), "svg"))
    assert "PSNR (dB)" in text
    assert "more than" not in text


def test_too_little_makes_no_figure() -> None:
    look = looks(tuple(METHODS))
    (table,) = made((3,))
    assert draw_scales([table], "psnr", look) is None
    assert draw_cost(table, {"a+": 1.0}, look) is None
    assert draw_speed(made((3,), math.nan)[0], look) is None


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_means_make_equal_bytes(kind: str) -> None:
    (table, *_) = made()
    assert draw_speed(table, looks(tuple(METHODS)), kind) == draw_speed(table, looks(tuple(METHODS)), kind)


def test_looks_differ() -> None:
    names = [f"method {i}" for i in range(20)]
    assert len({(look.colour, look.mark) for look in looks(names).values()}) == len(names)


def test_names_in_other_scripts_are_drawn_without_warnings() -> None:  # which are errors here
    scores = [
        Score(Key(method, "세트", scale, "a"), {"psnr": 30.0 + scale + len(method)}, 0.1 * len(method))
        for method in ("모델", "bicubic", "a+")
        for scale in (2, 3)
    ]
    found = tables(scores, ["psnr"])
    look = looks(tuple(found[0].rows))
    assert draw_speed(found[0], look)
    assert draw_cost(found[0], {"모델": 100.0, "a+": 200.0}, look)
    assert draw_scales(found, "psnr", look)
