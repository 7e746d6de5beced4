"""What the page must know of a network: a finished chain of convolutions, taken out of its ONNX file.

The page computes a pixel at a time, so the blocks of the file's last layer are undone; see `srcnn.weights.blocks`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from srcnn.engine.conditioned import WEAR
from srcnn.engine.onnx_graph import Graph, Node, block_of, bounds, read_graph
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.weights.blocks import narrowed, unshuffled
from srcnn.weights.card import Card

AROUND = 3  # LR pixels to either side of a result that it is compared in
_TAPS = 2  # LR pixels to either side that a downscaled pixel is made of
_AGREE = "bound.agree."
_IMAGE = -1  # in place of the number of a layer
_WHITEST = "bound.whitest"  # the largest result of all
_UNKNOWN = ("plane.less", "plane.offset", "bound.constant")  # arrays of endings that the page does not compute


@dataclass(frozen=True, eq=False)
class Layer:
    """A valid convolution.

    Attributes
    ----------
    weights : (out, in, k, k) array
        Its filters.
    bias : (out,) array
        What is added to each of them; where there is ``told``, before the wear is known.
    active : bool
        Whether a leaky ReLU follows.
    adds : int or None
        The layer before, by its number, whose result is added to this one's.
    told : (out, n) array or None
        What the wear, as `Chain.told` makes it, adds to the bias.
    """

    weights: Floats
    bias: Floats
    active: bool = False
    adds: int | None = None
    told: Floats | None = None


@dataclass(frozen=True, eq=False)
class Agreement:
    """How a result is made to agree with its input.

    Attributes
    ----------
    line : (5, scale) array
        Weights of bicubic downscaling along an axis: of an input pixel's neighbours, of the output pixels in them.
    remainder : (5, 5) array
        What repeated pixels lack of agreement, as a filter of the image.
    share, slack : float
        The disagreement that is allowed: a share of what repeated pixels leave, and some in any case.
    """

    line: Floats
    remainder: Floats
    share: float
    slack: float


@dataclass(frozen=True, eq=False)
class Told:
    """What the first numbers, that tell the wear, become: ``leaky(weights @ wear + bias)``."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, eq=False)
class Chain:
    """A network at low resolution.

    Attributes
    ----------
    scale : int
        Upscaling factor.
    planes : int
        1 for luma, 3 for RGB.
    slope : float
        Of the leaky ReLU.
    layers : tuple of Layer
        Each takes the result of the one before; the last makes ``planes * scale ** 2`` channels, to be shuffled.
    own : (planes * scale²,) array
        What every output pixel takes of its input pixel.
    block : int
        Pixels per side of the blocks whose range bounds the result.
    beyond : float
        How far any result may leave [0, 1].
    agreement : Agreement or None
        None for a network that takes wear away.
    told : Told or None
        None for a network that is not told the wear.
    """

    scale: int
    planes: int
    slope: float
    layers: tuple[Layer, ...]
    own: Floats
    block: int
    beyond: float
    agreement: Agreement | None = None
    told: Told | None = None

    @property
    def halo(self) -> int:
        """LR pixels to either side of a result that it depends on."""
        return sum(int(layer.weights.shape[2]) // 2 for layer in self.layers) + (AROUND if self.agreement else 0)


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
        If it is another kind of network than a finished plain or residual one.
    """
    graph = read_graph(data, told=(WEAR,) if card.wear else ())
    found = _Found(graph)
    sound = all(map(found.take, (node for node in graph.nodes if not bounds(node))))
    agrees = f"{_AGREE}share" in graph.arrays
    kinds = card.input_size == "lr" and agrees == (card.channels == "luma") and card.wear == (found.told is not None)
    known = _WHITEST in graph.arrays and not any(name in graph.arrays for name in _UNKNOWN)
    if not sound or not kinds or len(found.slopes) != 1 or not known:
        raise _no_chain(card)
    block, scale = block_of(found.last, graph)
    scale = scale if block > 1 else card.scale
    planes = 1 if agrees else 3
    end = found.layers[-1]
    end = replace(end, weights=narrowed(end.weights, block, scale), bias=unshuffled(end.bias, block, scale)[:, 0, 0])
    own = narrowed(graph.arrays["plane.weight"], block, scale).reshape(planes, scale**2, planes)
    chain = Chain(
        scale=scale,
        planes=planes,
        slope=found.slopes.pop(),
        layers=(*found.layers[:-1], end),
        own=own[range(planes), :, range(planes)].reshape(-1),
        block=block,
        beyond=float(graph.arrays[_WHITEST].item()) - 1,
        agreement=_agreement(graph.arrays, scale, block) if agrees else None,
        told=found.told,
    )
    if len(end.weights) != planes * scale**2 or end.active or chain.halo > card.halo:
        raise _no_chain(card)
    return chain


class _Found:
    """Layers as the operations of a file are read in their order."""

    def __init__(self, graph: Graph) -> None:
        self._arrays = graph.arrays
        self._made = {graph.input: _IMAGE}  # values that a layer made, by its number
        self._biases: dict[str, tuple[Floats, Floats]] = {}
        self._wear = {WEAR}  # values made of the wear alone
        self.layers: list[Layer] = []
        self.slopes: set[float] = set()
        self.told: Told | None = None

    def take(self, node: Node) -> bool:
        """Read one operation; False if it is none of a chain's."""
        rules: dict[str, Callable[[Node], bool]] = {
            "Conv": self._conv,
            "LeakyRelu": self._leaky,
            "Add": self._add,
            "Slice": self._slice,
            "Gemm": self._gemm,
            "Squeeze": self._squeeze,
            "DepthToSpace": lambda node: True,
        }
        return node.kind in rules and rules[node.kind](node)

    def _conv(self, node: Node) -> bool:
        source, weights, *bias = node.inputs
        if self._made.get(source) != len(self.layers) - 1 or len(bias) != 1:
            return False
        told, base = self._biases.get(bias[0], (None, self._arrays.get(bias[0])))
        if base is None:
            return False
        self.layers.append(Layer(self._arrays[weights], base, told=told))
        self._made[node.outputs[0]] = len(self.layers) - 1
        self.last = node
        return True

    def _leaky(self, node: Node) -> bool:
        self.slopes.add(node.factors.get("alpha", 0.01))
        if node.inputs[0] in self._wear:
            self._wear.add(node.outputs[0])
            return True
        return self._change(node, active=True)

    def _add(self, node: Node) -> bool:
        earlier, last = (self._made.get(name) for name in node.inputs)
        if earlier is None or last is None:
            return node.inputs[1].startswith("plane.")  # the input's own pixel, at the end
        return not self.layers[-1].active and self._change(node, made=last, adds=earlier)

    def _change(self, node: Node, made: int | None = None, **how: bool | int) -> bool:
        """The last layer's result is worked on."""
        made = self._made.get(node.inputs[0]) if made is None else made
        if made != len(self.layers) - 1 or made == _IMAGE:
            return False
        self.layers[-1] = replace(self.layers[-1], **how)  # type: ignore[arg-type]
        self._made[node.outputs[0]] = made
        return True

    def _slice(self, node: Node) -> bool:
        # A valid convolution leaves the middle of what it took: planes are cut to be added.
        made = self._made.get(node.inputs[0])
        if made is not None and made != _IMAGE:
            self._made[node.outputs[0]] = made
        return True

    def _gemm(self, node: Node) -> bool:
        source, *names = node.inputs
        if source not in self._wear or len(names) != 2 or node.settings.get("transB") != (1,):
            return False
        weights, bias = (self._arrays[name] for name in names)
        if source == WEAR:
            self.told = Told(weights, bias)
            self._wear.add(node.outputs[0])
        else:
            self._biases[node.outputs[0]] = weights, bias
        return True

    def _squeeze(self, node: Node) -> bool:
        self._biases[node.outputs[0]] = self._biases.get(node.inputs[0], (np.zeros(0), np.zeros(0)))
        return node.inputs[0] in self._biases


def _no_chain(card: Card) -> WeightsError:
    return WeightsError(
        f"the network {card.name!r} cannot be put into a page: expected a finished plain or residual network, "
        "convolutions with one leaky ReLU between them"
    )


def _agreement(arrays: Mapping[str, Floats], scale: int, block: int) -> Agreement:
    return Agreement(
        line=_line(arrays, scale, block),
        remainder=narrowed(arrays[f"{_AGREE}remainder"], block)[0, 0],
        share=float(arrays[f"{_AGREE}share"].item()),
        slack=float(arrays[f"{_AGREE}slack"].item()),
    )


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
