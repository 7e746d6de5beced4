"""What the page must know of a network: a finished chain of convolutions, taken out of its ONNX file.

The page computes a pixel at a time, so the blocks of the file's last layer are undone; see `srcnn.weights.blocks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from srcnn.engine.onnx_graph import Graph, Node, block_of, bounds, read_graph
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.weights.blocks import narrowed, unshuffled
from srcnn.weights.card import Card

AROUND = 3  # LR pixels to either side of a result that it is compared in
_TAPS = 2  # LR pixels to either side that a downscaled pixel is made of
_AGREE = "bound.agree."
_OUTPUT = "lr", "luma"


@dataclass(frozen=True, eq=False)
class Layer:
    """A valid convolution: weights (out, in, k, k) and bias (out,)."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, eq=False)
class Chain:
    """A network for luma at low resolution, and how its result is made to agree with its input.

    Attributes
    ----------
    scale : int
        Upscaling factor.
    slope : float
        Of the leaky ReLU after every layer but the last.
    layers : tuple of Layer
        The last makes ``scale ** 2`` channels, to be shuffled.
    own : (scale²,) array
        What every output pixel takes of its input pixel.
    line : (5, scale) array
        Weights of bicubic downscaling along an axis: of an input pixel's neighbours, of the output pixels in them.
    remainder : (5, 5) array
        What repeated pixels lack of agreement, as a filter of the image.
    share, slack : float
        The disagreement that is allowed: a share of what repeated pixels leave, and some in any case.
    block : int
        Pixels per side of the blocks whose range bounds the result.
    """

    scale: int
    slope: float
    layers: tuple[Layer, ...]
    own: Floats
    line: Floats
    remainder: Floats
    share: float
    slack: float
    block: int

    @property
    def halo(self) -> int:
        """LR pixels to either side of a result that it depends on."""
        return sum(int(layer.weights.shape[2]) // 2 for layer in self.layers) + AROUND


def read_chain(data: bytes, card: Card) -> Chain:
    """Read a shipped network as a chain.

    Parameters
    ----------
    data : bytes
        Its ONNX file.
    card : Card
        What it is.

    Returns
    -------
    Chain
        All that the page needs.

    Raises
    ------
    WeightsError
        If it is another kind of network than a finished plain one.
    """
    if card.wear or (card.input_size, card.channels) != _OUTPUT:
        raise _no_chain(card)
    graph = read_graph(data)
    layers = [node for node in graph.nodes if not bounds(node) and node.kind in ("Conv", "LeakyRelu")]
    convolutions, activations = layers[::2], layers[1::2]
    slopes = {node.factors.get("alpha") for node in activations}
    alternate = all(_follows(one, other) for one, other in pairwise(layers))
    if not alternate or len(convolutions) != len(activations) + 1 or len(slopes) != 1:
        raise _no_chain(card)
    if convolutions[0].kind != "Conv" or f"{_AGREE}share" not in graph.arrays:
        raise _no_chain(card)
    last = convolutions[-1]
    block, scale = _block(last, graph, card)
    weights, bias = (graph.arrays[name] for name in last.inputs[1:])
    end = Layer(narrowed(weights, block, scale), unshuffled(bias, block, scale)[:, 0, 0])
    return Chain(
        scale=scale,
        slope=float(slopes.pop() or 0),
        layers=(*(Layer(*(graph.arrays[n] for n in node.inputs[1:])) for node in convolutions[:-1]), end),
        own=narrowed(graph.arrays["plane.weight"], block, scale).reshape(-1),
        line=_line(graph.arrays, scale, block),
        remainder=narrowed(graph.arrays[f"{_AGREE}remainder"], block)[0, 0],
        share=float(graph.arrays[f"{_AGREE}share"].item()),
        slack=float(graph.arrays[f"{_AGREE}slack"].item()),
        block=block,
    )


def _no_chain(card: Card) -> WeightsError:
    return WeightsError(
        f"the network {card.name!r} cannot be put into a page: expected a finished plain network, convolutions with "
        "one leaky ReLU between them"
    )


def _follows(one: Node, other: Node) -> bool:
    return one.kind != other.kind and other.inputs[0] == one.outputs[0]


def _block(last: Node, graph: Graph, card: Card) -> tuple[int, int]:
    block, scale = block_of(last, graph)
    return (block, scale) if block > 1 else (1, card.scale)


def _line(arrays: Mapping[str, Floats], scale: int, block: int) -> Floats:
    """The weights of an axis out of the filters for a block, which hold them once for every pixel of it."""
    along = arrays[f"{_AGREE}along.weights"]
    axis = along.reshape(scale * block, block, scale * block, scale * block, -1)[0, :, 0]
    line = np.zeros((2 * _TAPS + 1, scale), np.float32)
    for neighbour in range(len(line)):
        step, row = divmod(neighbour - _TAPS, block)
        middle = axis.shape[2] // 2
        line[neighbour] = axis[0, row * scale : (row + 1) * scale, step + middle]
    return line
