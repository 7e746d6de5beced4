"""Networks for worn images as files: RGB in and out, areas of one colour as they are."""

import numpy as np
import pytest
import torch

from srcnn.engine.conditioned import knowing
from srcnn.engine.session import open_session
from srcnn.nets import build
from srcnn.training.config import TrainConfig
from srcnn.training.export import check, make_card, to_onnx
from srcnn.training.finish import finish, is_finished, multiplications
from srcnn.wear import Wear

CONFIG = TrainConfig(net="residual-8-2x2-worn", name="tiny", scale=2, live=True, data=(".",), steps=1, patch=48)


@pytest.fixture
def net() -> torch.nn.Module:
    """A small network whose weights are nowhere zero, so that nothing can be left out unseen."""
    made = build(CONFIG.net, CONFIG.scale, seed=1).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return made


def test_the_file_gives_the_pixels_of_torch(net: torch.nn.Module) -> None:
    card = make_card(net, CONFIG, None, None)
    assert (card.channels, card.wear, card.halo) == ("rgb", True, 6)
    assert check(net, to_onnx(net, card)) < 1e-4


@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.2, 0.7, 0.4), (0.0, 0.0, 1.0)])
@pytest.mark.parametrize("wear", [Wear(), Wear(20), Wear(90, 30)])
def test_an_area_of_one_colour_comes_out_as_it_is(net: torch.nn.Module, wear: Wear, colour: tuple[float, ...]) -> None:
    card = make_card(net, CONFIG, None, None)
    data, _ = finish(to_onnx(net, card), card)
    assert is_finished(data)
    x = np.tile(np.array(colour, np.float32)[None, :, None, None], (1, 1, 20, 22))
    y = open_session(knowing(data, card, wear), engine="onnxruntime", threads=1).run(x)
    assert y.shape == (1, 3, 16, 20)
    np.testing.assert_array_equal(y, np.broadcast_to(x[..., :1, :1], y.shape))


def test_multiplications_are_counted_without_what_the_wear_costs(net: torch.nn.Module) -> None:
    card = make_card(net, CONFIG, None, None)
    layers = 3 * 8 * 9 + 4 * 8 * 8 * 9 + 8 * 12 * 9 + 3 * 12
    assert multiplications(to_onnx(net, card), card) == layers / 4
