"""Silent filters come back without a trace in the output."""

import torch
from torch import nn

from srcnn.nets import build
from srcnn.nets.srcnn import Srcnn
from srcnn.training.revive import revive


def test_silent_filters_are_drawn_anew_and_the_output_stays() -> None:
    net = build("srcnn-9-5-5", 3, start="he", seed=1)
    assert isinstance(net, Srcnn)
    first, second = (layer for layer in list(net.layers)[:2] if isinstance(layer, nn.Conv2d))
    assert first.bias is not None
    assert second.bias is not None
    with torch.no_grad():
        first.bias[[3, 7]] = -100.0
        second.bias[5] = -100.0
    x = torch.rand(4, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    before = net(x)
    silent = [int(((maps > 0).float().mean((0, 2, 3)) == 0).sum()) for maps in net.features(x)]
    assert silent[0] >= 2
    assert silent[1] >= 1
    assert revive(net, x, torch.Generator().manual_seed(0)) == sum(silent)
    torch.testing.assert_close(net(x), before, atol=1e-5, rtol=1e-5)
    for maps in net.features(x):
        assert ((maps > 0).float().mean((0, 2, 3)) > 0).all()
    active = (net.features(x)[0][:, [3, 7]] > 0).float().mean()
    assert 0.35 < active < 0.65
    assert revive(net, x, torch.Generator().manual_seed(0)) == 0
