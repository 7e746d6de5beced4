"""Networks at low resolution: sizes, published parameter counts, and the same pixels with padding and without."""

import pytest
import torch

from srcnn.errors import OptionError
from srcnn.nets import build, input_size, shape_of
from srcnn.nets.lowres import without_padding

NETS = ["fsrcnn", "espcn", "plain-8-3", "plain-8-3-5", "residual-8-2x3"]


@pytest.mark.parametrize(
    ("name", "scale", "weights"),
    [
        # Table 1 of the FSRCNN paper: 12,464 weights for FSRCNN(56, 12, 4).
        ("fsrcnn", 3, 12_464),
        ("espcn", 3, 25 * 64 + 9 * 64 * 32 + 9 * 32 * 9),
        ("plain-48-9", 2, 9 * (48 + 9 * 48 * 48 + 48 * 4)),
        ("plain-16-4-5", 2, 25 * 16 + 9 * (4 * 16 * 16 + 16 * 4)),
    ],
)
def test_weights_are_as_many_as_published(name: str, scale: int, weights: int) -> None:
    net = build(name, scale)
    assert sum(p.numel() for p in net.parameters() if p.ndim == 4) == weights


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", NETS)
def test_output_is_scale_times_the_input(name: str, scale: int) -> None:
    net = build(name, scale)
    assert input_size(name) == "lr"
    assert net(torch.rand(2, 1, 9, 14)).shape == (2, 1, 9 * scale, 14 * scale)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", NETS)
def test_inside_padding_changes_nothing(name: str, scale: int) -> None:
    net = build(name, scale).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(
                0.05 * torch.randn(parameter.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
            )
    halo = shape_of(net).halo
    x = torch.rand(1, 1, 2 * halo + 5, 2 * halo + 7, dtype=torch.float64)
    padded, valid = net(x), without_padding(net)(x)
    frame = halo * scale
    assert valid.shape == (1, 1, 5 * scale, 7 * scale)
    torch.testing.assert_close(valid, padded[..., frame:-frame, frame:-frame])
    assert net(x).shape == padded.shape  # the network itself is left as it was


def test_plain_begins_near_its_input() -> None:
    x = torch.rand(1, 1, 10, 12, generator=torch.Generator().manual_seed(0))
    sr = build("plain-8-3", 3)(x)
    assert (sr - x.repeat_interleave(3, 2).repeat_interleave(3, 3)).abs().mean() < 0.2


@pytest.mark.parametrize(
    "name", ["fsrcnn-x", "espcn-3", "plain-8", "plain-8-0", "plain-8-3-4", "plain-8-3-5-1", "unknown-3"]
)
def test_wrong_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError):
        build(name, 3)
