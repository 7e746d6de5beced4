"""The size of a result: every way to ask for it."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from srcnn.earlier import read_label
from srcnn.errors import OptionError
from srcnn.sizes import LARGEST_SCALE, Layout, TargetSize, asked_size

SIDES = st.integers(1, 6000)


def size(rows: int, columns: int, **asked: Any) -> tuple[int, int]:
    return TargetSize(**asked).of(rows, columns).size


def layout(rows: int, columns: int, **asked: Any) -> Layout:
    """The layout of an image that is large enough for it."""
    try:
        return TargetSize(**asked).of(rows, columns)
    except OptionError as error:
        assert "more than 64 times" in str(error)  # noqa: PT017
        assume(False)
        raise


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (30, 45)),
        ({"scale": 1.5}, (15, 23)),
        ({"scale": 0.5}, (5, 8)),
        ({"width": 30}, (20, 30)),
        ({"height": 5}, (5, 8)),
        ({"width": 7, "height": 9, "stretch": True}, (9, 7)),
        ({"fit": (100, 100)}, (67, 100)),
        ({"fit": "30x12"}, (12, 18)),
        ({"fill": (20, 20)}, (20, 20)),
        ({"fill": "40x10"}, (10, 40)),
        ({"long_side": 60}, (40, 60)),
        ({"short_side": 60}, (60, 90)),
        ({"megapixels": 0.015}, (100, 150)),
        ({"print_size": "1x2in", "dpi": 100}, (100, 150)),
        ({"print_size": "2.54X2.54 cm", "dpi": 60}, (40, 60)),
        ({"print_size": "25.4 × 50.8mm", "dpi": 30}, (30, 45)),
    ],
)
def test_every_way_to_ask_for_a_size(asked: dict[str, Any], expected: tuple[int, int]) -> None:
    assert size(10, 15, **asked) == expected


def test_no_side_vanishes() -> None:
    assert size(1000, 1, scale=0.1) == (100, 1)


def test_a_print_has_300_dots_per_inch_and_a_sheet_turned_as_the_image_lies() -> None:
    assert size(3000, 4000, print_size="30x40cm") == (3543, 4724)
    assert size(4000, 3000, print_size="30x40cm") == (4724, 3543)
    assert size(4000, 3000, print_size="40x30cm", dpi=150) == (2362, 1772)
    assert TargetSize(print_size="30x40cm").resolution == 300
    assert TargetSize(print_size="30x40cm", dpi=150).resolution == 150
    assert TargetSize(fit=(5, 5)).resolution is None


@given(SIDES, SIDES, SIDES, SIDES)
def test_fit_lies_inside_touches_and_keeps_the_proportions(rows: int, columns: int, width: int, height: int) -> None:
    found = layout(rows, columns, fit=(width, height))
    assert found.size == found.whole
    assert found.size[0] <= height
    assert found.size[1] <= width
    assert found.size[0] == height or found.size[1] == width
    assert_same_proportions(rows, columns, found.size)


@given(SIDES, SIDES, SIDES, SIDES)
def test_fill_is_exact_and_the_middle_of_what_covers_it(rows: int, columns: int, width: int, height: int) -> None:
    found = layout(rows, columns, fill=(width, height))
    assert found.size == (height, width)
    assert found.whole[0] == height or found.whole[1] == width
    for start, kept, whole in zip((found.top, found.left), found.size, found.whole, strict=True):
        assert start >= 0
        assert whole - start - kept - start in (0, 1)
    assert_same_proportions(rows, columns, found.whole)


@given(SIDES, SIDES, st.sampled_from(["width", "height", "long_side", "short_side"]), SIDES)
def test_a_side_is_exact_and_the_other_keeps_the_proportions(rows: int, columns: int, name: str, side: int) -> None:
    found = layout(rows, columns, **{name: side}).size
    exact = {"width": found[1], "height": found[0], "long_side": max(found), "short_side": min(found)}[name]
    # Of an image that is almost square the other side may be rounded to the same.
    assert exact == side
    assert_same_proportions(rows, columns, found)


@given(SIDES, SIDES, st.floats(0.001, 100))
def test_megapixels_keep_the_proportions_and_are_right_to_a_pixel_a_side(
    rows: int, columns: int, megapixels: float
) -> None:
    height, width = layout(rows, columns, megapixels=megapixels).size
    ideal = (math.sqrt(megapixels * 1e6 * rows / columns), math.sqrt(megapixels * 1e6 * columns / rows))
    for side, exact in zip((height, width), ideal, strict=True):
        assert abs(side - exact) <= 0.5 + 1e-6 or (side == 1 and exact < 1)


@given(SIDES, SIDES, st.integers(1, 100), st.integers(1, 100), st.sampled_from(["mm", "cm", "in"]), st.integers(1, 600))
def test_a_print_lies_on_its_sheet(rows: int, columns: int, across: int, down: int, unit: str, dpi: int) -> None:
    found = layout(rows, columns, print_size=f"{across}x{down}{unit}", dpi=dpi).size
    per_unit = {"mm": 25.4, "cm": 2.54, "in": 1.0}[unit]
    for side, sheet in zip(sorted(found), sorted((across, down)), strict=True):
        assert side <= max(1, sheet / per_unit * dpi + 0.5)
    assert_same_proportions(rows, columns, found)


def assert_same_proportions(rows: int, columns: int, found: tuple[int, int]) -> None:
    """Either side follows from the other within its rounding, half a pixel, or is the one pixel that is left."""
    expected = (Fraction(found[1] * rows, columns), Fraction(found[0] * columns, rows))
    assert any(
        abs(side - exact) <= Fraction(1, 2) or (side == 1 and exact < 1)
        for side, exact in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"scale": 2, "width": 9}, "either scale or one size, got scale 2 and width 9"),
        ({"fit": "9x9", "fill": "9x9"}, "got fit '9x9' and fill '9x9'"),
        ({"long_side": 9, "megapixels": 1}, "got long_side 9 and megapixels 1"),
        ({"scale": 65}, "scale must be at most 64"),
        ({"scale": 0}, "scale must be a positive number"),
        ({"width": 1000}, "width 1000 is more than 64 times the image's 15x10"),
        ({"fill": "1000x1"}, "more than 64 times"),
        ({"height": 0}, "height must be a whole number"),
        ({"long_side": 1.5}, "long_side must be a whole number"),
        ({"megapixels": -1}, "megapixels must be a positive number"),
        ({"fit": "1920"}, "fit must be width and height such as 1920x1080, got '1920'"),
        ({"fit": "0x9"}, "the width of fit must be a whole number"),
        ({"fill": (1, 2, 3)}, r"fill must be width and height such as 1920x1080, got \(1, 2, 3\)"),
        ({"print_size": "30x40"}, "with their unit"),
        ({"print_size": "0x40cm"}, "with their unit"),
        ({"print_size": 30}, "with their unit"),
        ({"dpi": 300}, "dpi goes with the size of a print, such as --print 30x40cm"),
        ({"print_size": "3x4in", "dpi": 0}, "dpi must be a positive number"),
        ({"stretch": True}, "stretch goes with width and height together"),
        ({"width": 5, "stretch": True}, "stretch goes with width and height together"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        TargetSize(**asked).of(10, 15)


def test_width_and_height_without_stretch_name_the_choices() -> None:
    with pytest.raises(OptionError, match=r"--fit 7x9 .* --fill 7x9 .* --stretch"):
        TargetSize(width=7, height=9)


def test_a_scale_of_64_is_allowed_however_a_side_is_rounded() -> None:
    assert size(1, 1, scale=LARGEST_SCALE) == (64, 64)
    assert size(3, 1000, scale=63.99) == (192, 63990)


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ({}, "_x3"),
        ({"scale": 1.5}, "_x1.5"),
        ({"width": 50}, "_w50"),
        ({"height": 5}, "_h5"),
        ({"width": 20, "height": 30, "stretch": True}, "_w20xh30"),
        ({"fit": "1920x1080"}, "_fit1920x1080"),
        ({"fill": (9, 8)}, "_fill9x8"),
        ({"long_side": 3000}, "_long3000"),
        ({"short_side": 30}, "_short30"),
        ({"megapixels": 12}, "_12mp"),
        ({"megapixels": 0.00001}, "_1e-05mp"),
        ({"print_size": "30 x 40.5 CM"}, "_30x40.5cm"),
        ({"print_size": "8×10in", "dpi": 150}, "_8x10in150dpi"),
    ],
)
def test_the_name_of_a_result_says_its_size(asked: dict[str, Any], label: str) -> None:
    assert TargetSize(**asked).label == label
    read = read_label(f"cat_x2{label}")
    assert read is not None
    assert (read[0], read[1].label) == ("cat_x2", label)


def test_short_forms_are_the_same_and_not_for_both() -> None:
    assert asked_size(None, 2) == TargetSize(scale=2)
    assert asked_size(None, width=5) == TargetSize(width=5)
    assert asked_size(TargetSize(fit="5x6")) == TargetSize(fit=(5, 6))
    with pytest.raises(OptionError, match="not both"):
        asked_size(TargetSize(fit="5x6"), 2)
    with pytest.raises(OptionError, match="size must be a TargetSize"):
        asked_size((5, 6))  # type: ignore[arg-type]
