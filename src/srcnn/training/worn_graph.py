"""A network for worn images as an ONNX graph that any runtime can use: RGB in, RGB out, and the wear beside it.

In training the network sees and makes Y, Cb, Cr, which are affine in RGB.
Its first filters sum to zero, so they do not see what the transform adds, and its result is added to its input.
So both transforms are folded into the first and the last layer, where they cost nothing.

What the network is told of the wear becomes biases.
An area of one colour comes out as it is because results are bounded (`srcnn.training.finish`), not by a correction:
what the network adds to a noiseless area that is said to be noisy is not what it adds to a noisy one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from srcnn.engine.conditioned import WEAR
from srcnn.image.colour import rgb_to_ycbcr
from srcnn.nets.residual import SLOPE, WEAR_PLANES, Block, Residual


def worn_graph(net: Residual, name: str) -> Any:
    """The `onnx.GraphProto` of a network that is told the wear, as valid convolutions.

    Its inputs are ``x`` (n, 3, height, width), RGB in [0, 1], and ``wear`` (1, 2); its output is ``y``.

    Parameters
    ----------
    net : Residual
        One that is told the wear.
    name : str
        The graph's.

    Returns
    -------
    onnx.GraphProto
        Of operations in opset 17.
    """
    assert net.told is not None
    graph = _Graph()
    into, out_of = _transforms()
    told = graph.leaky(graph.gemm("told", WEAR, _array(net.told.weight), graph.array("told.bias", net.told.bias)))
    first = np.einsum("okyx,kc->ocyx", _array(net.first.zero_sum()), into)
    x = graph.leaky(graph.conv("first", "x", first, graph.array("first.bias", net.first.bias)))
    for number, block in enumerate(net.blocks):
        assert isinstance(block, Block)
        x = _block(graph, f"block{number}", block, x, told)
    last = _array(net.last.weight)
    planes, scale = net.shape.planes, net.shape.scale
    last = np.einsum("ck,kioyx->cioyx", out_of, last.reshape(planes, scale**2, *last.shape[1:])).reshape(last.shape)
    bias = np.einsum("ck,ki->ci", out_of, _array(net.last.bias).reshape(planes, scale**2)).reshape(-1)
    x = graph.conv("last", x, last, graph.array("last.bias", bias))
    repeat = np.kron(np.eye(planes), np.ones((scale**2, 1)))[..., None, None]
    start = graph.conv("start", graph.cut("x", net.shape.halo), repeat)
    graph.node("DepthToSpace", [graph.node("Add", [x, start], "sum")], "y", blocksize=scale, mode="CRD")
    return graph.proto(name, planes)


def _block(graph: "_Graph", name: str, block: Block, x: str, told: str) -> str:
    """A block: its layers, told the wear before the first activation, added to what it was given."""
    assert block.tell is not None
    y = x
    for number, layer in enumerate(block.layers):
        assert isinstance(layer, nn.Conv2d)
        here, weight = f"{name}.{number}", _array(layer.weight)
        assert layer.bias is not None
        if number == 0:
            both = graph.array(f"{here}.told.bias", layer.bias + block.tell.bias)
            of_wear = graph.gemm(f"{here}.told", told, _array(block.tell.weight), both)
            bias = graph.node("Squeeze", [of_wear], f"{here}.bias")
        else:
            bias = graph.array(f"{here}.bias", layer.bias)
        y = graph.conv(here, y, weight, bias)
        if number + 1 < len(block.layers):
            y = graph.leaky(y)
    return graph.node("Add", [graph.cut(x, len(block.layers)), y], f"{name}.sum")


def _transforms() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The matrices from RGB to Y, Cb, Cr and back."""
    columns = np.eye(3)[None]
    zero = np.zeros((1, 1, 3))
    into = (rgb_to_ycbcr(columns) - rgb_to_ycbcr(zero))[0].T
    return into, np.linalg.inv(into)


class _Graph:
    """The nodes and arrays of a graph as they are written."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def array(self, name: str, values: NDArray[Any] | Tensor | None) -> str:
        from onnx import numpy_helper

        assert values is not None
        stored = _array(values) if isinstance(values, Tensor) else np.asarray(values)
        stored = stored.astype(np.float32) if stored.dtype.kind == "f" else stored
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(stored), name))
        return name

    def conv(self, name: str, x: str, weight: NDArray[Any], bias: str = "") -> str:
        kernel = list(weight.shape[2:])
        inputs = [x, self.array(f"{name}.weight", weight), *([bias] if bias else [])]
        return self.node("Conv", inputs, name, kernel_shape=kernel, strides=[1, 1], pads=[0, 0, 0, 0])

    def gemm(self, name: str, x: str, weight: NDArray[Any], bias: str = "") -> str:
        inputs = [x, self.array(f"{name}.weight", weight), *([bias] if bias else [])]
        return self.node("Gemm", inputs, name, transB=1)

    def leaky(self, x: str) -> str:
        return self.node("LeakyRelu", [x], f"{x}.active", alpha=SLOPE)

    def cut(self, x: str, margin: int) -> str:
        ends = {"starts": [margin, margin], "ends": [-margin, -margin], "axes": [2, 3]}
        numbers = [self.array(f"{x}.{margin}.{key}", np.array(value, np.int64)) for key, value in ends.items()]
        return self.node("Slice", [x, *numbers], f"{x}.{margin}.middle")

    def proto(self, name: str, planes: int) -> Any:
        from onnx import TensorProto, helper

        def value(name: str, *sizes: int | str) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)

        inputs = [value("x", "n", planes, "height", "width"), value(WEAR, 1, WEAR_PLANES)]
        return helper.make_graph(
            self.nodes, name, inputs, [value("y", "n", planes, "height_out", "width_out")], self.arrays
        )


def _array(tensor: Tensor | None) -> NDArray[np.float64]:
    assert tensor is not None
    return tensor.detach().numpy().astype(np.float64)
