"""SOAP over stacked matrices takes the steps of SOAP over single ones."""

import torch
from torch import nn

from srcnn.training.batched_soap import BatchedSoap
from srcnn.training.soap import Soap


def _net() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(6, 6, 3, padding=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(6, 6, 3, padding=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(6, 4, 3, padding=1),
    )


def test_steps_are_those_of_soap() -> None:
    generator = torch.Generator().manual_seed(0)
    starts = [torch.randn(4, 6, generator=generator) for _ in range(2)]
    mixing = torch.randn(24, 24, generator=generator)
    one, many = ([nn.Parameter(start.clone()) for start in starts] for _ in range(2))
    single, batched = Soap(one, lr=0.01, refresh=10), BatchedSoap(many)
    for step in range(41):
        gradients = [(mixing @ torch.randn(24, generator=generator)).view(4, 6) for _ in starts]
        for parameter, gradient in zip(one, gradients, strict=True):
            parameter.grad = gradient.clone()
        single.step()
        if step == 0:
            batched.start(gradients)
            (group,) = batched.groups
            for i, parameter in enumerate(one):  # directions without a gradient so far are anybody's choice
                for side, basis in zip(("left", "right"), group.bases, strict=True):  # type: ignore[union-attr]
                    single.state[parameter][f"{side}_basis"] = basis[i].clone()
            continue
        batched.step(gradients, torch.tensor(0.01))
        if step in (1, 5, 10) or step % 10 == 0:
            batched.refresh()
    for a, b, start in zip(one, many, starts, strict=True):
        assert float((a - start).detach().abs().max()) > 0.05
        assert torch.allclose(a, b, atol=2e-3)


def test_bases_stay_orthogonal() -> None:
    net = _net()
    parameters = list(net.parameters())
    optimiser = BatchedSoap(parameters)
    generator = torch.Generator().manual_seed(1)
    for step in range(30):
        x = torch.rand(2, 1, 12, 12, generator=generator)
        gradients = torch.autograd.grad(((net(x) - x) ** 2).mean(), parameters)
        if step == 0:
            optimiser.start(gradients)
        else:
            optimiser.step(gradients, torch.tensor(1e-3))
        if step % 7 == 6:
            optimiser.refresh()
    for group in optimiser.groups:
        for basis in getattr(group, "bases", []):
            if basis is not None:
                product = basis.mT @ basis
                assert torch.allclose(product, torch.eye(basis.shape[-1]).expand_as(product), atol=1e-4)


def test_a_basis_without_rank_stays() -> None:
    parameter = nn.Parameter(torch.ones(3, 4))
    optimiser = BatchedSoap([parameter])
    optimiser.start([torch.zeros(3, 4)])
    (group,) = optimiser.groups
    before = [basis.clone() for basis in group.bases]  # type: ignore[union-attr]
    optimiser.refresh()
    for basis, was in zip(group.bases, before, strict=True):  # type: ignore[union-attr]
        assert torch.equal(basis, was)
