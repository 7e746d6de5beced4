"""A faster form of a network's last layer, made of its file when it is opened.

The last layer of a super-resolution network makes one value a pixel (three for RGB; four at half the size), while a processor computes
8 or 16 at once: most of its lanes idle. Computing a block of output pixels as the channels of one strided convolution fills them; the
values are the same sums. After an SRCNN `interleave` puts them back in place (one core, 256x256 pixels of 9-5-5: 102 → 85 ms in ONNX
Runtime, 92 → 84 ms in OpenVINO); after a network at low resolution the pixel shuffle that it ends with does, over larger blocks
(`plain-16-5` at x2, one core: 8 % less time in both).

An ONNX file is a protobuf message. What is read and changed here are a few fields of it, so the ``onnx`` package is not needed to upscale.
"""

from dataclasses import dataclass

import numpy as np

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import Fields, fields_of, join, last, texts
from srcnn.image.arrays import Floats

LANES = (4, 2)  # rows and columns of output pixels that become channels: 8, the floats of an AVX2 register
SHUFFLED_LANES = (2, 2)  # the same before a pixel shuffle that doubles the size: 4 x 4 channels, the floats of an AVX-512 register
_SCALE = 2  # of that shuffle
_SHUFFLED_CHANNELS = _SCALE**2


@dataclass(frozen=True)
class Network:
    """An ONNX file ready for an engine."""

    data: bytes
    lanes: tuple[int, int]  # (1, 1) where the last layer was left as it is; otherwise the output needs `interleave`


def widen_last_layer(data: bytes) -> Network:
    """Rewrite the last convolution so that it computes several output pixels as channels; other networks come back unchanged."""
    model = list(fields_of(data))
    at, graph = next(((i, list(fields_of(v))) for i, (n, _, v) in enumerate(model) if n == pb.MODEL_GRAPH), (-1, []))
    for widened, lanes in ((_widen_end, LANES), (_widen_shuffled_end, (1, 1))):
        new = widened(graph)
        if new is not None:
            model[at] = (pb.MODEL_GRAPH, pb.BYTES, join(new))
            return Network(join(model), lanes)
    return Network(data, (1, 1))


def interleave(output: Floats, lanes: tuple[int, int]) -> Floats:
    """Put the channels of a widened network back as pixels: (C * rows * columns, h, w) → (C, h * rows, w * columns)."""
    rows, columns = lanes
    if lanes == (1, 1):
        return output
    channels, height, width = output.shape
    split = output.reshape(channels // (rows * columns), rows, columns, height, width)
    return split.transpose(0, 3, 1, 4, 2).reshape(-1, height * rows, width * columns)


@dataclass(frozen=True)
class _Convolution:
    """A convolution in a graph, with a weight and a bias that nothing else reads."""

    at: int  # its place among the graph's fields
    node: Fields
    weight: Floats
    bias: Floats

    @property
    def names(self) -> list[str]:
        """Of what it reads: input, weight, bias."""
        return texts(self.node, pb.NODE_INPUT)


def _widen_end(graph: Fields) -> Fields | None:
    """A graph that ends in a convolution."""
    end = _maker(graph, _output(graph))
    layer = None if end is None else _convolution(graph, end)
    if layer is None or len(layer.weight) >= LANES[0] * LANES[1]:
        return None
    wide = _widened(layer.weight, LANES)
    return _with_free_sizes(_replaced(graph, layer, wide.reshape(-1, *wide.shape[3:]), np.repeat(layer.bias, LANES[0] * LANES[1]), LANES))


def _widen_shuffled_end(graph: Fields) -> Fields | None:
    """A graph that ends in a convolution to four channels, a sum with the input's one plane or none, and a doubling pixel shuffle."""
    end = _maker(graph, _output(graph))
    if end is None or _kind(graph, end) != b"DepthToSpace" or _shuffle(_fields(graph, end)) != (_SCALE, b"CRD"):
        return None
    before = _maker(graph, texts(_fields(graph, end), pb.NODE_INPUT)[0])
    total, terms = None, [""]
    if before is not None and _kind(graph, before) == b"Add":
        total, terms = before, texts(_fields(graph, before), pb.NODE_INPUT)
        before = _maker(graph, terms[0]) if _is_input_plane(graph, terms[1]) else None
    layer = None if before is None else _convolution(graph, before)
    if layer is None or len(layer.weight) != _SHUFFLED_CHANNELS or _readers(graph, texts(layer.node, pb.NODE_OUTPUT)[0]) != 1:
        return None
    wide = _shuffled(_widened(layer.weight, SHUFFLED_LANES))
    bias = _shuffled(np.tile(layer.bias[:, None, None], (1, *SHUFFLED_LANES)))
    new = _replaced(graph, layer, wide, bias, SHUFFLED_LANES)
    shuffle = [f for f in _fields(graph, end) if f[0] != pb.NODE_ATTRIBUTE]
    new[end] = _node([*shuffle, _text("mode", "CRD"), _int("blocksize", _SCALE * SHUFFLED_LANES[0])])
    return _with_free_sizes(new if total is None else _with_plane_in_blocks(new, total, *terms))


def _with_plane_in_blocks(graph: Fields, total: int, first: str, plane: str) -> Fields:
    """The graph whose sum adds the same plane in the blocks that ``first`` now has: as a convolution with one weight a channel."""
    weight, bias, made = (f"{plane}.wide{part}" for part in (".weight", ".bias", ""))
    one = _shuffled(_widened(np.ones((_SHUFFLED_CHANNELS, 1, 1, 1), np.float32), SHUFFLED_LANES))
    names = [(pb.NODE_INPUT, plane), (pb.NODE_INPUT, weight), (pb.NODE_INPUT, bias), (pb.NODE_OUTPUT, made), (pb.NODE_TYPE, "Conv")]
    blocks = [*map(_named, names), _ints("kernel_shape", SHUFFLED_LANES), _ints("strides", SHUFFLED_LANES)]
    rest = [f for f in _fields(graph, total) if f[0] != pb.NODE_INPUT]
    new = list(graph)
    new[total] = _node([*map(_named, [(pb.NODE_INPUT, first), (pb.NODE_INPUT, made)]), *rest])
    new.insert(total, _node(blocks))
    return [*new, _initializer(weight, one), _initializer(bias, np.zeros(len(one), np.float32))]


def _is_input_plane(graph: Fields, name: str) -> bool:
    """Whether a value is the network's input of one channel, or cut out of it."""
    while (at := _maker(graph, name)) is not None:
        if _kind(graph, at) != b"Slice":
            return False
        name = texts(_fields(graph, at), pb.NODE_INPUT)[0]
    inputs = [v for n, _, v in graph if n == pb.GRAPH_INPUT and pb.as_text(last(fields_of(v), pb.VALUE_NAME)) == name]
    return len(inputs) == 1 and pb.sizes_of_value(inputs[0])[1:2] == [1]


def _shuffled(wide: Floats) -> Floats:
    """Channels (scale², rows, columns, …) in the order of a pixel shuffle over whole blocks: (rows * scale) * (columns * scale)."""
    rows, columns = SHUFFLED_LANES
    split = wide.reshape(_SCALE, _SCALE, rows, columns, *wide.shape[3:])
    ordered = np.moveaxis(split, (2, 0, 3, 1), (0, 1, 2, 3))
    return np.ascontiguousarray(ordered.reshape(-1, *wide.shape[3:]))


def _output(graph: Fields) -> str:
    outputs = [pb.as_text(last(fields_of(v), pb.VALUE_NAME)) for n, _, v in graph if n == pb.GRAPH_OUTPUT]
    return outputs[0] if len(outputs) == 1 else ""


def _fields(graph: Fields, at: int) -> Fields:
    return list(fields_of(graph[at][2]))


def _kind(graph: Fields, at: int) -> pb.Value:
    return last(_fields(graph, at), pb.NODE_TYPE)


def _maker(graph: Fields, name: str) -> int | None:
    """The place of the node that makes this value and nothing else."""
    places = [i for i, (n, _, v) in enumerate(graph) if n == pb.GRAPH_NODE and texts(list(fields_of(v)), pb.NODE_OUTPUT) == [name]]
    return places[0] if len(places) == 1 else None


def _readers(graph: Fields, name: str) -> int:
    return sum(texts(list(fields_of(v)), pb.NODE_INPUT).count(name) for n, _, v in graph if n == pb.GRAPH_NODE)


def _convolution(graph: Fields, at: int) -> _Convolution | None:
    """The node there, if it is a plain convolution with a weight and a bias of its own."""
    node = _fields(graph, at)
    inputs = texts(node, pb.NODE_INPUT)
    if last(node, pb.NODE_TYPE) != b"Conv" or len(inputs) != 3 or any(_readers(graph, name) != 1 for name in inputs[1:]):
        return None
    arrays = _arrays(graph)
    weight, bias = arrays.get(inputs[1]), arrays.get(inputs[2])
    if not _is_plain(node) or weight is None or bias is None or weight.ndim != 4:
        return None
    return _Convolution(at, node, weight, bias)


def _arrays(graph: Fields) -> dict[str, Floats | None]:
    tensors = [list(fields_of(v)) for n, _, v in graph if n == pb.GRAPH_INITIALIZER]
    return {pb.as_text(last(t, pb.TENSOR_NAME)): pb.tensor(t) for t in tensors}


def _replaced(graph: Fields, layer: _Convolution, weight: Floats, bias: Floats, strides: tuple[int, int]) -> Fields:
    """The graph with another weight, bias and stride in one convolution."""
    arrays = {layer.names[1]: weight, layer.names[2]: bias}
    kept = [f for f in layer.node if f[0] != pb.NODE_ATTRIBUTE]
    new = list(graph)
    new[layer.at] = _node([*kept, _ints("kernel_shape", weight.shape[2:]), _ints("strides", strides)])
    for i, (number, _, value) in enumerate(graph):
        if number == pb.GRAPH_INITIALIZER and (name := pb.as_text(last(fields_of(value), pb.TENSOR_NAME))) in arrays:
            new[i] = _initializer(name, arrays[name])
    return new


def _with_free_sizes(graph: Fields) -> Fields:
    """The sizes written for the output (and between the layers) no longer hold; engines work them out."""
    untyped = pb.value_of_unknown_size(_output(graph))
    return [(n, w, untyped) if n == pb.GRAPH_OUTPUT else (n, w, v) for n, w, v in graph if n != pb.GRAPH_VALUE_INFO]


def _shuffle(node: Fields) -> tuple[int, pb.Value]:
    """Block size and mode of a DepthToSpace."""
    size, mode = 0, pb.as_bytes(b"DCR")
    for attribute in (list(fields_of(value)) for number, _, value in node if number == pb.NODE_ATTRIBUTE):
        match pb.as_text(last(attribute, pb.ATTRIBUTE_NAME)):
            case "blocksize":
                size = next((i for n, w, v in attribute if n == pb.ATTRIBUTE_INT for i in pb.integers(w, v)), 0)
            case "mode":
                mode = pb.as_bytes(last(attribute, pb.ATTRIBUTE_STRING))
    return size, mode


def _widened(weight: Floats, lanes: tuple[int, int]) -> Floats:
    """Filters (out, in, h, w) for every place in a block: (out, rows, columns, in, h + rows - 1, w + columns - 1)."""
    rows, columns = lanes
    out, channels, height, width = weight.shape
    wide = np.zeros((out, rows, columns, channels, height + rows - 1, width + columns - 1), np.float32)
    for row in range(rows):
        for column in range(columns):
            wide[:, row, column, :, row : row + height, column : column + width] = weight
    return wide


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


def _named(field: tuple[int, str]) -> tuple[int, int, pb.Value]:
    return field[0], pb.BYTES, field[1].encode()


def _node(fields: Fields) -> tuple[int, int, pb.Value]:
    return pb.GRAPH_NODE, pb.BYTES, join(fields)


def _initializer(name: str, values: Floats) -> tuple[int, int, pb.Value]:
    dims: Fields = [(pb.TENSOR_DIMS, pb.VARINT, size) for size in values.shape]
    rest: Fields = [(pb.TENSOR_NAME, pb.BYTES, name.encode()), (pb.TENSOR_RAW, pb.BYTES, values.astype("<f4").tobytes())]
    return pb.GRAPH_INITIALIZER, pb.BYTES, join([*dims, (pb.TENSOR_TYPE, pb.VARINT, pb.FLOAT), *rest])


def _attribute(name: str, kind: int, values: Fields) -> tuple[int, int, pb.Value]:
    fields: Fields = [(pb.ATTRIBUTE_NAME, pb.BYTES, name.encode()), *values, (pb.ATTRIBUTE_TYPE, pb.VARINT, kind)]
    return pb.NODE_ATTRIBUTE, pb.BYTES, join(fields)


def _int(name: str, value: int) -> tuple[int, int, pb.Value]:
    return _attribute(name, pb.INT, [(pb.ATTRIBUTE_INT, pb.VARINT, value)])


def _ints(name: str, values: tuple[int, ...]) -> tuple[int, int, pb.Value]:
    return _attribute(name, pb.INTS, [(pb.ATTRIBUTE_INTS, pb.VARINT, value) for value in values])


def _text(name: str, value: str) -> tuple[int, int, pb.Value]:
    return _attribute(name, pb.STRING, [(pb.ATTRIBUTE_STRING, pb.BYTES, value.encode())])
