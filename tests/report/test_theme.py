"""A plot on the page: no background, and colours for light and dark."""

import re

from srcnn.benchmark.records import Key, Score
from srcnn.report.figures import draw_speed, looks
from srcnn.report.means import tables
from srcnn.report.theme import SERIES, themed


def test_no_colour_of_the_plot_is_left_that_does_not_follow_the_page() -> None:
    names = [f"method {i}" for i in range(len(SERIES))]
    scores = [Score(Key(name, "set", 2, "a"), {"psnr": 30.0 + i}, 0.1 + i) for i, name in enumerate(names)]
    (table,) = tables(scores, ["psnr"])
    plot = draw_speed(table, looks(names), "svg")
    assert plot is not None
    text = themed(plot).decode()
    style, _, drawing = text.partition("</style>")
    assert "prefers-color-scheme:dark" in style
    assert not re.findall(r"#[0-9a-fA-F]{6}", drawing)
    assert {f"var(--c{i})" in drawing for i in range(len(SERIES))} == {True}
