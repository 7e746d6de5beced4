"""Whether a network is what its card says, asked of its file before an engine sees it: the file may come from a
stranger.

What the network makes of an input is worked out layer by layer, in sizes alone.
So a card that describes another network, a layer that would take more memory than there is, weights that are not
numbers, and operations that no enlarging network needs (loops, branches, what other software adds) are found in a few
milliseconds, and nothing is computed. Whether the *values* make sense, one run on a small image shows:
`srcnn.methods.answers.check_answers`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from srcnn.engine import protobuf as pb
from srcnn.engine.conditioned import knowing
from srcnn.engine.operations import RULES, Operation, Shape, demand, whole_numbers
from srcnn.engine.protobuf import Fields, fields_of, last, texts
from srcnn.engine.tiling import BLOCK, LOW_RESOLUTION_BLOCK
from srcnn.errors import WeightsError
from srcnn.weights.card import Card

LARGEST_VALUE = 2**29  # bytes of a layer's output for the largest block; at most 71 MB in the shipped networks
MOST_MULTIPLICATIONS = (
    10**13
)  # for the largest block: 20 to 100 s of one core; at most 2 * 10**11 in the shipped networks

_TRIED = (
    (264, 272),
    (280, 264),
)  # rows and columns of the blocks whose shapes are inferred; more than two halos
_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True)
class _Tensor:
    shape: Shape
    whole: tuple[int, ...]  # the values, if they are a few integers


@dataclass(frozen=True)
class _Network:
    operations: tuple[Operation, ...]
    tensors: Mapping[str, _Tensor]
    input: str
    output: str
    described: Sequence[int | None]  # declared sizes of the input; None for dynamic ones


@dataclass
class _Made:
    """The result of shape inference: the shape of every value, and the number of multiplications."""

    shapes: dict[str, Shape]
    whole: dict[str, tuple[int, ...]] = field(default_factory=dict)  # values that are a few integers, such as sizes
    multiplications: int = 0
    largest: int = 0  # bytes of a value


def check_network(data: bytes, card: Card) -> None:
    """Raise unless an ONNX file is a network that srcnn can run and that matches its card.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    card : Card
        The description of the network.

    Raises
    ------
    WeightsError
        If the file is not an ONNX file or is damaged; stores its weights in another file, or has weights that are not
        finite; has an unsupported operation; has other input or output sizes than the card says; or would need more
        than `LARGEST_VALUE` bytes or `MOST_MULTIPLICATIONS` for a block.
    """
    network = _read(knowing(data, card))
    channels, output_scale = (1 if card.channels == "luma" else 3), (1 if card.input_size == "hr" else card.scale)
    described = f"x{card.scale}, input_size {card.input_size!r}, halo {card.halo}, channels {card.channels!r}"
    said = f"its card ({described}) does not describe the network"
    for size, fits, what in zip(
        network.described, (1, channels, None, None), ("images", "channels", "rows", "columns"), strict=True
    ):
        demand(size in (None, fits), f"{said}: it accepts only {size} {what}")
    largest = BLOCK if output_scale == 1 else LOW_RESOLUTION_BLOCK
    for rows, columns in (*_TRIED, largest):
        shape = (1, channels, rows + 2 * card.halo, columns + 2 * card.halo)
        made = _follow(network, shape)
        found, expected = made.shapes.get(network.output), (1, channels, rows * output_scale, columns * output_scale)
        demand(found == expected, f"{said}: it returns {found} for {shape}, expected {expected}")
    demand(
        made.largest <= LARGEST_VALUE,
        f"one of its layers needs {made.largest / 1e6:.0f} MB, more than the {LARGEST_VALUE / 1e6:.0f} allowed",
    )
    block = f"a tile of {largest[0]}x{largest[1]} pixels"
    demand(
        made.multiplications <= MOST_MULTIPLICATIONS,
        f"it needs {made.multiplications:.0e} multiplications for {block}, more than the "
        f"{MOST_MULTIPLICATIONS:.0e} allowed",
    )


def _read(data: bytes) -> _Network:
    model = list(fields_of(data))
    graphs = [value for number, _, value in model if number == pb.MODEL_GRAPH]
    demand(len(graphs) == 1, "the network is not an ONNX file, or it is damaged")
    for number, what in ((pb.MODEL_TRAINING, "instructions for training"), (pb.MODEL_FUNCTION, "functions")):
        demand(all(n != number for n, _, _ in model), f"the network's file holds {what}, which srcnn does not run")
    graph = list(fields_of(graphs[0]))
    demand(all(n != pb.GRAPH_SPARSE for n, _, _ in graph), "the network has sparse weights, which srcnn does not run")
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
        raise WeightsError(f"a network must have one input and one output, got {len(inputs)} and {len(outputs)}")
    for value, what in ((inputs[0], "takes"), (outputs[0], "makes")):
        demand(pb.element_of_value(value) == pb.FLOAT, f"the network {what} something other than 32-bit floats")
    described = pb.sizes_of_value(inputs[0])
    demand(len(described) == 4, f"the input of a network must be (N, C, H, W), got {len(described)} axes")
    names = [pb.as_text(last(fields_of(value), pb.VALUE_NAME)) for value in (inputs[0], outputs[0])]
    return _Network(tuple(operations), tensors, names[0], names[1], described)


def _tensor(fields: Fields) -> tuple[str, _Tensor]:
    name, kind = pb.as_text(last(fields, pb.TENSOR_NAME)), last(fields, pb.TENSOR_TYPE)
    if any(n == pb.TENSOR_EXTERNAL for n, _, _ in fields) or last(fields, pb.TENSOR_LOCATION) not in (b"", 0):
        raise WeightsError(
            "the network stores its weights in another file, which srcnn does not open; save it with all weights inside"
        )
    demand(kind in (pb.FLOAT, pb.INT64), f"the weights {name!r} are not 32-bit floats")
    shape = tuple(pb.signed(i) for n, w, v in fields if n == pb.TENSOR_DIMS for i in pb.integers(w, v))
    values = pb.tensor(fields) if kind == pb.FLOAT else pb.whole_tensor(fields)
    if values is None:
        raise WeightsError(f"the weights {name!r} claim the shape {shape}, but hold a different number of values")
    if kind == pb.FLOAT:
        demand(bool(np.isfinite(values).all()), f"the weights {name!r} hold NaN or infinite values")
        return name, _Tensor(shape, ())
    return name, _Tensor(shape, tuple(map(int, values.reshape(-1)[:8])))


def _operation(fields: Fields) -> tuple[Operation, _Tensor | None]:
    """An operation, and its tensor if it is a constant."""
    kind, domain = (pb.as_text(last(fields, number)) for number in (pb.NODE_TYPE, pb.NODE_DOMAIN))
    demand(
        domain in _DOMAINS and (kind in RULES or kind == "Constant"),
        f"the network has the operation {kind!r}{f' of {domain}' if domain else ''}, which srcnn does not run; "
        f"it runs {', '.join(sorted(RULES))}",
    )
    outputs = [name for name in texts(fields, pb.NODE_OUTPUT) if name]
    demand(len(outputs) == 1, f"the network's operation {kind} has {len(outputs)} outputs, expected 1")
    settings, words, held = {}, {}, None
    for attribute in (list(fields_of(value)) for number, _, value in fields if number == pb.NODE_ATTRIBUTE):
        name = pb.as_text(last(attribute, pb.ATTRIBUTE_NAME))
        demand(
            all(number in pb.ATTRIBUTE_PLAIN for number, _, _ in attribute),
            f"the network's operation {kind} has an attribute {name!r} that srcnn does not support",
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
        raise WeightsError("a constant of the network is empty")
    return Operation(kind, tuple(texts(fields, pb.NODE_INPUT)), outputs[0], settings, words), held


def _follow(network: _Network, shape: Shape) -> _Made:
    """The shapes of all values of the network for an input."""
    made = _Made({network.input: shape})

    def shape_of(name: str) -> Shape:
        if name in made.shapes:
            return made.shapes[name]
        if name not in network.tensors:
            raise WeightsError(f"the network reads {name!r}, which no earlier operation produces")
        return network.tensors[name].shape

    for operation in network.operations:
        demand(len(operation.inputs) > 0, f"the network's operation {operation.kind} has no inputs")
        shapes = [shape_of(name) if name else () for name in operation.inputs]
        held = [
            network.tensors[name].whole if name in network.tensors else made.whole.get(name, ())
            for name in operation.inputs
        ]
        try:
            result, multiplications = RULES[operation.kind](operation, shapes, held)
        except (IndexError, ValueError, ZeroDivisionError) as error:
            if isinstance(error, WeightsError):
                raise
            raise WeightsError(
                f"the network's operation {operation.kind} is not valid for inputs of {shapes}"
            ) from error
        demand(
            len(result) <= 4 and all(size > 0 for size in result),
            f"the network's operation {operation.kind} has an empty result for inputs of {shapes}",
        )
        made.shapes[operation.output] = result
        if numbers := whole_numbers(operation, shapes, held):
            made.whole[operation.output] = numbers
        made.multiplications += multiplications
        made.largest = max(made.largest, 4 * math.prod(result))
    return made
