"""A torch network as an ONNX graph: its operations traced and written one by one, any batch, height and width."""

import operator
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from srcnn.errors import WeightsError
from srcnn.nets.residual import ZeroSumConv2d

OPSET = 17
_KINDS: dict[Any, str] = {operator.add: "Add", torch.relu: "Relu", torch.tanh: "Tanh"}


def graph_of(net: nn.Module, name: str, channels: int) -> Any:
    """The `onnx.GraphProto` of a network of convolutions, activations, sums, slices and pixel shuffles.

    Its input is ``x`` (n, channels, height, width), its output ``y``.

    Parameters
    ----------
    net : Module
        In evaluation mode, its weights on the CPU.
    name : str
        The graph's.
    channels : int
        Planes of its input.

    Returns
    -------
    onnx.GraphProto
        Of operations in opset `OPSET`.

    Raises
    ------
    WeightsError
        If the network does anything else.
    """
    from onnx import TensorProto, helper

    traced = fx.GraphModule(net, _Tracer().trace(net))
    modules = dict(traced.named_modules())
    writer = _Writer()
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            writer.values[node] = "x"
        elif node.op == "output":
            writer.nodes[-1].output[0] = "y"
        elif node.op == "call_module":
            writer.module(node, modules[str(node.target)])
        else:
            writer.function(node)
    return helper.make_graph(
        writer.nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", channels, "height", "width"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", channels, "height_out", "width_out"])],
        writer.weights,
    )


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d | nn.PReLU) or super().is_leaf_module(m, module_qualified_name)


class _Writer:
    """The nodes and weights of a graph as they are written."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.values: dict[fx.Node, str] = {}

    def module(self, node: fx.Node, module: nn.Module) -> None:
        match module:
            case nn.Conv2d() | nn.ConvTranspose2d():
                pads = [int(p) for p in module.padding] * 2
                attributes: dict[str, Any] = {
                    "kernel_shape": list(module.kernel_size),
                    "strides": list(module.stride),
                    "pads": pads,
                }
                kind = "Conv"
                if isinstance(module, nn.ConvTranspose2d):
                    kind = "ConvTranspose"
                    attributes["output_padding"] = [int(p) for p in module.output_padding]
                assert module.bias is not None
                weight = module.zero_sum() if isinstance(module, ZeroSumConv2d) else module.weight
                extra = [
                    self._weight(f"{node.target}.weight", weight),
                    self._weight(f"{node.target}.bias", module.bias),
                ]
                self._add(node, kind, extra, **attributes)
            case nn.PReLU():
                self._add(node, "PRelu", [self._weight(f"{node.target}.weight", module.weight[:, None, None])])
            case nn.PixelShuffle():
                self._add(node, "DepthToSpace", blocksize=module.upscale_factor, mode="CRD")
            case _:
                raise WeightsError(f"cannot write {type(module).__name__} to ONNX")

    def function(self, node: fx.Node) -> None:
        if node.target in _KINDS:
            self._add(node, _KINDS[node.target])
        elif node.target is functional.leaky_relu:
            self._add(node, "LeakyRelu", alpha=node.kwargs["negative_slope"])
        elif node.target is operator.getitem:
            index: Any = node.args[1]
            (top, bottom), (left, right) = ((part.start, part.stop) for part in index[-2:])
            ends = {"starts": (top, left), "ends": (bottom, right), "axes": (2, 3)}
            self._add(
                node, "Slice", [self._weight(f"{node.name}.{key}", torch.tensor(value)) for key, value in ends.items()]
            )
        else:
            raise WeightsError(f"cannot write {node.target} to ONNX")

    def _add(self, node: fx.Node, kind: str, extra: list[str] | None = None, **attributes: Any) -> None:
        from onnx import helper

        inputs = [self.values[value] for value in node.args if isinstance(value, fx.Node)]
        self.values[node] = node.name
        self.nodes.append(helper.make_node(kind, [*inputs, *(extra or [])], [node.name], **attributes))

    def _weight(self, name: str, tensor: torch.Tensor) -> str:
        from onnx import numpy_helper

        self.weights.append(numpy_helper.from_array(tensor.detach().contiguous().numpy(), name))
        return name
