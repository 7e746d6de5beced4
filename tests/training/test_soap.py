"""SOAP does what its paper says."""

import torch

from srcnn.training.soap import Soap


def badly_conditioned(optimiser: type[torch.optim.Optimizer], rate: float) -> float:
    """Loss after 150 steps on a least-squares problem whose inputs are correlated and of very different size."""
    generator = torch.Generator().manual_seed(0)
    mixing = (
        torch.randn(12, 12, generator=generator)
        @ torch.diag(torch.logspace(0, -2, 12))
        @ torch.randn(12, 12, generator=generator)
    )
    truth = torch.randn(6, 12, generator=generator)
    weight = torch.nn.Parameter(torch.zeros(6, 12))
    steps = 150
    made = optimiser([weight], lr=rate)  # type: ignore[call-arg]
    loss = torch.tensor(0.0)
    for step in range(steps):
        for group in made.param_groups:
            group["lr"] = rate * (1 - step / steps)
        x = torch.randn(64, 12, generator=generator) @ mixing.t()
        loss = ((x @ weight.t() - x @ truth.t()) ** 2).mean()
        made.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        made.step()
    return loss.item()


def test_beats_adam_where_the_inputs_are_correlated() -> None:
    rates = (0.03, 0.1, 0.3)
    soap = min(badly_conditioned(Soap, rate) for rate in rates)
    adam = min(badly_conditioned(torch.optim.Adam, rate) for rate in rates)
    assert soap < 0.5 * adam


def test_first_step_only_fills_the_averages() -> None:
    weight = torch.nn.Parameter(torch.ones(3, 4, 3, 3))
    optimiser = Soap([weight])
    (weight**2).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    assert torch.equal(weight, torch.ones_like(weight))
    optimiser.step()
    assert not torch.equal(weight, torch.ones_like(weight))


def test_bases_stay_orthonormal_and_long_sides_are_left_alone() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(5, 30))
    optimiser = Soap([weight], refresh=2, longest_side=20)
    for _ in range(30):
        weight.grad = torch.randn(5, 30)
        optimiser.step()
    state = optimiser.state[weight]
    torch.testing.assert_close(state["left_basis"].t() @ state["left_basis"], torch.eye(5), atol=1e-5, rtol=0)
    assert "right_basis" not in state


def test_vectors_take_adams_steps() -> None:
    one, other = torch.nn.Parameter(torch.ones(5)), torch.nn.Parameter(torch.ones(5))
    soap, adam = Soap([one], lr=0.1), torch.optim.Adam([other], lr=0.1, betas=(0.95, 0.95), eps=1e-8)
    generator = torch.Generator().manual_seed(0)
    for _ in range(10):
        one.grad = torch.randn(5, generator=generator)
        other.grad = one.grad.clone()
        soap.step()
        adam.step()
    torch.testing.assert_close(one, other)
