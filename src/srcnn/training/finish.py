"""A network's file made complete: flat areas settled, results bounded, the last layer as fast as any engine runs it.

All of it is done once, when the file is written, and stands in the file: any runtime that reads ONNX gives the same pixels.

- *Settled.* A network answers a flat area of grey g with g + e(g), and e is rarely nought. As much of it as a constant can take is
  taken from the last layer's bias, so that every grey rounds to itself.
- *Bounded.* A result may leave the range of the input's nearest pixels by that range itself, to both sides, and no further. So
  nothing can explode, however far from a photograph, and a flat area comes out flat and equal to the bit.
- *Widened.* The last layer makes one value a pixel (three for RGB; four at x2), while a processor computes 8 or 16 at once. A block of
  output pixels as the channels of one strided convolution fills its lanes with the same sums; a pixel shuffle puts them back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.onnx_graph import BOUND, read_graph
from srcnn.engine.session import silent_onnxruntime
from srcnn.errors import WeightsError
from srcnn.weights.blocks import shuffled, widened
from srcnn.weights.card import Card

REACH = 1  # LR pixels to every side that bound a result
LARGEST_ERROR = 0.4 / 255  # what may be left of e(g): with it, a grey of 8 bits still rounds to itself
_BLOCK = {"ilr": 4, "lr": 2}  # rows and columns of output pixels that become channels, before a shuffle
_MOST_CHANNELS = 4  # of a last layer that is widened: more fill a processor's lanes by themselves
_PREFIX, _PLANE = BOUND
_GREYS = np.arange(16, 236) / 255  # of luma


@dataclass
class _Graph:
    """An ONNX graph that is being rewritten."""

    proto: Any
    names: set[str] = field(default_factory=set)

    def node(self, kind: str, inputs: Sequence[str], output: str, at: int | None = None, **attributes: Any) -> str:
        from onnx import helper

        made = helper.make_node(kind, list(inputs), [output], **attributes)
        self.proto.node.insert(len(self.proto.node) if at is None else at, made)
        return output

    def array(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.proto.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def maker(self, value: str) -> Any:
        return next((node for node in self.proto.node if value in node.output), None)

    def read(self, name: str) -> NDArray[Any]:
        from onnx import numpy_helper

        return np.array(numpy_helper.to_array(next(i for i in self.proto.initializer if i.name == name)))

    def replace(self, name: str, values: NDArray[Any]) -> None:
        from onnx import numpy_helper

        stored = next(i for i in self.proto.initializer if i.name == name)
        stored.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))


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
        If the graph does not end as srcnn's networks do, or its halo is too narrow to bound it.
    """
    import onnx

    model = onnx.load_from_string(data)
    graph = _Graph(model.graph)
    _settle(graph, data, card)
    del model.graph.value_info[:]
    _close(graph, card)
    onnx.checker.check_model(model, full_check=True)
    finished: bytes = model.SerializeToString()
    return finished


def multiplications(data: bytes, card: Card) -> float:
    """Multiplications of the convolutions of a network that is not widened yet, for a pixel of the result.

    A convolution's weights are each multiplied once for every pixel that it makes, a transposed convolution's once for every pixel
    that it takes.
    """
    pixels = 1 if card.domain == "ilr" else card.scale**2
    graph = read_graph(data)
    layers = [node.inputs[1] for node in graph.nodes if node.kind in ("Conv", "ConvTranspose")]
    return float(sum(graph.arrays[name].size for name in layers)) / pixels


def is_finished(data: bytes) -> bool:
    """Whether a file has been through `finish`."""
    import onnx

    return any(name.startswith(_PREFIX) for node in onnx.load_from_string(data).graph.node for name in node.output)


def flat_errors(data: bytes, card: Card) -> NDArray[np.float64]:
    """What a network adds to a flat area, for all greys of 8-bit luma (greys, phases of the result, planes)."""
    session = silent_onnxruntime().InferenceSession(data, providers=["CPUExecutionProvider"])
    planes = 1 if card.channels == "luma" else 3
    greys = _GREYS if planes == 1 else np.arange(256) / 255
    side = 8
    found = []
    for grey in greys.astype(np.float32):
        x = np.full((1, planes, side + 2 * card.halo, side + 2 * card.halo), grey, np.float32)
        y = session.run(None, {session.get_inputs()[0].name: x})[0][0]
        step = 1 if card.domain == "ilr" else card.scale
        middle = y.shape[1] // 2 // step * step
        found.append(y[:, middle : middle + step, middle : middle + step].reshape(planes, -1).T - grey)
    return np.array(found, np.float64)


def _settle(graph: _Graph, data: bytes, card: Card) -> None:
    """Take from the last layer's bias what of e(g) must go; nothing where every grey rounds to itself already."""
    errors = flat_errors(data, card)  # (greys, phases, planes)
    low, high = errors.min(0), errors.max(0)
    # As little as brings the largest error down to what may be left, and no more than to the middle: training's own mean is no accident.
    middle = (low + high) / 2
    excess = np.clip(np.maximum(high - LARGEST_ERROR, 0) + np.minimum(low + LARGEST_ERROR, 0), -np.abs(middle), np.abs(middle))
    layer = _last_convolution(graph)
    bias = graph.read(layer.input[2])
    one_a_plane = layer.op_type == "ConvTranspose" or card.domain == "ilr"
    # In the shuffle's order: plane by plane, rows and columns of phases.
    change = excess.mean(0) if one_a_plane else excess.T.reshape(-1)
    graph.replace(layer.input[2], (bias - change).astype(np.float32))


def _last_convolution(graph: _Graph) -> Any:
    found = [node for node in graph.proto.node if node.op_type in ("Conv", "ConvTranspose")]
    if not found or len(found[-1].input) != 3:
        raise WeightsError("the network has no convolution with a bias to end in")
    return found[-1]


def _close(graph: _Graph, card: Card) -> None:
    """Rewrite what comes after the last layer's input: widened, bounded, shuffled."""
    reach = card.scale if card.domain == "ilr" else REACH
    if card.halo < reach:
        raise WeightsError(f"a network must see {reach} pixels around each to be bounded, its halo is {card.halo}")
    end = graph.maker("y")
    scale = card.scale if card.domain == "lr" else 1
    planes = 1 if card.channels == "luma" else 3
    if end.op_type == "DepthToSpace":
        graph.proto.node.remove(end)
        _close_shuffled(graph, str(end.input[0]), card, planes, reach)
    elif end.op_type == "Conv" and scale == 1:
        low, high = _bounds(graph, card.halo, reach)
        _widen(graph, end, _BLOCK["ilr"])
        end.output[0] = "wide"
        plain = graph.node("DepthToSpace", ["wide"], "plain", blocksize=_BLOCK["ilr"], mode="CRD")
        _clip(graph, plain, low, high, "y")
    else:  # a transposed convolution, at full size already; perhaps cut
        end.output[0] = "unbounded"
        low, high = (_enlarged(graph, name, scale) for name in _bounds(graph, card.halo, reach))
        _clip(graph, "unbounded", low, high, "y")


def _close_shuffled(graph: _Graph, value: str, card: Card, planes: int, reach: int) -> None:
    """A network that ends in a convolution, perhaps a sum with the input's plane, and a pixel shuffle."""
    scale, summed = card.scale, graph.maker(value)
    layer = graph.maker(summed.input[0]) if summed.op_type == "Add" else summed
    low, high = _bounds(graph, card.halo, reach)
    wide = planes == 1 and scale**2 <= _MOST_CHANNELS and layer.op_type == "Conv"
    if wide:
        block = _BLOCK["lr"]
        if summed is not layer:
            summed.input[1] = _in_blocks(graph, str(summed.input[1]), scale, block, before=summed)
        _widen(graph, layer, block, scale)
        low, high = (_in_blocks(graph, name, scale, block) for name in (low, high))
    elif planes > 1:
        low, high = (_repeated(graph, name, planes, scale) for name in (low, high))
    bounded = _clip(graph, value, low, high, "bounded")
    graph.node("DepthToSpace", [bounded], "y", blocksize=scale * (_BLOCK["lr"] if wide else 1), mode="CRD")


def _bounds(graph: _Graph, halo: int, reach: int) -> tuple[str, str]:
    """The least and the largest value that a result may have, one of each for every pixel of the input within its halo."""
    source = "x"
    if halo > reach:
        ends = {"starts": [halo - reach] * 2, "ends": [reach - halo] * 2, "axes": [2, 3]}
        names = [graph.array(f"{_PREFIX}{key}", np.array(values, np.int64)) for key, values in ends.items()]
        source = graph.node("Slice", ["x", *names], f"{_PREFIX}source")
    window: dict[str, Any] = {"kernel_shape": [2 * reach + 1] * 2, "strides": [1, 1]}
    high = graph.node("MaxPool", [source], f"{_PREFIX}high", **window)
    turned = graph.node("Neg", [source], f"{_PREFIX}turned")
    low = graph.node("Neg", [graph.node("MaxPool", [turned], f"{_PREFIX}turned.high", **window)], f"{_PREFIX}low")
    # 2 low - high and 2 high - low: exact where both are equal.
    least = graph.node("Sub", [graph.node("Add", [low, low], f"{_PREFIX}low.twice"), high], f"{_PREFIX}least")
    most = graph.node("Sub", [graph.node("Add", [high, high], f"{_PREFIX}high.twice"), low], f"{_PREFIX}most")
    return least, most


def _clip(graph: _Graph, value: str, low: str, high: str, output: str) -> str:
    return graph.node("Min", [graph.node("Max", [value, low], f"{_PREFIX}raised"), high], output)


def _widen(graph: _Graph, layer: Any, block: int, scale: int = 1) -> None:
    """Give a convolution the filters of a whole block of pixels, in the order of the shuffle that follows."""
    from onnx import helper

    weight, bias = graph.read(layer.input[1]), graph.read(layer.input[2])
    graph.replace(layer.input[1], widened(weight, block, scale))
    graph.replace(layer.input[2], shuffled(np.tile(bias[:, None, None], (1, block, block)), scale))
    del layer.attribute[:]
    kernel = [side + block - 1 for side in weight.shape[2:]]
    layer.attribute.extend([helper.make_attribute("kernel_shape", kernel), helper.make_attribute("strides", [block, block])])


def _in_blocks(graph: _Graph, plane: str, scale: int, block: int, before: Any = None) -> str:
    """A plane (1, h, w) as the channels of blocks that `_widen` makes: every pixel scale² times."""
    at = None if before is None else list(graph.proto.node).index(before)
    name = f"{_PREFIX if before is None else _PLANE}one"
    if not any(i.name == name for i in graph.proto.initializer):
        one = widened(np.ones((scale**2, 1, 1, 1), np.float32), block, scale)
        graph.array(name, one)
        graph.array(f"{name}.bias", np.zeros(len(one), np.float32))
    sides = {"kernel_shape": [block, block], "strides": [block, block]}
    return graph.node(
        "Conv", [plane, name, f"{name}.bias"], f"{_PREFIX if before is None else _PLANE}{plane.removeprefix(_PREFIX)}.blocks", at, **sides
    )


def _repeated(graph: _Graph, planes: str, count: int, scale: int) -> str:
    """Planes (count, h, w), each scale² times, as a pixel shuffle of them reads channels."""
    name = f"{_PREFIX}repeat"
    if not any(i.name == name for i in graph.proto.initializer):
        graph.array(name, np.kron(np.eye(count), np.ones((scale**2, 1))).astype(np.float32)[..., None, None])
        graph.array(f"{name}.bias", np.zeros(count * scale**2, np.float32))
    return graph.node("Conv", [planes, name, f"{name}.bias"], f"{planes}.repeated", kernel_shape=[1, 1])


def _enlarged(graph: _Graph, plane: str, scale: int) -> str:
    """A plane (1, h, w) as (1, scale*h, scale*w), every pixel repeated."""
    repeated = _repeated(graph, plane, 1, scale)
    return graph.node("DepthToSpace", [repeated], f"{plane}.enlarged", blocksize=scale, mode="CRD")
