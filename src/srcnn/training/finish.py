"""A network's file made complete: greys settled, results bounded, the last layer as fast as any engine runs it.

All of it is done once, when the file is written, and stands in the file: any runtime that reads ONNX gives the same
pixels.

- *Settled.* A network answers an area of grey g with g + e(g), and e is rarely zero.
  The straight line closest to e is taken off: its constant from the last layer's bias, its slope by way of the input's
  own pixel.
  Some networks have another e where there is no noise at all: what it differs by is taken off there, and fades as the
  local range grows.
- *Agreeing.* A network at low resolution is believed where its result, downscaled again, is near the input, and what is
  missing is added: see `srcnn.training.agreement`.
- *Bounded.* A result may leave the range of the input's nearest pixels by that range itself, to both sides, and no
  further; nor may it leave [0, 1] by more than bicubic enlargement does (a half, for RGB).
  So nothing can explode, however far from a photograph the input is, and a flat area comes out flat and equal to the
  bit.
- *Widened.* The last layer makes one value a pixel (three for RGB, four at x2), while a processor computes 8 or 16 at
once.
  A block of output pixels as the channels of one strided convolution fills its lanes with the same sums; a pixel
  shuffle puts them back.
  A block that reaches beyond the image is cut: an input of any size makes all of its output.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_file import CARD_KEY
from srcnn.engine.onnx_graph import read_graph
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.training.agreement import REACH, trusted, whole_blocks
from srcnn.training.bounding import (
    PLANE,
    PREFIX,
    clipped,
    flat_errors,
    for_each_channel,
    image_planes,
    limits,
    nearest_range,
)
from srcnn.training.graph_editor import GraphEditor, cropped, in_blocks, named_numbers
from srcnn.training.greys import GreyErrors, grey_errors, planes_of
from srcnn.weights.blocks import shuffled, widened
from srcnn.weights.card import Card

_BLOCK = {"hr": 4, "lr": 2}  # rows and columns of output pixels that become channels, before a shuffle
_MOST_CHANNELS = 4  # of a last layer that is widened at low resolution: more fill a processor's lanes by themselves


@dataclass(frozen=True)
class _Ending:
    """How a network ends: a convolution, a sum with the input or none, a pixel shuffle by ``scale`` or none."""

    layer: Any  # its node
    scale: int
    summed: bool


def finish(data: bytes, card: Card) -> tuple[bytes, Card]:
    """Settle, bound and widen a network of valid convolutions, and make its result agree with its input.

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
    Card
        The card in it: the halo may have grown.

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
    graph = GraphEditor(model.graph)
    del model.graph.value_info[:]
    if (end := _cut_transposed(graph)) is not None:
        card = _seeing_more(card, 1)
        _close_transposed(graph, end, card, errors)
    else:
        ending = _take_end(graph, card)
        card = _seeing_more(card, _block(card, len(graph.read(ending.layer.input[1]))))
        _close(graph, card, ending, errors)
    onnx.checker.check_model(model, full_check=True)
    return with_card(model.SerializeToString(), card), card


def _seeing_more(card: Card, block: int) -> Card:
    """The card with what agreement looks at around a result."""
    return replace(card, halo=card.halo + REACH[block]) if _agrees(card) else card


def with_card(data: bytes, card: Card) -> bytes:
    """The same network with another card, e.g. one that measured scores were entered on.

    Parameters
    ----------
    data : bytes
        An ONNX file.
    card : Card
        The new card.

    Returns
    -------
    bytes
        A copy of the file.
    """
    import onnx
    from onnx import helper

    model = onnx.load_from_string(data)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    del model.metadata_props[:]
    helper.set_model_props(model, {**metadata, CARD_KEY: card.to_json()})
    changed: bytes = model.SerializeToString()
    return changed


def multiplications(data: bytes, card: Card) -> float:
    """Multiplications of the convolutions of a network that is not widened yet, for a pixel of the result.

    A convolution's weights are each multiplied once for every pixel that it makes, a transposed convolution's once for
    every pixel that it takes.

    Parameters
    ----------
    data : bytes
        Its ONNX file.
    card : Card
        Says what it takes, and the scale.

    Returns
    -------
    float
        For one pixel, whatever the number of channels.
    """
    pixels = 1 if card.input_size == "hr" else card.scale**2
    graph = read_graph(knowing(data, card))
    layers = [node.inputs[1] for node in graph.nodes if node.kind in ("Conv", "ConvTranspose")]
    return float(sum(graph.arrays[name].size for name in layers)) / pixels


def is_finished(data: bytes) -> bool:
    """Whether a file has been through `finish`.

    Parameters
    ----------
    data : bytes
        An ONNX file.

    Returns
    -------
    bool
        True if it holds a node that `finish` adds.
    """
    import onnx

    return any(name.startswith(PREFIX) for node in onnx.load_from_string(data).graph.node for name in node.output)


def _take_end(graph: GraphEditor, card: Card) -> _Ending:
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


def _close(graph: GraphEditor, card: Card, ending: _Ending, errors: GreyErrors) -> None:
    planes, scale, layer = planes_of(card), ending.scale, ending.layer
    weight = graph.read(layer.input[1])
    block = _block(card, len(weight))
    sides = in_blocks(block)
    image = image_planes(graph, planes)
    near = nearest_range(graph, image, card, block)
    graph.replace(layer.input[1], widened(weight, block, scale))
    settled = (graph.read(layer.input[2]) - errors.everywhere[:, 0])[:, None, None]
    graph.replace(layer.input[2], shuffled(np.tile(settled, (1, block, block)), scale))
    value = graph.node("Conv", layer.input, "wide", kernel_shape=[n + block - 1 for n in weight.shape[2:]], **sides)
    agrees = _agrees(card)  # which takes off flat areas what is wrong in them, too
    flat = flat_errors(graph, near, errors.flat) if errors.flat.any() and not agrees else None
    own = np.zeros((planes, scale**2, planes, 1, 1), np.float32)
    slopes = errors.everywhere[:, 1].reshape(planes, -1)
    own[range(planes), :, range(planes), 0, 0] = float(ending.summed or agrees) - slopes
    start = cropped(graph, image, f"{PLANE}middle", card.halo)
    if agrees:
        less = None if ending.summed else np.zeros(len(weight), np.float32)
        value, missing = _trusted(graph, value, card, own.reshape(-1), block, less)
        start = graph.node("Add", [whole_blocks(graph, start, block), missing], f"{PLANE}corrected")
    if flat and block == 1:
        start = graph.node("Sub", [start, flat], f"{PLANE}settled")
    own = widened(own.reshape(-1, planes, 1, 1), block, scale)
    arrays = [graph.array(f"{PLANE}weight", own), graph.array(f"{PLANE}bias", np.zeros(len(own), np.float32))]
    start = graph.node("Conv", [start, *arrays], f"{PLANE}own", kernel_shape=[block, block], **sides)
    value = graph.node("Add", [value, start], "sum" if ending.summed else f"{PREFIX}sum")
    if flat and block > 1:
        value = graph.node("Sub", [value, for_each_channel(graph, flat, planes, len(own))], f"{PREFIX}settled")
    ends = limits(graph, near, card)
    least, most = (for_each_channel(graph, name, planes, len(own)) for name in ends)
    value = clipped(graph, value, least, most, f"{PREFIX}lowered")
    if block == 1:
        graph.node("DepthToSpace", [value], "y", blocksize=scale, mode="CRD")
    else:
        value = graph.node("DepthToSpace", [value], "blocks", blocksize=scale * block, mode="CRD")
        _cut_to_size(graph, value, card, scale)


def _trusted(
    graph: GraphEditor, value: str, card: Card, own: Floats, block: int, less: Floats | None = None
) -> tuple[str, str]:
    """What a network adds to repeated pixels, where it agrees with its input, and what is missing in the input.

    A network that does not begin from the input's pixels makes all of the result: they, and ``less`` of each channel
    before the pixel shuffle, are taken off it.
    """
    around = cropped(graph, "x", f"{PLANE}around", card.halo - REACH[block])
    if less is not None:
        repeat = widened(np.full((card.scale**2, 1, 1, 1), -1, np.float32), block, card.scale)
        offset = shuffled(np.tile(-less[:, None, None], (1, block, block)), card.scale)
        arrays = [graph.array(f"{PLANE}less", repeat), graph.array(f"{PLANE}offset", offset)]
        repeated = graph.node(
            "Conv", [around, *arrays], f"{PLANE}repeated", kernel_shape=[block, block], **in_blocks(block)
        )
        value = graph.node("Add", [value, repeated], f"{PREFIX}added")
    return trusted(graph, value, around, own, card.scale, block)


def _agrees(card: Card) -> bool:
    """Whether a network's result is to agree with its input: not that of one that takes wear away, and one that sees
    the image enlarged cannot be held to the image itself.
    """
    return card.input_size == "lr" and card.channels == "luma" and not card.wear


def _block(card: Card, channels: int) -> int:
    """Pixels per side of a block: those that the last layer's channels, before a shuffle, are too few for."""
    return _BLOCK[card.input_size] if card.input_size == "hr" or channels <= _MOST_CHANNELS else 1


def _cut_transposed(graph: GraphEditor) -> Any:
    """The slice of a transposed convolution that a network ends in, or that itself; None for other networks."""
    end = graph.maker("y")
    layer = graph.maker(end.input[0]) if end.op_type == "Slice" else end
    return end if layer is not None and layer.op_type == "ConvTranspose" else None


def _close_transposed(graph: GraphEditor, end: Any, card: Card, errors: GreyErrors) -> None:
    """A transposed convolution makes full size at once: its result is taken apart again into channels of a shuffle."""
    near = nearest_range(graph, "x", card, 1)
    end.output[0] = "unbounded"
    value = graph.node("SpaceToDepth", ["unbounded"], f"{PREFIX}channels", blocksize=card.scale)
    own = 1 - errors.everywhere[:, 1]
    value, missing = _trusted(graph, value, card, own, 1, errors.everywhere[:, 0])
    start = cropped(graph, "x", f"{PLANE}middle", card.halo)
    start = graph.node("Add", [start, missing], f"{PLANE}corrected")
    weight = graph.array(f"{PLANE}weight", own[:, None, None, None])
    start = graph.node("Conv", [start, weight], f"{PLANE}own", kernel_shape=[1, 1])
    value = graph.node("Add", [value, start], f"{PREFIX}sum")
    value = clipped(graph, value, *limits(graph, near, card), f"{PREFIX}lowered")
    graph.node("DepthToSpace", [value], "y", blocksize=card.scale, mode="CRD")


def _cut_to_size(graph: GraphEditor, value: str, card: Card, scale: int) -> None:
    """The result of an input of any size, of whole blocks that may reach beyond it."""
    size = graph.node("Shape", ["x"], f"{PREFIX}size", start=2, end=4)
    halo, factor, start, axes = named_numbers(
        graph, f"{PREFIX}size", halo=[2 * card.halo], scale=[scale], start=[0, 0], axes=[2, 3]
    )
    size = graph.node("Mul", [graph.node("Sub", [size, halo], f"{PREFIX}size.middle"), factor], f"{PREFIX}size.result")
    graph.node("Slice", [value, start, size, axes], "y")
