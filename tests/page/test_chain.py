"""A network out of its file is the network that was finished."""

from __future__ import annotations

import numpy as np
import pytest

from srcnn import weights
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods import load
from srcnn.page.chain import AROUND, Chain, Layer, read_chain


def convolved(planes: Floats, layer: Layer) -> Floats:
    out, _, side, _ = layer.weights.shape
    windows = np.lib.stride_tricks.sliding_window_view(planes, (side, side), axis=(1, 2))
    return np.asarray(np.einsum("iyxab,oiab->oyx", windows, layer.weights) + layer.bias.reshape(out, 1, 1))


def computed(chain: Chain, luma: Floats) -> Floats:
    """What the page computes, written once more: of ``luma`` without borders, so only its middle comes out."""
    rest = luma[None]
    for layer in chain.layers[:-1]:
        rest = convolved(rest, layer)
        rest = np.maximum(rest, chain.slope * rest)
    rest = convolved(rest, chain.layers[-1])
    image = luma[chain.halo - AROUND : -(chain.halo - AROUND), chain.halo - AROUND : -(chain.halo - AROUND)]
    scale = chain.scale
    down = np.einsum("ar,bc->rcab", chain.line, chain.line).reshape(1, scale**2, 5, 5)
    added = convolved(rest, Layer(down, np.zeros(1)))[0]
    lack = convolved(image[None], Layer(chain.remainder[None, None], np.zeros(1)))[0]
    near = np.lib.stride_tricks.sliding_window_view(np.abs(np.stack([lack - added, lack])), (3, 3), axis=(1, 2))
    left, allowed = near.max(axis=(3, 4))
    trust = np.clip(2 - left / (allowed * chain.share + chain.slack), 0, 1)
    added, lack, image, rest = added[1:-1, 1:-1], lack[1:-1, 1:-1], image[3:-3, 3:-3], rest[:, 3:-3, 3:-3]
    values = rest * trust + chain.own[:, None, None] * (image + lack - trust * added)
    height, width = image.shape
    return np.asarray(values.reshape(scale, scale, height, width).transpose(2, 0, 3, 1).reshape(scale * height, -1))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_chain_computes_what_the_network_computes(scale: int) -> None:
    entry = weights.find("plain-s", scale)
    chain = read_chain(entry.read(), entry.card)
    y, x = np.mgrid[:60, :64]
    luma = (0.5 + 0.2 * np.sin(x / 4) * np.cos(y / 5) + 0.1 * np.sin(x * y / 90)).astype(np.float32)
    expected = load("fast", scale).upscale(luma)
    cut = chain.halo * scale
    found = computed(chain, luma.astype(np.float64))
    np.testing.assert_allclose(found, expected[cut:-cut, cut:-cut], atol=2e-5)


def test_the_halo_is_what_layers_and_agreement_see() -> None:
    entry = weights.find("plain-s", 3)
    chain = read_chain(entry.read(), entry.card)
    assert chain.halo == entry.card.halo
    assert chain.layers[-1].weights.shape == (9, 16, 3, 3)


@pytest.mark.parametrize("name", ["fsrcnn", "srcnn-9-5-5", "photo"])
def test_other_networks_are_refused(name: str) -> None:
    entry = weights.find(name, 2)
    with pytest.raises(WeightsError, match=rf"network '{name}' cannot be put into a page: expected a finished plain"):
        read_chain(entry.read(), entry.card)
