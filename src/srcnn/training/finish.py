"""A network's file made complete: greys settled, results bounded, the last layer as fast as any engine runs it.

All of it is done once, when the file is written, and stands in the file: any runtime that reads ONNX gives the same
pixels.

- *Settled.* A network answers an area of grey g with g + e(g), and e is rarely zero.
  The straight line closest to e is taken off: its constant from the last layer's bias, its slope by way of the input's
  own pixel.
  Some networks have another e where there is no noise at all: what it differs by is taken off there, and fades as the
  local range grows.
- *Bounded.* A result may leave the range of the input's nearest pixels by that range itself, to both sides, and no
further.
  So nothing can explode, however far from a photograph the input is, and a flat area comes out flat and equal to the
  bit.
- *Widened.* The last layer makes one value a pixel (three for RGB, four at x2), while a processor computes 8 or 16 at
once.
  A block of output pixels as the channels of one strided convolution fills its lanes with the same sums; a pixel
  shuffle puts them back.
  A block that reaches beyond the image is cut: an input of any size makes all of its output.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_graph import BOUND, read_graph
from srcnn.engine.session import silent_onnxruntime
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.weights.blocks import shuffled, widened
from srcnn.weights.card import Card

REACH = 1  # LR pixels to every side whose range bounds a result
_BLOCK = {"hr": 4, "lr": 2}  # rows and columns of output pixels that become channels, before a shuffle
_MOST_CHANNELS = 4  # of a last layer that is widened at low resolution: more fill a processor's lanes by themselves
_GREYS = 37  # that a network's errors are measured on
_SIDE = 24  # LR pixels of those areas
_NEGLIGIBLE = 0.2 / 255  # of what a network adds to noise-free areas alone
_FAINT = 2 / 255  # range of the nearest pixels from which on an area is not flat any more
_PREFIX, _PLANE = BOUND


@dataclass(frozen=True)
class _Ending:
    """How a network ends: a convolution, a sum with the input or none, a pixel shuffle by ``scale`` or none."""

    layer: Any  # its node
    scale: int
    summed: bool


class _Graph:
    """An ONNX graph that is being rewritten."""

    def __init__(self, proto: Any) -> None:
        self.proto = proto

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.proto.node.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def array(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.proto.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def numbers(self, name: str, *values: int) -> str:
        return self.array(name, np.array(values, np.int64))

    def maker(self, value: str) -> Any:
        return next((node for node in self.proto.node if value in node.output), None)

    def read(self, name: str) -> NDArray[Any]:
        from onnx import numpy_helper

        return np.array(numpy_helper.to_array(next(i for i in self.proto.initializer if i.name == name)))

    def replace(self, name: str, values: NDArray[Any]) -> None:
        from onnx import numpy_helper

        stored = next(i for i in self.proto.initializer if i.name == name)
        stored.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))

    def drop(self, node: Any) -> None:
        """Take a node out, and what only it read: arrays, and nodes that nothing needs any more."""
        self.proto.node.remove(node)
        read = {name for other in self.proto.node for name in other.input}
        for stored in [i for i in self.proto.initializer if i.name in node.input and i.name not in read]:
            self.proto.initializer.remove(stored)
        for name in set(node.input) - read:
            if (unused := self.maker(name)) is not None:
                self.drop(unused)


def finish(data: bytes, card: Card) -> bytes:
    """Settle, bound and widen a network of valid convolutions.

    Parameters
    ----------
    data : bytes
        An ONNX file from `srcnn.training.export.to_onnx`: input ``x``, output ``y``.
    card : Card
        What it is.

    Returns
    -------
    bytes
        The file; what it carries beside the graph is kept.

    Raises
    ------
    WeightsError
        If it has been finished already, if the graph does not end as srcnn's networks do, or if its halo is too narrow
        to bound it.
    """
    import onnx

    if is_finished(data):
        raise WeightsError(f"the network {card.name!r} x{card.scale} has been finished already")
    model = onnx.load_from_string(data)
    errors = grey_errors(data, card)
    graph = _Graph(model.graph)
    del model.graph.value_info[:]
    if (end := _cut_transposed(graph)) is not None:
        _close_transposed(graph, end, card, errors)
    else:
        _close(graph, card, _take_end(graph, card), errors)
    onnx.checker.check_model(model, full_check=True)
    finished: bytes = model.SerializeToString()
    return finished


def multiplications(data: bytes, card: Card) -> float:
    """Multiplications of the convolutions of a network that is not widened yet, for a pixel of the result.

    A convolution's weights are each multiplied once for every pixel that it makes, a transposed convolution's once for
    every pixel that it takes.
    """
    pixels = 1 if card.input_size == "hr" else card.scale**2
    graph = read_graph(knowing(data, card))
    layers = [node.inputs[1] for node in graph.nodes if node.kind in ("Conv", "ConvTranspose")]
    return float(sum(graph.arrays[name].size for name in layers)) / pixels


def is_finished(data: bytes) -> bool:
    """Whether a file has been through `finish`."""
    import onnx

    return any(name.startswith(_PREFIX) for node in onnx.load_from_string(data).graph.node for name in node.output)


@dataclass(frozen=True)
class GreyErrors:
    """What a network adds to an area of one grey, as straight lines ``constant + slope * grey`` closest to it.

    ``everywhere`` holds constants and slopes, a row a channel before the pixel shuffle, of areas with the faintest
    noise; ``flat`` what comes to it, for all channels of a plane, where there is no noise at all: zero for most
    networks, half a level for some.
    """

    everywhere: Floats  # (planes * scale², 2)
    flat: Floats  # (planes, 2)


def grey_errors(data: bytes, card: Card) -> GreyErrors:
    """Measure what a network, not yet finished, adds to greys.

    One that is told the wear has settled them itself, see `srcnn.training.worn_graph`.
    """
    if card.wear:
        return GreyErrors(np.zeros((3 * card.scale**2, 2), np.float32), np.zeros((3, 2), np.float32))
    session = silent_onnxruntime().InferenceSession(data, providers=["CPUExecutionProvider"])
    planes, step = _planes(card), card.scale if card.input_size == "lr" else 1
    inputs = session.get_inputs()[0].shape[1]
    greys = (
        np.linspace(16 / 255, 235 / 255, _GREYS) if card.channels == "luma" else np.linspace(2 / 255, 253 / 255, _GREYS)
    )
    rng = np.random.default_rng(0)
    noise = rng.integers(-1, 2, (_GREYS, planes, *(_SIDE + 2 * card.halo,) * 2)) / 255
    found: list[NDArray[np.float64]] = []
    for strength in (0, 1):
        errors = []
        for area in (greys[:, None, None, None] + strength * noise).astype(np.float32):
            told = np.zeros((inputs - planes, *area.shape[1:]), np.float32)
            y = session.run(None, {"x": np.concatenate([area, told])[None]})[0][0]
            phases = y.reshape(planes, _SIDE, step, _SIDE, step).mean((1, 3), dtype=np.float64)
            inner = area[:, card.halo : -card.halo, card.halo : -card.halo].mean((1, 2), dtype=np.float64)
            errors.append((phases - inner[:, None, None]).reshape(-1))
        found.append(np.polyfit(greys, np.array(errors), 1)[::-1].T)
    flat, everywhere = found
    beside = (flat - everywhere).reshape(planes, -1, 2).mean(1)
    if np.abs(beside @ [[1, 1], [greys[0], greys[-1]]]).max() < _NEGLIGIBLE:
        beside = np.zeros_like(beside)
    return GreyErrors(everywhere.astype(np.float32), beside.astype(np.float32))


def _planes(card: Card) -> int:
    return 1 if card.channels == "luma" else 3


def _take_end(graph: _Graph, card: Card) -> _Ending:
    """Take what comes after the last convolution out of the graph, and the convolution too."""
    end, scale = graph.maker("y"), 1
    if end.op_type == "DepthToSpace":
        graph.proto.node.remove(end)
        scale, end = card.scale, graph.maker(end.input[0])
    summed = end.op_type == "Add"
    if summed:
        graph.proto.node.remove(end)
        layer, start = (graph.maker(name) for name in end.input)
        graph.drop(start)  # the input, cut to the size of the result
        end = layer
    if end is None or end.op_type != "Conv" or len(end.input) != 3 or (scale == 1) != (card.input_size == "hr"):
        raise WeightsError(f"the network {card.name!r} does not end as srcnn's networks do")
    graph.proto.node.remove(end)
    return _Ending(end, scale, summed)


def _close(graph: _Graph, card: Card, ending: _Ending, errors: GreyErrors) -> None:
    planes, scale, layer = _planes(card), ending.scale, ending.layer
    weight = graph.read(layer.input[1])
    block = _BLOCK[card.input_size] if card.input_size == "hr" or len(weight) <= _MOST_CHANNELS else 1
    # Zeros beyond the lower right, so that the last block is whole; what it makes there is cut.
    sides: dict[str, Any] = {"strides": [block, block], "pads": [0, 0, block - 1, block - 1]}
    image = _image(graph, planes)
    near = _nearest(graph, image, card, block)
    graph.replace(layer.input[1], widened(weight, block, scale))
    if not card.wear:  # whose bias is computed of the wear, and settled there
        settled = (graph.read(layer.input[2]) - errors.everywhere[:, 0])[:, None, None]
        graph.replace(layer.input[2], shuffled(np.tile(settled, (1, block, block)), scale))
    value = graph.node("Conv", layer.input, "wide", kernel_shape=[n + block - 1 for n in weight.shape[2:]], **sides)
    flat = _flat_errors(graph, near, errors.flat) if errors.flat.any() else None
    start = _sliced(graph, image, f"{_PLANE}middle", [card.halo] * 2, [-card.halo] * 2, [2, 3])
    if flat and block == 1:
        start = graph.node("Sub", [start, flat], f"{_PLANE}settled")
    own = np.zeros((planes, scale**2, planes, 1, 1), np.float32)
    own[range(planes), :, range(planes), 0, 0] = float(ending.summed) - errors.everywhere[:, 1].reshape(planes, -1)
    own = widened(own.reshape(-1, planes, 1, 1), block, scale)
    arrays = [graph.array(f"{_PLANE}weight", own), graph.array(f"{_PLANE}bias", np.zeros(len(own), np.float32))]
    start = graph.node("Conv", [start, *arrays], f"{_PLANE}own", kernel_shape=[block, block], **sides)
    value = graph.node("Add", [value, start], "sum" if ending.summed else f"{_PREFIX}sum")
    if flat and block > 1:
        value = graph.node("Sub", [value, _each(graph, flat, planes, len(own))], f"{_PREFIX}settled")
    least, most = (_each(graph, name, planes, len(own)) for name in _limits(graph, near))
    value = _clipped(graph, value, least, most, f"{_PREFIX}lowered")
    if block == 1:
        graph.node("DepthToSpace", [value], "y", blocksize=scale, mode="CRD")
    else:
        value = graph.node("DepthToSpace", [value], "blocks", blocksize=scale * block, mode="CRD")
        _cut_to_size(graph, value, card, scale)


def _cut_transposed(graph: _Graph) -> Any:
    """The slice of a transposed convolution that a network ends in, or that itself; None for other networks."""
    end = graph.maker("y")
    layer = graph.maker(end.input[0]) if end.op_type == "Slice" else end
    return end if layer is not None and layer.op_type == "ConvTranspose" else None


def _close_transposed(graph: _Graph, end: Any, card: Card, errors: GreyErrors) -> None:
    """A transposed convolution makes full size at once: it has one bias for all phases, which takes the mean of e."""
    layer = graph.maker(end.input[0]) if end.op_type == "Slice" else end
    bias = graph.read(layer.input[2])
    line = errors.everywhere.reshape(len(bias), -1, 2).mean(1)
    graph.replace(layer.input[2], bias - line @ np.array([1, 0.5], np.float32))
    planes = _planes(card)
    near = _nearest(graph, _image(graph, planes), card, 1)
    end.output[0] = "unbounded"
    least, most = (_enlarged(graph, name, card.scale) for name in _limits(graph, near))
    _clipped(graph, "unbounded", least, most, "y")


def _enlarged(graph: _Graph, plane: str, scale: int) -> str:
    """A plane (1, h, w) as (1, scale*h, scale*w), every pixel repeated."""
    name = f"{_PREFIX}repeat"
    if not any(i.name == name for i in graph.proto.initializer):
        graph.array(name, np.ones((scale**2, 1, 1, 1), np.float32))
    repeated = graph.node("Conv", [plane, name], f"{plane}.repeated", kernel_shape=[1, 1])
    return graph.node("DepthToSpace", [repeated], f"{plane}.enlarged", blocksize=scale, mode="CRD")


def _image(graph: _Graph, planes: int) -> str:
    """The planes of the input that are the image; after them come constant ones that tell a network something of it."""
    inputs = int(graph.proto.input[0].type.tensor_type.shape.dim[1].dim_value)
    return "x" if inputs == planes else _sliced(graph, "x", f"{_PLANE}image", [0], [planes], [1])


def _sliced(graph: _Graph, value: str, name: str, starts: list[int], ends: list[int], axes: list[int]) -> str:
    return graph.node("Slice", [value, *_numbers(graph, name, starts=starts, ends=ends, axes=axes)], name)


def _numbers(graph: _Graph, name: str, **values: list[int]) -> list[str]:
    return [graph.array(f"{name}.{key}", np.array(numbers, np.int64)) for key, numbers in values.items()]


def _nearest(graph: _Graph, image: str, card: Card, block: int) -> tuple[str, str]:
    """For every block of the image the least and the largest of the nearest pixels."""
    reach = (
        max(1, card.scale // 2) if card.input_size == "hr" else REACH
    )  # a block of 4 has half a LR pixel around it already
    if card.halo < reach:
        raise WeightsError(
            f"a network must see {reach} pixels around each to be bounded, the halo of {card.name!r} is {card.halo}"
        )
    more = card.halo - reach
    source = _sliced(graph, image, f"{_PREFIX}source", [more] * 2, [-more] * 2, [2, 3]) if more else image
    turned = graph.node("Neg", [source], f"{_PREFIX}turned")
    high = _largest(graph, source, f"{_PREFIX}high", 2 * reach + block, block)
    low = graph.node("Neg", [_largest(graph, turned, f"{_PREFIX}depth", 2 * reach + block, block)], f"{_PREFIX}low")
    return low, high


def _largest(graph: _Graph, value: str, name: str, window: int, step: int) -> str:
    """The largest values of windows, by rows and then by columns."""
    along = {"kernel_shape": [1, window], "strides": [1, step], "pads": [0, 0, 0, step - 1]}
    down = {"kernel_shape": [window, 1], "strides": [step, 1], "pads": [0, 0, step - 1, 0]}
    return graph.node("MaxPool", [graph.node("MaxPool", [value], f"{name}.rows", **along)], name, **down)


def _limits(graph: _Graph, near: tuple[str, str]) -> tuple[str, str]:
    """The least and the largest value allowed: 2 low - high and 2 high - low, exact where both are equal."""
    low, high = near
    least = graph.node("Sub", [graph.node("Add", [low, low], f"{_PREFIX}low.twice"), high], f"{_PREFIX}least")
    most = graph.node("Sub", [graph.node("Add", [high, high], f"{_PREFIX}high.twice"), low], f"{_PREFIX}most")
    return least, most


def _clipped(graph: _Graph, value: str, least: str, most: str, output: str) -> str:
    return graph.node("Min", [graph.node("Max", [value, least], f"{_PREFIX}raised"), most], output)


def _flat_errors(graph: _Graph, near: tuple[str, str], line: Floats) -> str:
    """What is added to noise-free areas alone, for every block: all of it where the nearest pixels are equal, none from
    `_FAINT` on.
    """
    low, high = near
    scalars = {"faint": -1 / _FAINT, "one": 1.0}
    faint, one = (graph.array(f"{_PREFIX}{name}", np.array(value, np.float32)) for name, value in scalars.items())
    constant, slope = (
        graph.array(f"{_PREFIX}{name}", line[None, :, i, None, None]) for i, name in enumerate(("constant", "slope"))
    )
    extent = graph.node("Mul", [graph.node("Sub", [high, low], f"{_PREFIX}range"), faint], f"{_PREFIX}share")
    share = graph.node("Relu", [graph.node("Add", [extent, one], f"{_PREFIX}rest")], f"{_PREFIX}flat")
    error = graph.node("Add", [graph.node("Mul", [high, slope], f"{_PREFIX}rise"), constant], f"{_PREFIX}line")
    return graph.node("Mul", [error, share], f"{_PREFIX}error")


def _each(graph: _Graph, value: str, planes: int, channels: int) -> str:
    """Planes, each repeated for all channels that make it; one plane fits any number of channels as it is."""
    if planes == 1:
        return value
    name = f"{_PREFIX}each"
    if not any(i.name == name for i in graph.proto.initializer):
        graph.array(name, np.kron(np.eye(planes), np.ones((channels // planes, 1))).astype(np.float32)[..., None, None])
    return graph.node("Conv", [value, name], f"{value}.each", kernel_shape=[1, 1])


def _cut_to_size(graph: _Graph, value: str, card: Card, scale: int) -> None:
    """The result of an input of any size, of whole blocks that may reach beyond it."""
    size = graph.node("Shape", ["x"], f"{_PREFIX}size", start=2, end=4)
    halo, factor, start, axes = _numbers(
        graph, f"{_PREFIX}size", halo=[2 * card.halo], scale=[scale], start=[0, 0], axes=[2, 3]
    )
    size = graph.node(
        "Mul", [graph.node("Sub", [size, halo], f"{_PREFIX}size.middle"), factor], f"{_PREFIX}size.result"
    )
    graph.node("Slice", [value, start, size, axes], "y")
