"""Losses are what their names say."""

import math

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
        "psnr-ycbcr": 0.5 * (math.log(0.36 + 1e-5) + 0.25 * math.log(0.09 + 1e-5)),
        "euclidean": 0.5 * 12 * 0.18,
        "mse-y": 0.36,
        "mse-cbcr": 0.09,
    }
    assert {name: float(loss(sr, hr)) for name, loss in LOSSES.items()} == pytest.approx(expected)


def test_an_error_of_one_percent_counts_the_same_in_a_noisy_patch_and_in_a_clean_one() -> None:
    def loss(*errors: float) -> float:
        hr = torch.zeros(len(errors), 3, 8, 8)
        return float(LOSSES["psnr-ycbcr"](torch.stack([torch.full((3, 8, 8), error) for error in errors]), hr))

    start = loss(0.2, 0.03)
    assert loss(0.202, 0.03) - start == pytest.approx(loss(0.2, 0.0303) - start, rel=0.02)
