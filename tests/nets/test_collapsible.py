"""Over-parameterised layers: they begin as the network they were made of, and end as one of its size with the same
pixels.
"""

import copy

import torch

from srcnn.nets import build
from srcnn.nets.collapsible import collapse, expand


def test_expanded_network_begins_as_it_was() -> None:
    net = build("plain-8-2", 3)
    x = torch.rand(1, 1, 9, 11)
    expected = net(x)
    torch.testing.assert_close(expand(copy.deepcopy(net), 16)(x), expected)


def test_collapsed_network_makes_the_pixels_of_the_expanded_one() -> None:
    net = build("plain-8-2", 3)
    names = list(net.state_dict())
    expand(net, 16)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    x = torch.rand(1, 1, 9, 11)
    expanded = net(x).detach()
    collapse(net)
    torch.testing.assert_close(net(x), expanded)
    assert set(net.state_dict()) == set(names)


def test_every_part_of_a_filter_is_trained() -> None:
    net = expand(build("plain-8-2", 3), 16)
    for _ in range(2):  # the way there has a gradient once the way back has left zero
        net.zero_grad()
        net(torch.rand(1, 1, 9, 11)).square().mean().backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(0.1 * parameter.grad)
    assert all(bool(p.grad is not None and p.grad.abs().max() > 0) for p in net.parameters())


def test_network_that_was_not_expanded_is_left_alone() -> None:
    net = build("plain-8-2", 3)
    before = copy.deepcopy(net.state_dict())
    collapse(net)
    torch.testing.assert_close(net.state_dict(), before)
