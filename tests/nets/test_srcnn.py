"""SRCNN is what the paper's formulas say, whatever its sizes."""

import pytest
import torch
from torch.nn import functional

from srcnn.errors import OptionError
from srcnn.nets import build, input_size, shape_of
from srcnn.nets.convolution import Conv2d
from srcnn.nets.srcnn import Srcnn, SrcnnShape, parse_shape


@pytest.mark.parametrize(
    ("name", "parameters", "halo"),
    [
        # The paper counts 8,032, 24,416 and 57,184 weights without biases (section 4.3.2); 64 + 32 + 1 biases come on
        # top.
        ("srcnn-9-1-5", 8032 + 97, 6),
        ("srcnn-9-3-5", 24416 + 97, 7),
        ("srcnn-9-5-5", 57184 + 97, 8),
    ],
)
def test_parameters_are_the_papers(name: str, parameters: int, halo: int) -> None:
    net = build(name, 3)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert shape_of(net).halo == halo


@pytest.mark.parametrize("name", ["srcnn-9-5-5", "srcnn-9-1-1-5", "srcnn-9-3-3-5", "srcnn-9-1-5-rgb"])
def test_output_is_valid_and_deeper_ones_are_built(name: str) -> None:
    net = build(name, 2)
    shape = shape_of(net)
    channels = 3 if name.endswith("rgb") else 1
    assert shape.channels == channels
    out = net(torch.rand(2, channels, 40, 33))
    assert out.shape == (2, channels, 40 - 2 * shape.halo, 33 - 2 * shape.halo)


def test_forward_is_the_papers_formula() -> None:
    net = build("srcnn-9-5-5", 3, start="he", seed=4)
    y = torch.rand(1, 1, 30, 30)
    (w1, b1), (w2, b2), (w3, b3) = ((layer.weight, layer.bias) for layer in net.layers)  # type: ignore[union-attr]
    f1 = torch.clamp(functional.conv2d(y, w1, b1), min=0)
    f2 = torch.clamp(functional.conv2d(f1, w2, b2), min=0)
    torch.testing.assert_close(net(y), functional.conv2d(f2, w3, b3))


@pytest.mark.parametrize("name", ["srcnn-9-5-5", "srcnn-9-1-1-5", "srcnn-9-1-5-rgb"])
def test_identity_start_hands_the_image_on(name: str) -> None:
    net = build(name, 3, start="identity")
    shape = shape_of(net)
    x = torch.rand(1, shape.channels, 40, 40)
    torch.testing.assert_close(net(x), x[..., shape.halo : -shape.halo, shape.halo : -shape.halo], atol=1e-6, rtol=0)


def test_gaussian_start_is_the_papers() -> None:
    net = build("srcnn-9-5-5", 3, start="gaussian")
    assert isinstance(net, Srcnn)
    weights = torch.cat([layer.weight.flatten() for layer in net.layers])  # type: ignore[operator]
    assert weights.std().item() == pytest.approx(0.001, rel=0.02)
    assert all(torch.count_nonzero(layer.bias) == 0 for layer in net.layers)  # type: ignore[arg-type]


def test_small_start_is_small_in_the_first_layer_alone() -> None:
    net = build("srcnn-9-5-5", 3, start="small")
    assert isinstance(net, Srcnn)
    first, second = (net.layers[number].weight for number in (0, 1))
    assert first.std().item() == pytest.approx(0.001, rel=0.05)  # type: ignore[operator]
    assert first.mean((1, 2, 3)).abs().max().item() < 1e-9  # type: ignore[operator]
    assert second.std().item() == pytest.approx((2 / (25 * 64)) ** 0.5, rel=0.05)  # type: ignore[operator]


def test_same_seed_same_weights() -> None:
    one, same, other = (build("srcnn-9-1-5", 3, seed=seed).state_dict()["layers.0.weight"] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", ["srcnn", "srcnn-9-4-5", "srcnn-9", "espcn-3", "srcnn-9-x-5", "subpixel-8"])
def test_wrong_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError):
        build(name, 3)


def test_wrong_widths_and_starts_are_refused() -> None:
    with pytest.raises(OptionError, match="widths"):
        SrcnnShape((9, 5, 5), (64,))
    with pytest.raises(OptionError, match="channels"):
        SrcnnShape((9, 5), (64,), channels=2)
    with pytest.raises(OptionError, match="start"):
        build("srcnn-9-5-5", 3, start="zero")
    assert parse_shape("srcnn-9-5-5", widths=(32, 16)).widths == (32, 16)


@pytest.mark.parametrize(("n_in", "kernel"), [(1, 9), (3, 5), (16, 1)])
def test_quick_convolution_has_the_gradients_of_the_plain_one(n_in: int, kernel: int) -> None:
    torch.manual_seed(0)
    quick, plain = Conv2d(n_in, 7, kernel).double().train(), torch.nn.Conv2d(n_in, 7, kernel).double()
    plain.load_state_dict(quick.state_dict())
    x = torch.rand(3, n_in, 15, 13, dtype=torch.float64)
    gradient = torch.rand(3, 7, 16 - kernel, 14 - kernel, dtype=torch.float64)
    for layer in (quick, plain):
        layer(x).backward(gradient)
    assert quick.weight.grad is not None
    assert plain.weight.grad is not None
    torch.testing.assert_close(quick(x), plain(x))
    torch.testing.assert_close(quick.weight.grad, plain.weight.grad)
    torch.testing.assert_close(quick.bias.grad, plain.bias.grad)  # type: ignore[union-attr]


def test_subpixel_begins_near_its_input_and_multiplies_the_size() -> None:
    net = build("subpixel-8-2", 3)
    assert input_size("subpixel-8-2") == "lr"
    x = torch.rand(2, 1, 10, 12)
    assert net(x).shape == (2, 1, 30, 36)
