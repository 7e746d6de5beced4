"""Residual chains: flat stays flat by construction, valid equals padded, told wear is a bias."""

import pytest
import torch

from srcnn.errors import OptionError
from srcnn.nets import build, colour_of, input_size, shape_of
from srcnn.nets.lowres import without_padding
from srcnn.nets.residual import Residual


@pytest.mark.parametrize("name", ["residual-8-2x3", "residual-8-2x3-worn"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_sizes(name: str, scale: int) -> None:
    net = build(name, scale)
    shape = shape_of(net)
    x = torch.rand(2, shape.channels, 20, 24)
    assert net(x).shape == (2, 3 if "worn" in name else 1, 20 * scale, 24 * scale)
    size = 20 + 2 * shape.halo
    assert without_padding(net)(torch.rand(1, shape.channels, size, size)).shape[-2:] == (20 * scale, 20 * scale)
    assert input_size(name) == "lr"
    assert colour_of(name) == ("ycbcr" if "worn" in name else "luma")


def test_a_flat_area_gets_the_same_residual_whatever_its_grey() -> None:
    net = without_padding(build("residual-8-2x3", 3)).eval()
    with torch.no_grad():
        residuals = [net(torch.full((1, 1, 20, 20), grey)) - grey for grey in (0.0, 0.3, 1.0)]
    torch.testing.assert_close(residuals[0], residuals[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(residuals[0], residuals[2], atol=1e-5, rtol=0)


def test_padded_equals_valid_inside() -> None:
    net = build("residual-8-2x2", 2).eval()
    x = torch.rand(1, 1, 30, 30)
    halo = shape_of(net).halo
    with torch.no_grad():
        padded, valid = net(x)[..., 2 * halo : -2 * halo, 2 * halo : -2 * halo], without_padding(net)(x)
    torch.testing.assert_close(padded, valid, atol=1e-5, rtol=0)


def test_a_signal_lives_through_many_blocks() -> None:
    net = build("residual-32-5x4", 3)
    assert isinstance(net, Residual)
    x = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.4
    with torch.no_grad():
        y = torch.nn.functional.leaky_relu(net.first(x), 0.1)
        for block in net.blocks:
            y = block(y, None)
        strength = float(y.std())
        residual = float((net(x) - torch.nn.functional.interpolate(x, scale_factor=3)).abs().mean())
    assert 0.2 < strength < 20
    assert residual < 0.2


def test_told_wear_changes_the_result() -> None:
    net = build("residual-8-2x2-worn", 2).eval()
    x = torch.rand(1, 5, 16, 16)
    x[:, 3:] = 0
    worn = x.clone()
    worn[:, 3] = 1.5
    with torch.no_grad():
        assert (net(x) - net(worn)).abs().max() > 1e-4


@pytest.mark.parametrize(
    "name", ["residual-8", "residual-8-2", "residual-8-2x", "residual-a-2x3", "residual-8-0x3", "residual-8-2x3-rgb"]
)
def test_a_name_that_says_nothing_is_an_error(name: str) -> None:
    with pytest.raises(OptionError, match="residual-32-5x4"):
        build(name, 2)
