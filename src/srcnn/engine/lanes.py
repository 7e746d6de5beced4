"""The little of the ONNX format that running a network needs: its card, and a faster form of its last layer.

An ONNX file is a protobuf message. What is read here are a few fields of it, so the ``onnx`` package is not needed to upscale.

The last layer of a super-resolution network makes one value a pixel (three for RGB), while a processor computes 8 or 16 at once: most
of its lanes idle. Computing a block of 4x2 output pixels as 8 channels of one strided convolution fills them; the values are the
same sums, and `interleave` puts them back in place. One core, 256x256 pixels of SRCNN 9-5-5: 102 → 85 ms in ONNX Runtime,
92 → 84 ms in OpenVINO.
"""

from dataclasses import dataclass

import numpy as np

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import Fields, fields_of, join, last, texts
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.weights.card import Card

CARD_KEY = "srcnn.card"
LANES = (4, 2)  # rows and columns of output pixels that become channels: 8, the floats of an AVX2 register


@dataclass(frozen=True)
class Network:
    """An ONNX file ready for an engine."""

    data: bytes
    lanes: tuple[int, int]  # (1, 1) where the last layer was left as it is; otherwise the output needs `interleave`


def read_card(data: bytes) -> Card:
    """The card inside an ONNX file.

    Raises
    ------
    WeightsError
        If the file is not ONNX or has no card.
    """
    for number, _, value in fields_of(data):
        if number == pb.MODEL_METADATA:
            entry = {n: pb.as_bytes(v) for n, _, v in fields_of(value)}
            if entry.get(1) == CARD_KEY.encode():
                return Card.from_json(entry.get(2, b""))
    raise WeightsError(f"the network has no card: an ONNX file for srcnn carries one as metadata {CARD_KEY!r} (see srcnn.training.export)")


def widen_last_layer(data: bytes) -> Network:
    """Rewrite the last convolution so that it computes `LANES` output pixels as channels; other networks come back unchanged."""
    model = list(fields_of(data))
    at, graph = next(((i, list(fields_of(v))) for i, (n, _, v) in enumerate(model) if n == pb.MODEL_GRAPH), (-1, []))
    widened = _widen_graph(graph)
    if widened is None:
        return Network(data, (1, 1))
    model[at] = (pb.MODEL_GRAPH, pb.BYTES, join(widened))
    return Network(join(model), LANES)


def interleave(output: Floats, lanes: tuple[int, int]) -> Floats:
    """Put the channels of a widened network back as pixels: (C * rows * columns, h, w) → (C, h * rows, w * columns)."""
    rows, columns = lanes
    if lanes == (1, 1):
        return output
    channels, height, width = output.shape
    split = output.reshape(channels // (rows * columns), rows, columns, height, width)
    return split.transpose(0, 3, 1, 4, 2).reshape(-1, height * rows, width * columns)


def _widen_graph(graph: Fields) -> Fields | None:
    outputs = [pb.as_text(last(fields_of(v), pb.VALUE_NAME)) for n, _, v in graph if n == pb.GRAPH_OUTPUT]
    nodes = {i: list(fields_of(v)) for i, (n, _, v) in enumerate(graph) if n == pb.GRAPH_NODE}
    ends = [i for i, node in nodes.items() if outputs == texts(node, pb.NODE_OUTPUT)]
    if len(ends) != 1:
        return None
    node = nodes[ends[0]]
    inputs = texts(node, pb.NODE_INPUT)
    used = [name for other in nodes.values() for name in texts(other, pb.NODE_INPUT)]
    if last(node, pb.NODE_TYPE) != b"Conv" or len(inputs) != 3 or any(used.count(name) != 1 for name in inputs[1:]):
        return None
    if not _is_plain(node):
        return None
    tensors = {i: list(fields_of(v)) for i, (n, _, v) in enumerate(graph) if n == pb.GRAPH_INITIALIZER}
    places = {pb.as_text(last(t, pb.TENSOR_NAME)): i for i, t in tensors.items()}
    if not {inputs[1], inputs[2]} <= set(places):
        return None
    weight, bias = (pb.tensor(tensors[places[name]]) for name in inputs[1:])
    if weight is None or bias is None or weight.ndim != 4 or len(weight) >= LANES[0] * LANES[1]:
        return None
    wide, bias = _widened(weight, bias)
    new = list(graph)
    new[places[inputs[1]]] = (pb.GRAPH_INITIALIZER, pb.BYTES, _tensor_bytes(inputs[1], wide))
    new[places[inputs[2]]] = (pb.GRAPH_INITIALIZER, pb.BYTES, _tensor_bytes(inputs[2], bias))
    kept = [f for f in node if f[0] != pb.NODE_ATTRIBUTE]
    kept += [(pb.NODE_ATTRIBUTE, pb.BYTES, _ints("kernel_shape", wide.shape[2:])), (pb.NODE_ATTRIBUTE, pb.BYTES, _ints("strides", LANES))]
    new[ends[0]] = (pb.GRAPH_NODE, pb.BYTES, join(kept))
    # The sizes written for the output (and between the layers) no longer hold; engines work them out.
    untyped = pb.value_of_unknown_size(outputs[0])
    return [(n, w, untyped) if n == pb.GRAPH_OUTPUT else (n, w, v) for n, w, v in new if n != pb.GRAPH_VALUE_INFO]


def _widened(weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
    rows, columns = LANES
    out, channels, height, width = weight.shape
    wide = np.zeros((out, rows, columns, channels, height + rows - 1, width + columns - 1), np.float32)
    for row in range(rows):
        for column in range(columns):
            wide[:, row, column, :, row : row + height, column : column + width] = weight
    return wide.reshape(out * rows * columns, channels, *wide.shape[4:]), np.repeat(bias, rows * columns)


def _is_plain(node: Fields) -> bool:
    """Whether a convolution has stride and dilation 1, one group and no padding."""
    wanted = {"strides": 1, "dilations": 1, "pads": 0, "group": 1}
    for number, _, value in node:
        if number != pb.NODE_ATTRIBUTE:
            continue
        attribute = list(fields_of(value))
        name = pb.as_text(last(attribute, pb.ATTRIBUTE_NAME))
        if name == "auto_pad" and last(attribute, pb.ATTRIBUTE_STRING) not in (b"NOTSET", b"VALID"):
            return False
        numbers = [v for n, w, v in attribute if n == pb.ATTRIBUTE_INT]
        numbers += [i for n, w, v in attribute if n == pb.ATTRIBUTE_INTS for i in pb.integers(w, v)]
        if name in wanted and any(number != wanted[name] for number in numbers):
            return False
    return True


def _tensor_bytes(name: str, values: Floats) -> bytes:
    dims: Fields = [(pb.TENSOR_DIMS, pb.VARINT, size) for size in values.shape]
    rest: Fields = [(pb.TENSOR_NAME, pb.BYTES, name.encode()), (pb.TENSOR_RAW, pb.BYTES, values.astype("<f4").tobytes())]
    return join([*dims, (pb.TENSOR_TYPE, pb.VARINT, pb.FLOAT), *rest])


def _ints(name: str, values: tuple[int, ...]) -> bytes:
    numbers: Fields = [(pb.ATTRIBUTE_INTS, pb.VARINT, value) for value in values]
    return join([(pb.ATTRIBUTE_NAME, pb.BYTES, name.encode()), *numbers, (pb.ATTRIBUTE_TYPE, pb.VARINT, pb.INTS)])
