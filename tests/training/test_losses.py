"""Losses are what their names say."""

import pytest
import torch

from srcnn.training.losses import LOSSES


def test_values_on_a_known_difference() -> None:
    hr = torch.zeros(2, 1, 3, 4)
    sr = torch.full_like(hr, 0.3)
    expected = {"mse": 0.09, "l1": 0.3, "charbonnier": (0.09 + 1e-6) ** 0.5, "euclidean": 0.5 * 12 * 0.09}
    assert {name: float(loss(sr, hr)) for name, loss in LOSSES.items()} == pytest.approx(expected)
