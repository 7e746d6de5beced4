"""The nodes of a finished network's graph that bound its result, and what they say of flat areas.

`srcnn.training.finish` puts them in; it says why.
"""

import numpy as np

from srcnn.engine.onnx_graph import BOUND
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.training.graph_editor import GraphEditor, cropped, sliced
from srcnn.weights.card import Card

_BEYOND, _BEYOND_OF_RGB = 19 / 64, 1 / 2
REACH = 1  # LR pixels to every side whose range bounds a result
_FAINT = 2 / 255  # range of the nearest pixels from which on an area is not flat any more
PREFIX, PLANE = BOUND


def image_planes(graph: GraphEditor, planes: int) -> str:
    """The planes of the input that are the image; after them come constant ones that tell a network something of it.

    Parameters
    ----------
    graph : GraphEditor
        Of a network; its input is ``x``.
    planes : int
        Planes of the image.

    Returns
    -------
    str
        The value's name.
    """
    inputs = int(graph.proto.input[0].type.tensor_type.shape.dim[1].dim_value)
    return "x" if inputs == planes else sliced(graph, "x", f"{PLANE}image", [0], [planes], [1])


def nearest_range(graph: GraphEditor, image: str, card: Card, block: int) -> tuple[str, str]:
    """For every block of the image the least and the largest of the nearest pixels.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    image : str
        The value that holds the image's planes, with the halo around it.
    card : Card
        Says halo and scale.
    block : int
        Pixels of the input per side of a block.

    Returns
    -------
    low, high : str
        Names of the values, one number for each plane and block.

    Raises
    ------
    WeightsError
        If the halo is narrower than what is looked at.
    """
    reach = (
        max(1, card.scale // 2) if card.input_size == "hr" else REACH
    )  # a block of 4 has half a LR pixel around it already
    if card.halo < reach:
        raise WeightsError(
            f"a network must see {reach} pixels around each to be bounded, the halo of {card.name!r} is {card.halo}"
        )
    more = card.halo - reach
    source = cropped(graph, image, f"{PREFIX}source", more) if more else image
    turned = graph.node("Neg", [source], f"{PREFIX}turned")
    high = _largest(graph, source, f"{PREFIX}high", 2 * reach + block, block)
    low = graph.node("Neg", [_largest(graph, turned, f"{PREFIX}depth", 2 * reach + block, block)], f"{PREFIX}low")
    return low, high


def _largest(graph: GraphEditor, value: str, name: str, window: int, step: int) -> str:
    """The largest values of windows, by rows and then by columns."""
    along = {"kernel_shape": [1, window], "strides": [1, step], "pads": [0, 0, 0, step - 1]}
    down = {"kernel_shape": [window, 1], "strides": [step, 1], "pads": [0, 0, step - 1, 0]}
    return graph.node("MaxPool", [graph.node("MaxPool", [value], f"{name}.rows", **along)], name, **down)


def beyond(card: Card) -> float:
    """How far any result may leave [0, 1].

    Bicubic enlargement of pixels in [0, 1] reaches 9/32 beyond, and what is made of luma is held to little more.
    A network that sees RGB enlarged needs more to come as near to its input as bicubic does, on checkers.

    Parameters
    ----------
    card : Card
        Of the network.

    Returns
    -------
    float
        A fraction that float32 holds exactly.
    """
    return _BEYOND_OF_RGB if card.channels == "rgb" and card.input_size == "hr" else _BEYOND


def limits(graph: GraphEditor, near: tuple[str, str], card: Card) -> tuple[str, str]:
    """The least and the largest value allowed: 2 low - high and 2 high - low, exact where both are equal.

    Neither is further from [0, 1] than `beyond` says.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    near : (str, str)
        What `nearest_range` gave.
    card : Card
        Of the network.

    Returns
    -------
    least, most : str
        Names of the values.
    """
    low, high = near
    blackest = graph.array(f"{PREFIX}blackest", np.array(-beyond(card), np.float32))
    whitest = graph.array(f"{PREFIX}whitest", np.array(1 + beyond(card), np.float32))
    least = graph.node("Sub", [graph.node("Add", [low, low], f"{PREFIX}low.twice"), high], f"{PREFIX}least.of.range")
    most = graph.node("Sub", [graph.node("Add", [high, high], f"{PREFIX}high.twice"), low], f"{PREFIX}most.of.range")
    least = graph.node("Max", [least, blackest], f"{PREFIX}least")
    return least, graph.node("Min", [most, whitest], f"{PREFIX}most")


def clipped(graph: GraphEditor, value: str, least: str, most: str, output: str) -> str:
    """A value kept within limits.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    value, least, most : str
        Names of the value and its limits.
    output : str
        The name of the result.

    Returns
    -------
    str
        ``output``.
    """
    return graph.node("Min", [graph.node("Max", [value, least], f"{PREFIX}raised"), most], output)


def flat_errors(graph: GraphEditor, near: tuple[str, str], line: Floats) -> str:
    """What is added to noise-free areas alone, for every block: all of it where the nearest pixels are equal, none from
    `_FAINT` on.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    near : (str, str)
        What `nearest_range` gave.
    line : (planes, 2) float array
        Constant and slope of what is added to a flat area, by its grey.

    Returns
    -------
    str
        The value's name.
    """
    low, high = near
    scalars = {"faint": -1 / _FAINT, "one": 1.0}
    faint, one = (graph.array(f"{PREFIX}{name}", np.array(value, np.float32)) for name, value in scalars.items())
    constant, slope = (
        graph.array(f"{PREFIX}{name}", line[None, :, i, None, None]) for i, name in enumerate(("constant", "slope"))
    )
    extent = graph.node("Mul", [graph.node("Sub", [high, low], f"{PREFIX}range"), faint], f"{PREFIX}share")
    share = graph.node("Relu", [graph.node("Add", [extent, one], f"{PREFIX}rest")], f"{PREFIX}flat")
    error = graph.node("Add", [graph.node("Mul", [high, slope], f"{PREFIX}rise"), constant], f"{PREFIX}line")
    return graph.node("Mul", [error, share], f"{PREFIX}error")


def for_each_channel(graph: GraphEditor, value: str, planes: int, channels: int) -> str:
    """Planes, each repeated for all channels that make it; one plane fits any number of channels as it is.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    value : str
        The planes' name.
    planes : int
        How many there are.
    channels : int
        A multiple of ``planes``.

    Returns
    -------
    str
        The name of the repeated planes.
    """
    if planes == 1:
        return value
    name = f"{PREFIX}each"
    if not any(i.name == name for i in graph.proto.initializer):
        graph.array(name, np.kron(np.eye(planes), np.ones((channels // planes, 1))).astype(np.float32)[..., None, None])
    return graph.node("Conv", [value, name], f"{value}.each", kernel_shape=[1, 1])
