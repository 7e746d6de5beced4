"""A larger residual network begins as the smaller one that it grows from, and trains from there."""

import pytest
import torch

from srcnn.errors import WeightsError
from srcnn.nets import build
from srcnn.nets.residual import Residual
from srcnn.nets.widening import widened


def residual(name: str, scale: int = 2, seed: int = 0) -> Residual:
    net = build(name, scale, seed=seed)
    assert isinstance(net, Residual)
    return net


@pytest.mark.parametrize("kind", ["", "-worn"])
@pytest.mark.parametrize("shape", ["6-2x3", "9-2x3", "6-4x3", "9-3x3"])
def test_larger_network_does_what_the_smaller_one_does(shape: str, kind: str) -> None:
    small, large = residual(f"residual-6-2x3{kind}", seed=1), residual(f"residual-{shape}{kind}", seed=2)
    large.load_state_dict(widened(large, small.state_dict()))
    x = torch.rand(1, small.shape.channels, 20, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(large(x), small(x), atol=1e-5, rtol=0)


def test_new_channels_and_blocks_are_trained_from_the_first_step() -> None:
    small, large = residual("residual-6-1x2"), residual("residual-8-2x2", seed=3)
    large.load_state_dict(widened(large, small.state_dict()))
    x = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    large(x).square().sum().backward()
    gradients = {key: value.grad for key, value in large.named_parameters()}
    from_new, added = gradients["last.weight"], gradients["blocks.1.layers.1.weight"]
    assert from_new is not None
    assert added is not None
    assert (from_new[:, 6:] != 0).any()
    assert (added != 0).any()


def test_another_scale_keeps_its_own_last_layer() -> None:
    small, large = residual("residual-6-2x3"), residual("residual-8-2x3", scale=3)
    weights = widened(large, small.state_dict())
    torch.testing.assert_close(weights["last.weight"], large.state_dict()["last.weight"], atol=0, rtol=0)
    torch.testing.assert_close(weights["first.weight"][:6], small.first.weight.detach(), atol=0, rtol=0)


@pytest.mark.parametrize(
    "start", ["residual-10-2x3", "residual-8-3x3", "residual-8-2x4", "residual-8-2x2", "residual-8-2x3-worn", "fsrcnn"]
)
def test_what_cannot_be_grown_from_is_refused(start: str) -> None:
    with pytest.raises(WeightsError, match="begin from a network of its kind"):
        widened(residual("residual-8-2x3"), build(start, 2).state_dict())
