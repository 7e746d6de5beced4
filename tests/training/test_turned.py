"""The mean of a network and of itself turned by 180 degrees, as one network."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from srcnn.engine import session
from srcnn.engine.onnx_graph import read_graph
from srcnn.engine.soundness import check_network
from srcnn.errors import OptionError
from srcnn.nets import build
from srcnn.training.config import TrainConfig
from srcnn.training.export import check_exportable, export, make_card, to_onnx
from srcnn.training.finish import finish, multiplications
from srcnn.training.loop import train
from srcnn.training.turned import turned
from srcnn.visualise.layers import layers_of, total
from srcnn.weights.card import Card

Planes = NDArray[np.float32]
NAMES = ("plain-8-3", "residual-8-2x2", "espcn")


def exported(name: str, scale: int) -> tuple[bytes, Card]:
    net = build(name, scale)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():  # a start near zero would hide what is not turned
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    card = make_card(net, TrainConfig(net=name, scale=scale, steps=1), None, None)
    return to_onnx(net, card), card


def run(data: bytes, x: Planes) -> Planes:
    network = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (found,) = network.run(None, {"x": x})
    return np.asarray(found)


def upside_down(x: Planes) -> Planes:
    return np.ascontiguousarray(x[..., ::-1, ::-1])


def unlike(data: bytes, x: Planes) -> float:
    """How much the result of the turned image differs from the turned result."""
    return float(np.abs(run(data, upside_down(x)) - upside_down(run(data, x))).max())


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_mean_of_both(name: str, scale: int) -> None:
    data, card = exported(name, scale)
    x = np.random.default_rng(2).random((1, 1, 40, 51), np.float32)
    expected = (run(data, x) + upside_down(run(data, upside_down(x)))) / 2
    assert np.abs(expected - run(data, x)).max() > 1e-3
    both, its_card = turned(data, card)
    np.testing.assert_allclose(run(both, x), expected, rtol=0, atol=1e-5)
    assert its_card.architecture == f"{card.architecture}; mean with itself turned by 180 degrees"


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", NAMES)
def test_finished_it_turns_with_its_input(name: str, scale: int) -> None:
    once = exported(name, scale)
    data, card = finish(*turned(*once))
    check_network(data, card)
    rows, columns = np.mgrid[:60, :50]
    x = np.asarray(0.5 + 0.3 * np.sin(rows / 5) * np.cos(columns * rows / 90), np.float32)[None, None]
    # A small difference of sums grows where a network is trusted in part.
    assert unlike(data, x) < min(1e-3, unlike(finish(*once)[0], x) / 5)


def test_its_layers_count_twice_and_their_weights_once() -> None:
    data, card = exported("residual-8-2x2", 3)
    both, its_card = turned(data, card)
    assert multiplications(both, its_card) == pytest.approx(2 * multiplications(data, card))
    parameters, count = total(layers_of(read_graph(both)))
    assert parameters == its_card.parameters == card.parameters + 9 * 8 * 9
    assert count == 2 * total(layers_of(read_graph(data)))[1] == Fraction(multiplications(both, its_card))
    assert len(both) < 1.5 * len(data)


@pytest.mark.parametrize("name", ["fsrcnn", "srcnn-9-1-5", "srcnn-9-5-5-rgb", "residual-8-2x2-worn"])
def test_other_networks_are_refused_before_they_are_trained(name: str) -> None:
    with pytest.raises(OptionError, match="cannot be averaged with itself turned: expected one on luma at low res"):
        check_exportable(TrainConfig(net=name, scale=2, turned=True, steps=1))


def test_a_recipe_can_ask_for_it(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    asked = replace(config, net="plain-4-1", widths=(), turned=True, frame=0)
    result = train(asked, photos, tmp_path / "run")
    data, card = export(result.best)
    assert card.architecture.endswith("turned by 180 degrees")
    assert session.open_session(data, threads=1).run(np.zeros((1, 1, 60, 60), np.float32)).ndim == 4
