"""Whether a network is what its card says, asked of its file before an engine sees it: the file may come from a
stranger.

What the network makes of an input is worked out layer by layer, in sizes alone.
So a card that describes another network, a layer that would take more memory than there is, weights that are not
numbers, and operations that no enlarging network needs (loops, branches, what other software adds) are found in a few
milliseconds, and nothing is computed. Whether the *values* make sense, one run on a small image shows:
`srcnn.methods.network.check_answers`.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from srcnn.engine import protobuf as pb
from srcnn.engine.conditioned import knowing
from srcnn.engine.protobuf import Fields, fields_of, last, texts
from srcnn.engine.tiling import BLOCK, LOW_RESOLUTION_BLOCK
from srcnn.errors import WeightsError
from srcnn.weights.card import Card

Shape = tuple[int, ...]
LARGEST_VALUE = (
    2**29
)  # bytes of what one layer makes of the largest block; the largest shipped network's layers make 40 MB
MOST_MULTIPLICATIONS = (
    10**13
)  # for the largest block: 20 to 100 s of one core; the largest shipped network needs 7 * 10**10

_TRIED = (
    (264, 272),
    (280, 264),
)  # rows and columns of blocks whose sizes are followed through the network; more than two halos
_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True)
class _Tensor:
    shape: Shape
    whole: tuple[int, ...]  # the values, where they are few whole numbers


@dataclass(frozen=True)
class _Operation:
    kind: str
    inputs: tuple[str, ...]
    output: str
    settings: Mapping[str, tuple[int, ...]]
    texts: Mapping[str, str]

    def pair(self, name: str, default: int) -> tuple[int, int]:
        found = self.settings.get(name) or (default, default)
        _demand(len(found) == 2, f"{self.kind} has {len(found)} {name} and not 2")
        return found[0], found[1]

    def one(self, name: str, default: int) -> int:
        found = self.settings.get(name, (default,))
        _demand(len(found) == 1, f"{self.kind} has {len(found)} values of {name}")
        return found[0]


@dataclass(frozen=True)
class _Network:
    operations: tuple[_Operation, ...]
    tensors: Mapping[str, _Tensor]
    input: str
    output: str
    described: Sequence[int | None]  # sizes of the input, None where open


@dataclass
class _Made:
    """What a network makes of one input: the shape of every value, and how much it multiplies."""

    shapes: dict[str, Shape]
    whole: dict[str, tuple[int, ...]] = field(default_factory=dict)  # the values of what are few whole numbers: sizes
    multiplications: int = 0
    largest: int = 0  # bytes of a value


def check_network(data: bytes, card: Card) -> None:
    """Raise unless an ONNX file is a network such as srcnn runs, and the one that its card describes.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    card : Card
        What it is said to be.

    Raises
    ------
    WeightsError
        If the file is no ONNX file or is damaged; keeps its weights in another file, or holds weights that are not
        finite; has an operation that is not known here; takes or makes other sizes than the card says; or would need
        more than `LARGEST_VALUE` bytes or `MOST_MULTIPLICATIONS` for a block.
    """
    network = _read(knowing(data, card))
    channels, output_scale = (1 if card.channels == "luma" else 3), (1 if card.input_size == "hr" else card.scale)
    described = f"x{card.scale}, input_size {card.input_size!r}, halo {card.halo}, channels {card.channels!r}"
    said = f"its card ({described}) does not describe the network"
    for size, fits, what in zip(
        network.described, (1, channels, None, None), ("images", "channels", "rows", "columns"), strict=True
    ):
        _demand(size in (None, fits), f"{said}: it takes {size} {what} only")
    largest = BLOCK if output_scale == 1 else LOW_RESOLUTION_BLOCK
    for rows, columns in (*_TRIED, largest):
        shape = (1, channels, rows + 2 * card.halo, columns + 2 * card.halo)
        made = _follow(network, shape)
        found, expected = made.shapes.get(network.output), (1, channels, rows * output_scale, columns * output_scale)
        _demand(found == expected, f"{said}: it makes {found} of {shape}, and not {expected}")
    _demand(
        made.largest <= LARGEST_VALUE,
        f"a layer of it takes {made.largest / 1e6:.0f} MB, more than the {LARGEST_VALUE / 1e6:.0f} allowed",
    )
    block = f"a block of {largest[0]}x{largest[1]} pixels"
    _demand(
        made.multiplications <= MOST_MULTIPLICATIONS,
        f"it multiplies {made.multiplications:.0e} times for {block}, more than the {MOST_MULTIPLICATIONS:.0e} allowed",
    )


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WeightsError(otherwise)


def _read(data: bytes) -> _Network:
    model = list(fields_of(data))
    graphs = [value for number, _, value in model if number == pb.MODEL_GRAPH]
    _demand(len(graphs) == 1, "the network is not an ONNX file, or it is damaged")
    for number, what in ((pb.MODEL_TRAINING, "instructions for training"), (pb.MODEL_FUNCTION, "functions")):
        _demand(all(n != number for n, _, _ in model), f"the network's file holds {what}, which srcnn does not run")
    graph = list(fields_of(graphs[0]))
    _demand(all(n != pb.GRAPH_SPARSE for n, _, _ in graph), "the network has sparse weights, which srcnn does not run")
    tensors = dict(_tensor(list(fields_of(v))) for n, _, v in graph if n == pb.GRAPH_INITIALIZER)
    operations = []
    for fields in (list(fields_of(v)) for n, _, v in graph if n == pb.GRAPH_NODE):
        operation, held = _operation(fields)
        if held is None:
            operations.append(operation)
        else:
            tensors[operation.output] = held
    inputs = [
        v for n, _, v in graph if n == pb.GRAPH_INPUT and pb.as_text(last(fields_of(v), pb.VALUE_NAME)) not in tensors
    ]
    outputs = [v for n, _, v in graph if n == pb.GRAPH_OUTPUT]
    if (len(inputs), len(outputs)) != (1, 1):
        raise WeightsError(
            f"a network must have one input and one output, this one has {len(inputs)} and {len(outputs)}"
        )
    for value, what in ((inputs[0], "takes"), (outputs[0], "makes")):
        _demand(pb.element_of_value(value) == pb.FLOAT, f"the network {what} something else than 32-bit floats")
    described = pb.sizes_of_value(inputs[0])
    _demand(len(described) == 4, f"a network must take (N, C, H, W), this one's input has {len(described)} axes")
    names = [pb.as_text(last(fields_of(value), pb.VALUE_NAME)) for value in (inputs[0], outputs[0])]
    return _Network(tuple(operations), tensors, names[0], names[1], described)


def _tensor(fields: Fields) -> tuple[str, _Tensor]:
    name, kind = pb.as_text(last(fields, pb.TENSOR_NAME)), last(fields, pb.TENSOR_TYPE)
    if any(n == pb.TENSOR_EXTERNAL for n, _, _ in fields) or last(fields, pb.TENSOR_LOCATION) not in (b"", 0):
        raise WeightsError(
            "the network keeps its weights in another file, which srcnn does not open; save it with all its "
            "weights inside"
        )
    _demand(kind in (pb.FLOAT, pb.INT64), f"the weights {name!r} are not 32-bit floats")
    shape = tuple(pb.signed(i) for n, w, v in fields if n == pb.TENSOR_DIMS for i in pb.integers(w, v))
    values = pb.tensor(fields) if kind == pb.FLOAT else pb.whole_tensor(fields)
    if values is None:
        raise WeightsError(
            f"the weights {name!r} are said to have the shape {shape}, and hold another number of values"
        )
    if kind == pb.FLOAT:
        _demand(bool(np.isfinite(values).all()), f"the weights {name!r} hold NaN or infinite values")
        return name, _Tensor(shape, ())
    return name, _Tensor(shape, tuple(map(int, values.reshape(-1)[:8])))


def _operation(fields: Fields) -> tuple[_Operation, _Tensor | None]:
    """An operation, and what it holds where it is a constant."""
    kind, domain = (pb.as_text(last(fields, number)) for number in (pb.NODE_TYPE, pb.NODE_DOMAIN))
    _demand(
        domain in _DOMAINS and (kind in _RULES or kind == "Constant"),
        f"the network has the operation {kind!r}{f' of {domain}' if domain else ''}, which srcnn does not run; "
        f"it runs {', '.join(sorted(_RULES))}",
    )
    outputs = [name for name in texts(fields, pb.NODE_OUTPUT) if name]
    _demand(len(outputs) == 1, f"the network's operation {kind} makes {len(outputs)} values and not 1")
    settings, words, held = {}, {}, None
    for attribute in (list(fields_of(value)) for number, _, value in fields if number == pb.NODE_ATTRIBUTE):
        name = pb.as_text(last(attribute, pb.ATTRIBUTE_NAME))
        _demand(
            all(number in pb.ATTRIBUTE_PLAIN for number, _, _ in attribute),
            f"the network's operation {kind} has a setting {name!r} of a kind that srcnn does not run",
        )
        numbers = tuple(
            pb.signed(i)
            for n, w, v in attribute
            if n in (pb.ATTRIBUTE_INT, pb.ATTRIBUTE_INTS)
            for i in pb.integers(w, v)
        )
        settings[name], words[name] = numbers, pb.as_text(last(attribute, pb.ATTRIBUTE_STRING))
        if kind == "Constant":
            tensor = [v for n, _, v in attribute if n == pb.ATTRIBUTE_TENSOR]
            held = (
                _tensor(list(fields_of(tensor[0])))[1]
                if tensor
                else _Tensor((len(numbers),) if name.endswith("s") else (), numbers[:8])
            )
    if kind == "Constant" and held is None:
        raise WeightsError("a constant of the network holds nothing")
    return _Operation(kind, tuple(texts(fields, pb.NODE_INPUT)), outputs[0], settings, words), held


def _follow(network: _Network, shape: Shape) -> _Made:
    """The shapes of all that the network makes of an input."""
    made = _Made({network.input: shape})

    def shape_of(name: str) -> Shape:
        if name in made.shapes:
            return made.shapes[name]
        if name not in network.tensors:
            raise WeightsError(f"the network reads {name!r}, which nothing in it has made before")
        return network.tensors[name].shape

    for operation in network.operations:
        _demand(len(operation.inputs) > 0, f"the network's operation {operation.kind} reads nothing")
        shapes = [shape_of(name) if name else () for name in operation.inputs]
        held = [
            network.tensors[name].whole if name in network.tensors else made.whole.get(name, ())
            for name in operation.inputs
        ]
        try:
            result, multiplications = _RULES[operation.kind](operation, shapes, held)
        except (IndexError, ValueError, ZeroDivisionError) as error:
            if isinstance(error, WeightsError):
                raise
            raise WeightsError(
                f"the network's operation {operation.kind} cannot be made sense of for inputs of {shapes}"
            ) from error
        _demand(
            len(result) <= 4 and all(size > 0 for size in result),
            f"the network's operation {operation.kind} makes nothing of inputs of {shapes}",
        )
        made.shapes[operation.output] = result
        if numbers := _whole(operation, shapes, held):
            made.whole[operation.output] = numbers
        made.multiplications += multiplications
        made.largest = max(made.largest, 4 * math.prod(result))
    return made


def _whole(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The whole numbers that an operation makes of sizes; none where it does not."""
    if operation.kind == "Shape":
        return tuple(shapes[0][operation.one("start", 0) : operation.one("end", len(shapes[0]))])
    if operation.kind in _ON_SIZES and len(held) == 2 and all(held):
        (first, second), count = held, max(map(len, held))
        if {len(first), len(second)} <= {1, count}:
            pairs = zip(first * (count // len(first)), second * (count // len(second)), strict=True)
            return tuple(_ON_SIZES[operation.kind](a, b) for a, b in pairs)
    return ()


Rule = Callable[[_Operation, list[Shape], list[tuple[int, ...]]], tuple[Shape, int]]
"""From an operation, the shapes of its inputs and the few whole numbers in them: the shape that it makes, and its
multiplications.
"""


def _images(shape: Shape) -> tuple[int, int, int, int]:
    number, channels, rows, columns = shape  # ValueError for other shapes
    return number, channels, rows, columns


def _pads(operation: _Operation) -> tuple[int, ...]:
    _demand(
        operation.texts.get("auto_pad", "NOTSET") in ("NOTSET", "VALID"),
        f"the network's {operation.kind} pads by itself",
    )
    pads = operation.settings.get("pads") or (0, 0, 0, 0)
    _demand(len(pads) == 4 and min(pads) >= 0, f"the network's {operation.kind} has pads {pads}")
    return pads


def _steps(operation: _Operation) -> tuple[tuple[int, int], tuple[int, int]]:
    strides, dilations = operation.pair("strides", 1), operation.pair("dilations", 1)
    _demand(
        min(*strides, *dilations) > 0, f"the network's {operation.kind} has strides {strides} and dilations {dilations}"
    )
    return strides, dilations


def _kernel(operation: _Operation, weight: Shape) -> tuple[int, int]:
    kernel = (weight[2], weight[3])
    _demand(
        operation.settings.get("kernel_shape", kernel) == kernel,
        f"the network's {operation.kind} has weights of another size than its kernel",
    )
    return kernel


def _bias(operation: _Operation, shapes: list[Shape], channels: int) -> None:
    _demand(
        len(shapes) < 3 or shapes[2] in ((channels,), ()),
        f"the network's {operation.kind} has {channels} channels and a bias of {shapes[2:]}",
    )


def _conv(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    out, of_group, *_ = _images(shapes[1])
    group, pads, (strides, dilations) = operation.one("group", 1), _pads(operation), _steps(operation)
    kernel = _kernel(operation, shapes[1])
    _demand(
        group > 0 and of_group * group == channels and out % group == 0,
        f"a convolution for {of_group * group} channels is given {channels}",
    )
    _bias(operation, shapes, out)
    rows, columns = (
        (size[i] + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in (0, 1)
    )
    result = (number, out, rows, columns)
    return result, math.prod(result) * of_group * math.prod(kernel)


def _transposed(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    weight = _images(shapes[1])
    group, pads, (strides, dilations) = operation.one("group", 1), _pads(operation), _steps(operation)
    kernel, more = _kernel(operation, shapes[1]), operation.pair("output_padding", 0)
    _demand(
        "output_shape" not in operation.settings,
        "a transposed convolution has a fixed output_shape, and so takes images of one size only",
    )
    _demand(
        group > 0 and weight[0] == channels and channels % group == 0,
        f"a transposed convolution for {weight[0]} channels is given {channels}",
    )
    _demand(min(more) >= 0, f"a transposed convolution has output_padding {more}")
    _bias(operation, shapes, weight[1] * group)
    rows, columns = (
        strides[i] * (size[i] - 1) + more[i] + dilations[i] * (kernel[i] - 1) + 1 - pads[i] - pads[i + 2]
        for i in (0, 1)
    )
    return (number, weight[1] * group, rows, columns), math.prod(shapes[0]) * weight[1] * math.prod(kernel)


def _pool(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    kernel, pads, (strides, dilations) = operation.pair("kernel_shape", 0), _pads(operation), _steps(operation)
    _demand(
        min(kernel) > 0 and not operation.one("ceil_mode", 0),
        f"the network's {operation.kind} has a kernel of {kernel}, or rounds sizes up",
    )
    rows, columns = (
        (size[i] + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in (0, 1)
    )
    result = (number, channels, rows, columns)
    return result, math.prod(result) * math.prod(kernel)


def _to_space(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, rows, columns = _images(shapes[0])
    block = operation.one("blocksize", 0)
    _demand(block > 0 and channels % block**2 == 0, f"a pixel shuffle of {block}x{block} is given {channels} channels")
    return (number, channels // block**2, rows * block, columns * block), 0


def _to_depth(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, rows, columns = _images(shapes[0])
    block = operation.one("blocksize", 0)
    _demand(
        block > 0 and rows % block == columns % block == 0,
        f"squares of {block}x{block} are made of {rows}x{columns} pixels",
    )
    return (number, channels * block**2, rows // block, columns // block), 0


def _slice(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    if len(held) > 1:
        starts, ends, axes, strides = (list(held[i]) if len(held) > i else [] for i in range(1, 5))
    else:  # before opset 10
        starts, ends, axes, strides = (
            list(operation.settings.get(name, ())) for name in ("starts", "ends", "axes", "steps")
        )
    axes, strides = axes or list(range(len(starts))), strides or [1] * len(starts)
    result = list(shapes[0])
    for start, end, axis, stride in zip(starts, ends, axes, strides, strict=True):
        result[axis] = len(range(*slice(start, end, stride).indices(result[axis])))
    return tuple(result), 0


def _concat(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    axis, result = operation.one("axis", 1), list(shapes[0])
    result[axis] = sum(shape[axis] for shape in shapes)
    others = [i for i in range(len(result)) if i != axis % len(result)]
    fit = all(len(shape) == len(result) and all(shape[i] == result[i] for i in others) for shape in shapes)
    _demand(fit, f"values of {shapes} are put together")
    return tuple(result), 0


def _all(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    """Values of shapes that fit each other as NumPy's do."""
    result: Shape = ()
    for shape in shapes:
        n = max(len(result), len(shape))
        pairs = list(zip((1,) * (n - len(result)) + result, (1,) * (n - len(shape)) + shape, strict=True))
        _demand(
            all(a == b or 1 in (a, b) for a, b in pairs), f"the network's {operation.kind} is given values of {shapes}"
        )
        result = tuple(b if a == 1 else a for a, b in pairs)
    return result, math.prod(result)


def _each(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    """A value of the same shape, from others (slopes, limits) that fit it."""
    result, multiplications = _all(operation, shapes[:2], held)
    _demand(result == shapes[0], f"the network's {operation.kind} is given values of {shapes}")
    return result, multiplications


def _batch_norm(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    _demand(
        len(shapes) == 5 and set(shapes[1:]) == {(shapes[0][1],)},
        f"the network's BatchNormalization is given values of {shapes}",
    )
    return shapes[0], math.prod(shapes[0])


def _sizes(operation: _Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    return (len(_whole(operation, shapes, held)),), 0


_ON_SIZES: Mapping[str, Callable[[int, int], int]] = {"Add": operator.add, "Sub": operator.sub, "Mul": operator.mul}
_ELEMENTWISE = (
    *(
        "Abs",
        "Celu",
        "Clip",
        "Elu",
        "Erf",
        "Exp",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Mish",
        "Neg",
        "PRelu",
    ),
    *("Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
)
_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, _each),
    **dict.fromkeys(("Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum"), _all),
    "AveragePool": _pool,
    "BatchNormalization": _batch_norm,
    "Concat": _concat,
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "DepthToSpace": _to_space,
    "MaxPool": _pool,
    "Shape": _sizes,
    "Slice": _slice,
    "SpaceToDepth": _to_depth,
}
"""All that an enlarging network of convolutions is made of, and what sizes it makes.

Each result pixel sees a bounded neighbourhood.
"""
