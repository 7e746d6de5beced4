"""Aligned tables of plain text."""

import pytest

from srcnn.text_table import aligned


def test_columns_are_aligned_and_lines_end_in_no_space() -> None:
    rows = [("name", "dB", "remark"), ("a+", "1.5", ""), ("bicubic", "30.39", "as published")]
    assert aligned(rows, left=(0, 2)).split("\n") == [
        "name        dB  remark",
        "a+         1.5",
        "bicubic  30.39  as published",
    ]


def test_rows_of_unequal_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        aligned([("a", "b"), ("c",)])
