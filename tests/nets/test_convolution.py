"""Convolutions by quicker routes give the gradients of the plain ones."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from srcnn.nets.convolution import Conv2d, activated


def gradients(layer: nn.Conv2d, forward: Callable[[Tensor], Tensor], x: Tensor, *, half: bool) -> list[Tensor]:
    layer.zero_grad()
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        y = forward(x)
    y.float().square().mean().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    return [y.detach().float(), x.grad, *(p.grad.clone() for p in layer.parameters() if p.grad is not None)]


@pytest.mark.parametrize("supported", [True, False])
@pytest.mark.parametrize("padding", [0, 1])
def test_fused_activation_in_bfloat16_is_near_the_plain_one(
    padding: int, supported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not supported:  # as on a processor without AVX-512, where oneDNN refuses
        monkeypatch.setattr("srcnn.nets.convolution.has_bfloat16_convolution", lambda: False)
    torch.manual_seed(0)
    layer = nn.Conv2d(16, 16, 3, padding=padding).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.randn(2, 16, 12, 14).contiguous(memory_format=torch.channels_last)
    fused = gradients(layer, lambda t: activated(layer, t, 0.1), x, half=True)
    plain = gradients(layer, lambda t: functional.leaky_relu(layer(t), 0.1), x, half=False)
    for a, b in zip(fused, plain, strict=True):
        assert a.shape == b.shape
        assert (a - b).norm() < 0.02 * b.norm()


def test_activation_in_single_precision_is_the_plain_one() -> None:
    torch.manual_seed(0)
    layer, x = nn.Conv2d(4, 4, 3), torch.randn(2, 4, 9, 9)
    for a, b in zip(
        gradients(layer, lambda t: activated(layer, t, 0.1), x, half=False),
        gradients(layer, lambda t: functional.leaky_relu(layer(t), 0.1), x, half=False),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("half", [False, True])
def test_weight_gradient_as_a_product_of_patches(half: bool) -> None:
    torch.manual_seed(0)
    layer, x = Conv2d(1, 8, 9), torch.rand(2, 1, 30, 31)

    def gradient_of(forward: Callable[[Tensor], Tensor], half: bool) -> list[Tensor]:
        layer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            y = forward(x)
        y.float().square().mean().backward()  # type: ignore[no-untyped-call]
        return [p.grad.clone() for p in layer.parameters() if p.grad is not None]

    quick = gradient_of(layer.train(), half)
    plain = gradient_of(layer.eval(), False)
    for a, b in zip(quick, plain, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() < (0.02 if half else 1e-5) * b.norm()
