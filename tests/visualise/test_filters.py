"""First-layer filters: in the order of their variances, grey for nothing."""

from pathlib import Path
from typing import Any

import numpy as np

from srcnn.visualise.filters import by_variance, draw_filters, first_filters, shown
from srcnn.visualise.layers import summarise


def test_filters_come_in_the_order_of_their_variances() -> None:
    filters = first_filters(summarise("srcnn-9-5-5"))
    assert filters.shape == (64, 1, 9, 9)
    order = by_variance(filters)
    assert sorted(order) == list(range(64))
    variances = [float(np.var(filters[i].astype(np.float64))) for i in order]
    assert variances == sorted(variances, reverse=True)


def test_nothing_is_grey_and_the_largest_weight_black_or_white() -> None:
    weights = np.array([[[0.0, -2.0], [1.0, 0.5]]], np.float32)
    np.testing.assert_array_equal(shown(weights), [[128, 0], [191, 159]])
    np.testing.assert_array_equal(shown(np.zeros((1, 2, 2), np.float32)), np.full((2, 2), 128))


def test_filters_of_three_channels_are_in_colour(make_network: Any, tmp_path: Path) -> None:
    (tmp_path / "rgb.onnx").write_bytes(make_network((9, 5, 5), (8, 4), channels=3))
    sheet = draw_filters(summarise(str(tmp_path / "rgb.onnx")))
    assert len(sheet.images) == 8
    assert all(placed.pixels.shape[2] == 3 for placed in sheet.images)


def test_every_tile_has_its_filters_number_and_variance() -> None:
    summary = summarise("srcnn-9-5-5")
    filters = first_filters(summary)
    sheet = draw_filters(summary)
    first = by_variance(filters)[0]
    texts = [words.text for words in sheet.words]
    assert f"{first + 1}: {filters[first].astype(np.float64).var():.2g}" in texts
    assert len(sheet.images) == 64
    boxes = {(p.left, p.top) for p in sheet.images}
    assert len(boxes) == 64
    assert all(
        p.left + p.pixels.shape[1] <= sheet.width and p.top + p.pixels.shape[0] <= sheet.height for p in sheet.images
    )
