"""A network and itself turned by 180 degrees, averaged in one graph.

The mean over flips and rotations of an image (``+tta``) takes eight times as long as the network.
Most of what it gains, the first two of the eight give: the image as it is, and turned by 180 degrees.
A graph can hold both: the layers are used twice with the same weights, the second time on the turned image, and the
last layer reads the features of both, its filters for the second ones turned, and halved for the mean.

Timofte et al., *Seven ways to improve example-based single image super resolution*, CVPR 2016, for the mean.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.training.graph_editor import GraphEditor, named_numbers
from srcnn.weights.card import Card

_PREFIX = "turned."
_BOTH = f"{_PREFIX}both"
_FROM_THE_END = -(2**31)  # past the first row or column, whatever their number


def turned(data: bytes, card: Card) -> tuple[bytes, Card]:
    """The mean of a network and of itself turned by 180 degrees, as a network of the same kind.

    Parameters
    ----------
    data : bytes
        An ONNX file from `srcnn.training.export.to_onnx`, of a network on luma at low resolution.
    card : Card
        What it is.

    Returns
    -------
    bytes
        The file; it takes twice as long, and hardly more bytes.
    Card
        Its card, which says so.

    Raises
    ------
    WeightsError
        If the network works on colours or on the enlarged image, or does not end in a convolution before a pixel
        shuffle.
    """
    import onnx

    model = onnx.load_from_string(data)
    graph = GraphEditor(model.graph)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    if (card.channels, card.input_size) != ("luma", "lr") or graph.maker("y").op_type != "DepthToSpace":
        raise WeightsError(
            f"the network {card.name!r} cannot be averaged with itself turned: expected one on luma at low resolution "
            "that ends in a pixel shuffle"
        )
    last = convolutions[-1]
    at = list(model.graph.node).index(last)
    body, end = list(model.graph.node)[:at], list(model.graph.node)[at:]
    del model.graph.node[at:]
    features = last.input[0]
    made = {"x": _reversed(graph, "x")}
    for node in body:
        copy = model.graph.node.add()
        copy.CopyFrom(node)
        copy.input[:] = [made.get(name, name) for name in node.input]
        made |= {name: _PREFIX + name for name in node.output}
        copy.output[:] = [made[name] for name in node.output]
    both = graph.node("Concat", [features, _reversed(graph, made[features])], _BOTH, axis=1)
    weight, bias = graph.read(last.input[1]), graph.read(last.input[2])
    # Turned, the pixels that an input pixel becomes stand in the opposite order, and so do the rows of a filter.
    graph.replace(last.input[1], np.concatenate([weight, weight[::-1, :, ::-1, ::-1]], axis=1) / 2)
    graph.replace(last.input[2], (bias + bias[::-1]) / 2)
    last.input[0] = both
    model.graph.node.extend(end)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    architecture = f"{card.architecture}; mean with itself turned by 180 degrees"
    return model.SerializeToString(), replace(card, architecture=architecture, parameters=card.parameters + weight.size)


def unturned(weight: NDArray[np.float32], source: str) -> NDArray[np.float32]:
    """The filters that a layer had before `turned`.

    Parameters
    ----------
    weight : (out, n, k, k) array
        Those that it has.
    source : str
        The name of what it reads in the graph.

    Returns
    -------
    array
        Its own: of half as many inputs where it reads the features of both, otherwise those that it has.
    """
    return 2 * weight[:, : weight.shape[1] // 2] if source == _BOTH else weight


def _reversed(graph: GraphEditor, value: str) -> str:
    """Planes turned by 180 degrees."""
    name = f"{value}.reversed"
    ends = {"starts": [-1, -1], "ends": [_FROM_THE_END] * 2, "axes": [2, 3], "steps": [-1, -1]}
    return graph.node("Slice", [value, *named_numbers(graph, name, **ends)], name)
