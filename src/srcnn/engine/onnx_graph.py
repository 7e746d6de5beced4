"""The operations and weights in the file of a network, and the file truncated after any operation."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import Fields, fields_of, join, last, texts
from srcnn.errors import WeightsError

BOUND = (
    "bound.",
    "plane.",
)  # name prefixes of the values that bound the result, and that add the input to a widened layer

_FLOAT = struct.Struct("<f")


@dataclass(frozen=True)
class Node:
    """One operation: its ONNX type, inputs, output, its attributes that are integers, and those that are a float."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: Mapping[str, tuple[int, ...]]
    factors: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Graph:
    """The operations of a network in execution order, and its 32-bit float arrays by name."""

    nodes: tuple[Node, ...]
    arrays: Mapping[str, NDArray[np.float32]]
    input: str
    output: str


def read_graph(data: bytes, *, told: tuple[str, ...] = ()) -> Graph:
    """Read the graph of an ONNX file.

    Parameters
    ----------
    data : bytes
        The file.
    told : tuple of str
        Inputs beside the image that the caller knows of.

    Returns
    -------
    Graph
        Its operations and weights.

    Raises
    ------
    WeightsError
        If the file is not ONNX, or does not have one input and one output.
    """
    _, graph = _graph_of(data)
    parts = {
        n: [list(fields_of(v)) for number, _, v in graph if number == n] for n in (pb.GRAPH_NODE, pb.GRAPH_INITIALIZER)
    }
    arrays = {
        pb.as_text(last(t, pb.TENSOR_NAME)): values
        for t in parts[pb.GRAPH_INITIALIZER]
        if (values := pb.tensor(t)) is not None
    }
    ends = [
        [pb.as_text(last(fields_of(v), pb.VALUE_NAME)) for n, _, v in graph if n == end]
        for end in (pb.GRAPH_INPUT, pb.GRAPH_OUTPUT)
    ]
    inputs = [
        name for name in ends[0] if name not in arrays and name not in told
    ]  # before IR version 4 every array was listed as an input too
    if len(inputs) != 1 or len(ends[1]) != 1:
        raise WeightsError(f"a network must have one input and one output, got {len(inputs)} and {len(ends[1])}")
    return Graph(tuple(map(_node, parts[pb.GRAPH_NODE])), arrays, inputs[0], ends[1][0])


def block_of(node: Node, graph: Graph) -> tuple[int, int]:
    """The block of a widened convolution (`srcnn.weights.blocks`) and the scale of its shuffle, or (1, 1).

    Parameters
    ----------
    node : Node
        A convolution.
    graph : Graph
        That it stands in.

    Returns
    -------
    (int, int)
        The block's pixels per side, and the scale.
    """
    block = node.settings.get("strides", (1, 1))[0]
    shuffles = [
        other.settings["blocksize"][0]
        for other in graph.nodes
        if other.kind == "DepthToSpace" and other.settings.get("blocksize")
    ]
    widened = node.kind == "Conv" and block > 1 and bool(shuffles) and shuffles[-1] % block == 0
    return (block, shuffles[-1] // block) if widened else (1, 1)


def bounds(node: Node) -> bool:
    """Whether an operation is not a layer, but part of the bound on the result (`srcnn.training.finish`).

    Parameters
    ----------
    node : Node
        An operation.

    Returns
    -------
    bool
        True for those that are no layer.
    """
    return node.outputs[0].startswith(BOUND) or node.kind == "Min"


def ending_at(data: bytes, name: str) -> bytes:
    """The ONNX file with the inner value ``name`` as its output; later operations stay, but are not computed.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        A value inside the network.

    Returns
    -------
    bytes
        The changed file.
    """
    model, graph = _graph_of(data)
    graph = [field for field in graph if field[0] not in (pb.GRAPH_OUTPUT, pb.GRAPH_VALUE_INFO)]
    graph.append((pb.GRAPH_OUTPUT, pb.BYTES, pb.value_of_unknown_size(name)))
    return join([(n, w, join(graph)) if n == pb.MODEL_GRAPH else (n, w, v) for n, w, v in model])


def _graph_of(data: bytes) -> tuple[Fields, Fields]:
    model = list(fields_of(data))
    graphs = [value for number, _, value in model if number == pb.MODEL_GRAPH]
    if len(graphs) != 1:
        raise WeightsError("the network is not an ONNX file, or it is damaged")
    return model, list(fields_of(graphs[0]))


def _node(fields: Fields) -> Node:
    settings, factors = {}, {}
    for attribute in (list(fields_of(value)) for number, _, value in fields if number == pb.NODE_ATTRIBUTE):
        name = pb.as_text(last(attribute, pb.ATTRIBUTE_NAME))
        numbers = [i for n, w, v in attribute if n in (pb.ATTRIBUTE_INT, pb.ATTRIBUTE_INTS) for i in pb.integers(w, v)]
        settings[name] = tuple(numbers)
        if len(stored := pb.as_bytes(last(attribute, pb.ATTRIBUTE_FLOAT) or b"")) == _FLOAT.size:
            factors[name] = float(_FLOAT.unpack(stored)[0])
    kind = pb.as_text(last(fields, pb.NODE_TYPE))
    return Node(kind, tuple(texts(fields, pb.NODE_INPUT)), tuple(texts(fields, pb.NODE_OUTPUT)), settings, factors)
