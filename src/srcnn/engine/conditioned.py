"""A network that is told something of its image, as one that knows it: the same file with that input made a constant.

Whatever depends on the constant and on the file's arrays alone is computed here, once.
So what a network is told costs nothing while it runs, and any engine fuses it as it fuses an ordinary bias.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import Fields, fields_of, join, last, texts
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.wear import NO_WEAR, Wear
from srcnn.weights.card import Card

WEAR = "wear"
"""The name of the input (1, 2) that tells a network how worn its image is: `srcnn.wear.Wear.planes`."""

_MOST_NUMBERS = 2**20  # in an array that is computed; the shipped networks make a few hundred


def knowing(data: bytes, card: Card, wear: Wear = NO_WEAR) -> bytes:
    """A network as one that knows how worn its input is; the same bytes for a network that is not told.

    Parameters
    ----------
    data : bytes
        An ONNX file.
    card : Card
        Its card, whose ``wear`` says whether it is told.
    wear : Wear
        What it is to know.

    Returns
    -------
    bytes
        An ONNX file with the image as its one input.

    Raises
    ------
    WeightsError
        As `with_constant`.
    """
    return with_constant(data, WEAR, np.array([wear.planes], np.float32)) if card.wear else data


def with_constant(data: bytes, name: str, values: Floats) -> bytes:
    """The network whose input ``name`` is no input any more but these values.

    Parameters
    ----------
    data : bytes
        An ONNX file with the inputs ``x`` and ``name``.
    name : str
        The input that becomes a constant.
    values : float32 array
        What it holds from now on.

    Returns
    -------
    bytes
        An ONNX file with one input.

    Raises
    ------
    WeightsError
        If the file is not ONNX, has no such input, or computes something of it that srcnn's networks do not.
    """
    model = list(fields_of(data))
    bodies = [value for number, _, value in model if number == pb.MODEL_GRAPH]
    if len(bodies) != 1:
        raise WeightsError("the network is not an ONNX file, or it is damaged")
    graph = _folded(list(fields_of(bodies[0])), name, np.asarray(values, np.float32))
    return join([(n, w, graph if n == pb.MODEL_GRAPH else v) for n, w, v in model])


def _folded(graph: Fields, name: str, values: NDArray[np.float32]) -> bytes:
    if name not in [pb.as_text(last(fields_of(v), pb.VALUE_NAME)) for n, _, v in graph if n == pb.GRAPH_INPUT]:
        raise WeightsError(f"the network has no input {name!r}, though its card says so")
    known: dict[str, NDArray[np.float32]] = {}
    for stored in (list(fields_of(v)) for n, _, v in graph if n == pb.GRAPH_INITIALIZER):
        if (array := pb.tensor(stored)) is not None:
            known[pb.as_text(last(stored, pb.TENSOR_NAME))] = array
    made, left = {name: values}, []
    known |= made
    for number, wire, value in graph:
        if number == pb.GRAPH_NODE:
            node = list(fields_of(value))
            inputs = texts(node, pb.NODE_INPUT)
            if inputs and all(i in known for i in inputs):
                outputs = texts(node, pb.NODE_OUTPUT)
                if len(outputs) != 1:
                    raise WeightsError(f"an operation of the network has {len(outputs)} outputs, expected 1")
                made[outputs[0]] = known[outputs[0]] = _computed(node, [known[i] for i in inputs])
                continue
        if number == pb.GRAPH_INPUT and pb.as_text(last(fields_of(value), pb.VALUE_NAME)) == name:
            continue
        left.append((number, wire, value))
    read = {i for n, _, v in left if n == pb.GRAPH_NODE for i in texts(list(fields_of(v)), pb.NODE_INPUT)}
    kept = [field for field in left if field[0] != pb.GRAPH_INITIALIZER or _name_of(field[2]) in read]
    kept += [(pb.GRAPH_INITIALIZER, pb.BYTES, _tensor(key, array)) for key, array in made.items() if key in read]
    return join(kept)


def _name_of(stored: pb.Value) -> str:
    return pb.as_text(last(fields_of(stored), pb.TENSOR_NAME))


def _computed(node: Fields, inputs: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    kind = pb.as_text(last(node, pb.NODE_TYPE))
    settings = {
        pb.as_text(last(attribute, pb.ATTRIBUTE_NAME)): attribute
        for attribute in (list(fields_of(v)) for n, _, v in node if n == pb.NODE_ATTRIBUTE)
    }
    rule = _RULES.get(kind)
    if rule is None:
        raise WeightsError(
            f"the network computes {kind!r} of what it is told, which srcnn does not; it computes {', '.join(_RULES)}"
        )
    try:
        with np.errstate(all="ignore"):
            result = rule(settings, *inputs)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise WeightsError(f"the network's operation {kind} cannot be computed of what it is told: {error}") from error
    if result.size > _MOST_NUMBERS or not np.isfinite(result).all():
        raise WeightsError(f"the network's operation {kind} makes no sense of what it is told")
    return np.asarray(result, np.float32)


Settings = dict[str, Fields]


def _gemm(
    settings: Settings, a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    if not {*settings} <= {"transB"} or a.ndim != 2 or b.ndim != 2 or a.size * max(b.shape) > _MOST_NUMBERS:
        raise ValueError("it is of another form than srcnn's")
    flag = last(settings["transB"], pb.ATTRIBUTE_INT) if "transB" in settings else 0
    product = a @ (b.T if flag == 1 else b)
    return product if c is None else product + c


def _leaky_relu(settings: Settings, x: NDArray[np.float32]) -> NDArray[np.float32]:
    slope = np.float32(0.01)
    if "alpha" in settings:
        slope = np.frombuffer(pb.as_bytes(last(settings["alpha"], pb.ATTRIBUTE_FLOAT)), np.float32)[0]
    return np.where(x < 0, x * slope, x)


_RULES: dict[str, Callable[..., NDArray[np.float32]]] = {
    "Add": lambda _, a, b: a + b,
    "Gemm": _gemm,
    "LeakyRelu": _leaky_relu,
    "Squeeze": lambda _, a: np.squeeze(a),  # without axes: every axis of one element goes
}


def _tensor(name: str, array: NDArray[np.float32]) -> bytes:
    fields: Fields = [(pb.TENSOR_DIMS, pb.VARINT, side) for side in array.shape]
    fields += [
        (pb.TENSOR_TYPE, pb.VARINT, pb.FLOAT),
        (pb.TENSOR_NAME, pb.BYTES, name.encode()),
        (pb.TENSOR_RAW, pb.BYTES, np.ascontiguousarray(array, "<f4").tobytes()),
    ]
    return join(fields)
