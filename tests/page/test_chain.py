"""A network out of its file is the network that was finished."""

from __future__ import annotations

import numpy as np
import pytest

from srcnn import weights
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods import load
from srcnn.page.chain import AROUND, Chain, Layer, read_chain
from srcnn.wear import NO_WEAR, Wear


def convolved(planes: Floats, layer: Layer) -> Floats:
    out, _, side, _ = layer.weights.shape
    windows = np.lib.stride_tricks.sliding_window_view(planes, (side, side), axis=(1, 2))
    return np.asarray(np.einsum("iyxab,oiab->oyx", windows, layer.weights) + layer.bias.reshape(out, 1, 1))


def layers_of(chain: Chain, planes: Floats, wear: Wear) -> Floats:
    """What the last layer makes, of planes without borders."""
    heard = np.zeros(0)
    if chain.told is not None:
        heard = chain.told.weights @ np.array(wear.planes) + chain.told.bias
        heard = np.asarray(np.maximum(heard, chain.slope * heard))
    made: list[Floats] = []
    for layer in chain.layers:
        bias = layer.bias if layer.told is None else layer.bias + layer.told @ heard
        out = convolved(made[-1] if made else planes, Layer(layer.weights, bias))
        out = np.maximum(out, chain.slope * out) if layer.active else out
        if layer.adds is not None:
            cut = (made[layer.adds].shape[1] - out.shape[1]) // 2
            out = out + made[layer.adds][:, cut:-cut, cut:-cut]
        made.append(out)
    return np.asarray(made[-1])


def shuffled(values: Floats, scale: int) -> Floats:
    planes, height, width = len(values) // scale**2, *values.shape[1:]
    split = values.reshape(planes, scale, scale, height, width).transpose(3, 1, 4, 2, 0)
    return np.asarray(split.reshape(scale * height, scale * width, planes))


def agreed(chain: Chain, luma: Floats) -> Floats:
    """What the page computes, written once more: of ``luma`` without borders, so only its middle comes out."""
    assert chain.agreement is not None
    rest = layers_of(chain, luma[None], NO_WEAR)
    line = chain.agreement.line
    image = luma[chain.halo - AROUND : -(chain.halo - AROUND), chain.halo - AROUND : -(chain.halo - AROUND)]
    down = np.einsum("ar,bc->rcab", line, line).reshape(1, chain.scale**2, 5, 5)
    added = convolved(rest, Layer(down, np.zeros(1)))[0]
    lack = convolved(image[None], Layer(chain.agreement.remainder[None, None], np.zeros(1)))[0]
    near = np.lib.stride_tricks.sliding_window_view(np.abs(np.stack([lack - added, lack])), (3, 3), axis=(1, 2))
    left, allowed = near.max(axis=(3, 4))
    trust = np.clip(2 - left / (allowed * chain.agreement.share + chain.agreement.slack), 0, 1)
    added, lack, image, rest = added[1:-1, 1:-1], lack[1:-1, 1:-1], image[3:-3, 3:-3], rest[:, 3:-3, 3:-3]
    values = rest * trust + chain.own[:, None, None] * (image + lack - trust * added)
    return shuffled(values, chain.scale)[..., 0]


def luma_of(height: int, width: int) -> Floats:
    y, x = np.mgrid[:height, :width]
    return np.asarray(0.5 + 0.2 * np.sin(x / 4) * np.cos(y / 5) + 0.1 * np.sin(x * y / 90), np.float32)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_chain_computes_what_the_network_computes(scale: int) -> None:
    entry = weights.find("plain-s", scale)
    chain = read_chain(entry.read(), entry.card)
    luma = luma_of(60, 64)
    expected = load("fast", scale).upscale(luma)
    cut = chain.halo * scale
    found = agreed(chain, luma.astype(np.float64))
    np.testing.assert_allclose(found, expected[cut:-cut, cut:-cut], atol=2e-5)


@pytest.mark.parametrize("scale", [entry.card.scale for entry in weights.entries() if entry.card.name == "photo"])
@pytest.mark.parametrize("wear", [NO_WEAR, Wear(40, 0), Wear(None, 20), Wear(75, 5)], ids=str)
def test_a_network_that_is_told_the_wear_is_a_chain_too(scale: int, wear: Wear) -> None:
    entry = weights.find("photo", scale)
    chain = read_chain(entry.read(), entry.card)
    rgb = np.stack([luma_of(60, 64), luma_of(64, 60).T, 0.8 - luma_of(60, 64) / 2], axis=-1)
    method = load("photo", scale, noise=wear.noise, jpeg_quality=wear.quality)
    expected = method.upscale(rgb)
    planes = rgb.transpose(2, 0, 1).astype(np.float64)
    cut = chain.halo
    near = np.lib.stride_tricks.sliding_window_view(
        planes[:, cut - 1 : 1 - cut, cut - 1 : 1 - cut], (3, 3), axis=(1, 2)
    )
    low, high = (most(near, axis=(3, 4)).repeat(scale**2, axis=0) for most in (np.min, np.max))
    image = planes[:, cut:-cut, cut:-cut].repeat(scale**2, axis=0)
    values = layers_of(chain, planes, wear) + chain.own[:, None, None] * image
    least, most = np.maximum(2 * low - high, -chain.beyond), np.minimum(2 * high - low, 1 + chain.beyond)
    found = shuffled(np.clip(values, least, most), scale)
    np.testing.assert_allclose(found, expected[cut * scale : -cut * scale, cut * scale : -cut * scale], atol=2e-5)


def test_the_halo_is_what_layers_and_agreement_see() -> None:
    entry = weights.find("plain-s", 3)
    chain = read_chain(entry.read(), entry.card)
    assert chain.halo == entry.card.halo
    assert chain.layers[-1].weights.shape == (9, 16, 3, 3)


@pytest.mark.parametrize("name", ["fsrcnn", "espcn", "srcnn-9-5-5", "residual-xl"])
def test_other_networks_are_refused(name: str) -> None:
    entry = weights.find(name, 3)
    with pytest.raises(WeightsError, match=rf"network '{name}' cannot be put into a page: expected a finished plain"):
        read_chain(entry.read(), entry.card)


def test_an_unfinished_network_is_refused() -> None:
    entry = weights.find("photo", 2)
    data = entry.read().replace(b"plane.weight", b"plane.offset")
    with pytest.raises(WeightsError, match="cannot be put into a page"):
        read_chain(data, entry.card)
