"""Filters for blocks of pixels: the same sums, and back."""

import numpy as np
import pytest

from srcnn.image.arrays import Floats
from srcnn.weights.blocks import narrowed, shuffled, unblocked, unshuffled, widened

RNG = np.random.default_rng(0)


def convolved(x: Floats, weight: Floats, stride: int = 1) -> Floats:
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.asarray(np.einsum("cyxab,ncab->nyx", windows, weight))


@pytest.mark.parametrize(("planes", "block", "scale"), [(1, 4, 1), (3, 4, 1), (1, 2, 2), (1, 2, 3), (2, 3, 2)])
def test_a_widened_layer_makes_what_the_layer_makes(planes: int, block: int, scale: int) -> None:
    weight = RNG.normal(size=(planes * scale**2, 5, 3, 3))
    x = RNG.normal(size=(5, 3 * 4 + 2, 2 * 12 + 2))
    x = x[:, : 2 + x.shape[1] // 12 * 12, : 2 + 24]
    plain, wide = convolved(x, weight), convolved(x, widened(weight, block, scale), block)
    np.testing.assert_allclose(
        unblocked(wide, block, scale), plain[:, : wide.shape[1] * block, : wide.shape[2] * block], atol=1e-12
    )


@pytest.mark.parametrize(("block", "scale"), [(4, 1), (2, 2), (3, 3)])
def test_there_and_back(block: int, scale: int) -> None:
    weight = RNG.normal(size=(2 * scale**2, 4, 5, 5))
    np.testing.assert_array_equal(narrowed(widened(weight, block, scale), block, scale), weight)
    places = RNG.normal(size=(scale**2, block, block, 7))
    np.testing.assert_array_equal(unshuffled(shuffled(places, scale), block, scale), places)
