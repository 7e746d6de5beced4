"""The layers of a network: kernels, channels, parameters, and multiplications per pixel of the result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_graph import Graph, Node, block_of, bounds, read_graph
from srcnn.errors import OptionError, WeightsError
from srcnn.methods import resolve
from srcnn.methods.base import TTA
from srcnn.methods.model_file import card_of, is_file
from srcnn.methods.network import read_network
from srcnn.text_table import aligned
from srcnn.weights.blocks import narrowed
from srcnn.weights.card import Card

SCALE = 3

_KINDS = {
    "Conv": "convolution",
    "ConvTranspose": "transposed convolution",
    "DepthToSpace": "pixel shuffle",
    "Add": "sum",
    "Concat": "concatenation",
    "Relu": "ReLU",
    "LeakyRelu": "leaky ReLU",
    "PRelu": "PReLU",
    "Tanh": "tanh",
}
_ACTIVATIONS = frozenset({"Relu", "LeakyRelu", "PRelu", "Tanh"})


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: a convolution with the activation after it, or a step without weights."""

    kind: str
    value: str  # name of its output in the graph
    channels: tuple[int, int]  # in, out
    kernel: tuple[int, ...] = ()  # height and width; none for a step without weights
    parameters: int = 0
    multiplications: Fraction = Fraction(0)  # of the convolution, per pixel of the result of the network
    magnified: Fraction = Fraction(1)  # side of its output relative to that of the input of the network
    weights: NDArray[np.float32] | None = None
    block: int = 1  # rows and columns of its output that the file computes as channels (srcnn.weights.blocks)
    scale: int = 1  # of the pixel shuffle after such a layer


@dataclass(frozen=True)
class NetworkSummary:
    """A network and its layers."""

    card: Card
    data: bytes  # the ONNX file
    graph: Graph
    layers: tuple[Layer, ...]

    @property
    def convolutions(self) -> tuple[Layer, ...]:
        """The layers with weights."""
        return tuple(layer for layer in self.layers if layer.kernel)


def summarise(name: str, scale: int | None = None) -> NetworkSummary:
    """Read a network.

    Parameters
    ----------
    name : str
        A shipped network's name, an alias, or an ONNX file that srcnn made.
    scale : int, optional
        A file's own, or 3, when not given.

    Returns
    -------
    NetworkSummary
        What the file says.

    Raises
    ------
    OptionError
        If there is no such model, not at this scale, or it is not a network.
    WeightsError
        If the file is damaged, or has operations that srcnn's networks do not have.
    """
    known = resolve(name).removesuffix(TTA)
    if known == "bicubic":
        raise OptionError("'bicubic' is not a network: there is nothing trained in it to inspect")
    if scale is None:
        scale = card_of(known).scale if is_file(known) else SCALE
    data, card = read_network(known, scale)
    data = knowing(data, card)
    graph = read_graph(data)
    return NetworkSummary(card, data, graph, layers_of(graph))


def layers_of(graph: Graph) -> tuple[Layer, ...]:
    """The layers of a graph in order.

    Each weight of a convolution is multiplied once per *output* pixel, and that of a transposed convolution once per
    *input* pixel; on the low-resolution image that is 1 / scale² times per pixel of the result.

    Parameters
    ----------
    graph : Graph
        Of the file.

    Returns
    -------
    tuple of Layer
        In their order.

    Raises
    ------
    WeightsError
        If there is an operation that srcnn's networks do not have.
    """
    layers: list[Layer] = []
    magnified = {graph.input: Fraction(1)}
    channels: dict[str, int] = {}
    parted = 1  # pixels a side of the result that the bound sees as channels
    counted: set[str] = set()  # arrays that an earlier layer has: a network may use its layers twice
    for node in graph.nodes:
        source, made = node.inputs[0], node.outputs[0]
        if bounds(node):  # not a layer: part of the bound on the result
            if node.kind == "SpaceToDepth":
                parted = node.settings["blocksize"][0]
            if source in channels:
                magnified[made], channels[made] = magnified[source], channels[source]
            continue
        if node.kind == "DepthToSpace" and parted > 1:  # joins again what was parted for the bound
            magnified[made], channels[made] = magnified[source], channels[source]
            continue
        if source not in magnified:
            raise WeightsError(
                f"the network's operation {node.kind} reads {source!r}, which no earlier operation produces"
            )
        if node.kind in _ACTIVATIONS:
            slopes = sum(graph.arrays[name].size for name in node.inputs[1:] if name in graph.arrays)
            before = next((i for i, layer in enumerate(layers) if layer.value == source), None)
            if before is None:
                raise WeightsError(
                    f"the network's operation {node.kind} does not follow a layer, as it does in srcnn's networks"
                )
            layer = layers[before]
            kind = f"{layer.kind}, {_KINDS[node.kind]}"
            layers[before] = replace(layer, kind=kind, value=made, parameters=layer.parameters + slopes)
            magnified[made], channels[made] = magnified[source], channels[source]
            continue
        if node.kind == "Slice":  # crops a frame, so that sizes match
            magnified[made], channels[made] = magnified[source], channels.get(source, 0)
            continue
        layer = _layer(node, graph, magnified[source], [channels.get(name, 0) for name in node.inputs])
        if layer.kernel and node.inputs[1] in counted:
            layer = replace(layer, parameters=0)
        counted.update(node.inputs[1:])
        if (
            node.kind == "DepthToSpace"
            and (wide := next((i for i, x in enumerate(layers) if x.block > 1), None)) is not None
        ):
            # It also rearranges the blocks of a widened layer.
            blocksize, last = node.settings["blocksize"][0], layers[wide]
            ends = (channels[source], channels[source] * last.block**2 // blocksize**2)
            layer = replace(layer, magnified=magnified[source] * (blocksize // last.block), channels=ends)
            if blocksize == last.block:
                layers[wide] = replace(last, value=made)
                magnified[made], channels[made] = layer.magnified, channels[source]
                continue
        layers.append(layer)
        magnified[made], channels[made] = layer.magnified, layer.channels[1]
    if graph.output not in magnified:
        raise WeightsError("no operation of the network produces its output")
    pixels = magnified[graph.output] ** 2
    return tuple(replace(layer, multiplications=layer.multiplications / pixels) for layer in layers)


def total(layers: Sequence[Layer]) -> tuple[int, Fraction]:
    """Total parameters, and total multiplications per pixel of the result.

    Parameters
    ----------
    layers : sequence of Layer
        Of one network.

    Returns
    -------
    (int, Fraction)
        Parameters and multiplications.
    """
    return sum(layer.parameters for layer in layers), sum((layer.multiplications for layer in layers), Fraction(0))


def table(layers: Sequence[Layer]) -> str:
    """The layers as lines of text, with totals at the end.

    Parameters
    ----------
    layers : sequence of Layer
        Of one network.

    Returns
    -------
    str
        Without a line's end at the end.
    """
    rows = [("layer", "what it does", "kernel", "channels", "parameters", "multiplications")]
    number = 0
    for layer in layers:
        number += bool(layer.kernel)
        ends = "-".join(map(str, layer.channels))
        if layer.kernel:
            kernel = "x".join(map(str, layer.kernel))
            rows.append((str(number), layer.kind, kernel, ends, f"{layer.parameters:,}", _cost(layer.multiplications)))
        else:
            rows.append(("", layer.kind, "", ends, "", ""))
    parameters, multiplications = total(layers)
    rows.append(("", "all", "", "", f"{parameters:,}", _cost(multiplications)))
    return aligned(rows, left=(1, 3))


def _layer(node: Node, graph: Graph, magnified: Fraction, sources: Sequence[int]) -> Layer:
    kind, made, channels = _KINDS.get(node.kind, node.kind), node.outputs[0], max(sources)
    match node.kind:
        case "Conv" | "ConvTranspose":
            arrays = [graph.arrays[name] for name in node.inputs[1:] if name in graph.arrays]
            if not arrays or arrays[0].ndim != 4 or len(arrays) != len(node.inputs) - 1:
                raise WeightsError(
                    f"the weights of the network's operation {node.kind} are not arrays of 32-bit floats in its file"
                )
            block, scale = block_of(node, graph)
            if block > 1:
                arrays = [narrowed(arrays[0], block, scale), arrays[1][:: block**2]]
            weights = arrays[0]
            group, stride = node.settings.get("group", (1,))[0], node.settings.get("strides", (1, 1))[0] // block
            transposed = node.kind == "ConvTranspose"
            after = magnified * stride if transposed else magnified / stride
            ends = (
                (weights.shape[0], weights.shape[1] * group)
                if transposed
                else (weights.shape[1] * group, weights.shape[0])
            )
            cost = weights.size * (magnified if transposed else after) ** 2
            return Layer(
                kind, made, ends, weights.shape[2:], sum(a.size for a in arrays), cost, after, weights, block, scale
            )
        case "DepthToSpace":
            block = node.settings["blocksize"][0]
            return Layer(kind, made, (channels, channels // block**2), magnified=magnified * block)
        case "Add":
            return Layer(kind, made, (channels, channels), magnified=magnified)
        case "Concat":
            return Layer(kind, made, (channels, sum(sources)), magnified=magnified)
        case _:
            raise WeightsError(
                f"cannot inspect a network with the operation {node.kind}; srcnn's have {', '.join(_KINDS)}"
            )


def _cost(multiplications: Fraction) -> str:
    return f"{float(multiplications):,.1f}".removesuffix(".0")
