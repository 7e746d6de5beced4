"""Losses are what their names say."""

import pytest
import torch

from srcnn.training.losses import LOSSES


def test_values_on_a_known_difference() -> None:
    hr = torch.zeros(2, 3, 1, 4)
    sr = torch.full_like(hr, 0.3)
    sr[:, 0] = 0.6
    expected = {
        "mse": 0.18,
        "l1": 0.4,
        "charbonnier": ((0.36 + 1e-6) ** 0.5 + 2 * (0.09 + 1e-6) ** 0.5) / 3,
        "charbonnier-ycbcr": (0.36 + 1e-6) ** 0.5 + 2 * 0.35 * (0.09 + 1e-6) ** 0.5,
        "euclidean": 0.5 * 12 * 0.18,
        "mse-y": 0.36,
        "mse-cbcr": 0.09,
    }
    assert {name: float(loss(sr, hr)) for name, loss in LOSSES.items()} == pytest.approx(expected)
