"""The graph of a network's file, and files cut off inside it."""

from typing import Any

import numpy as np
import pytest

from srcnn import weights
from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_graph import ending_at, read_graph
from srcnn.engine.session import open_session
from srcnn.errors import WeightsError

RNG = np.random.default_rng(0)


def test_operations_and_arrays_are_those_that_onnx_reads(make_network: Any) -> None:
    onnx = pytest.importorskip("onnx")
    data = make_network((9, 5, 5), (8, 4))
    graph, model = read_graph(data), onnx.load_from_string(data)
    assert [(node.kind, *node.inputs) for node in graph.nodes] == [
        (node.op_type, *node.input) for node in model.graph.node
    ]
    assert graph.output == model.graph.output[0].name
    for tensor in model.graph.initializer:
        np.testing.assert_array_equal(graph.arrays[tensor.name], onnx.numpy_helper.to_array(tensor))


def test_every_shipped_network_can_be_read() -> None:
    entries = [entry for entry in weights.entries() if entry.kind == "onnx"]
    assert entries
    for entry in entries:
        graph = read_graph(knowing(entry.read(), entry.card))
        # What a network is told of the wear has become biases: the weights of its layers are all that is left.
        share = 0.95 if entry.card.wear else 1
        assert sum(array.size for array in graph.arrays.values()) >= share * entry.card.parameters
        assert graph.nodes[-1].outputs == (graph.output,)


def test_a_file_cut_off_after_the_first_layer_gives_what_it_makes(make_network: Any) -> None:
    data = make_network((9, 5, 5), (8, 4))
    graph = read_graph(data)
    weight, bias = (graph.arrays[name] for name in graph.nodes[0].inputs[1:])
    x = RNG.random((1, 1, 30, 24), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x[0, 0], (9, 9))
    expected = np.maximum(np.einsum("yxab,nab->nyx", windows, weight[:, 0]) + bias[:, None, None], 0)
    made = open_session(ending_at(data, graph.nodes[1].outputs[0]), engine="onnxruntime", threads=1).run(x)[0]
    np.testing.assert_allclose(made, expected, atol=2e-6)


def test_a_file_cut_off_at_its_end_is_the_same_network(make_network: Any) -> None:
    data = make_network(input_size="lr")
    x = RNG.random((1, 1, 40, 40), np.float32)
    whole, cut = (
        open_session(d, engine="onnxruntime", threads=1).run(x)
        for d in (data, ending_at(data, read_graph(data).output))
    )
    np.testing.assert_array_equal(whole, cut)


@pytest.mark.parametrize("data", [b"", b"no network at all", b"\x08\x07"])
def test_what_is_no_network_is_refused(data: bytes) -> None:
    with pytest.raises(WeightsError, match="not an ONNX file"):
        read_graph(data)
