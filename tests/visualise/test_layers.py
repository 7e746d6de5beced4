"""Layers of a network: parameters and multiplications, counted by hand."""

from fractions import Fraction
from typing import Any

import pytest

from srcnn import weights
from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_graph import read_graph
from srcnn.errors import OptionError
from srcnn.visualise.layers import layers_of, summarise, table, total


def test_the_papers_network() -> None:
    layers = summarise("srcnn-9-5-5").layers
    assert [(layer.channels, layer.kernel, layer.parameters) for layer in layers] == [
        ((1, 64), (9, 9), 64 * 82),
        ((64, 32), (5, 5), 32 * (64 * 25 + 1)),
        ((32, 1), (5, 5), 32 * 25 + 1),
    ]
    assert [layer.multiplications for layer in layers] == [5184, 51_200, 800]
    assert total(layers) == (57_281, Fraction(57_184))


def test_a_network_on_the_small_image_costs_a_ninth() -> None:
    summary = summarise("plain-s", 3)
    assert total(summary.layers)[1] == Fraction(9 * 16 + 8 * 9 * 16 * 16 + 9 * 16 * 9, 9)
    assert len(summary.convolutions) == 10


@pytest.mark.parametrize(
    "entry", [e for e in weights.entries() if e.kind == "onnx"], ids=lambda e: f"{e.card.name} x{e.card.scale}"
)
def test_parameters_are_those_on_the_card(entry: Any) -> None:
    counted = total(layers_of(read_graph(knowing(entry.read(), entry.card))))[0]
    # What makes biases of the wear is no layer.
    assert counted == entry.card.parameters or (entry.card.wear and 0.95 < counted / entry.card.parameters < 1)


@pytest.mark.parametrize(
    "entry", [e for e in weights.entries() if e.kind == "onnx"], ids=lambda e: f"{e.card.name} x{e.card.scale}"
)
def test_multiplications_are_those_on_the_card_and_the_result_has_its_planes(entry: Any) -> None:
    layers = layers_of(read_graph(knowing(entry.read(), entry.card)))
    # For a model that is told the wear the card counts a conversion of colours, which is no layer either.
    assert float(total(layers)[1]) + 9 * entry.card.wear == pytest.approx(entry.card.multiplications)
    assert layers[-1].channels[1] == (1 if entry.card.channels == "luma" else 3)


def test_a_transposed_convolution_costs_what_it_costs() -> None:
    layers = summarise("fsrcnn", 3).layers
    low = 25 * 56 + 56 * 12 + 4 * 9 * 12 * 12 + 12 * 56
    assert total(layers)[1] == Fraction(low + 81 * 56, 9)
    assert [layer.channels for layer in layers][-2:] == [(12, 56), (56, 1)]


def test_the_table_adds_up() -> None:
    lines = table(summarise("srcnn-9-1-5").layers).splitlines()
    assert lines[0].split() == ["layer", "what", "it", "does", "kernel", "channels", "parameters", "multiplications"]
    assert lines[-1].split() == ["all", "8,129", "8,032"]
    assert lines[2].split()[-4:] == ["1x1", "64-32", "2,080", "2,048"]


def test_bicubic_has_no_layers() -> None:
    with pytest.raises(OptionError, match="not a network"):
        summarise("bicubic")
