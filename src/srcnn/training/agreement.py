"""The nodes of a finished network's graph that make its result agree with its input.

Downscaled again, a result should be the image that it was made from.
For a photograph it nearly is; for what a network has never seen (dithering, halftone, hot pixels) it may be anything.
So the graph downscales its own result by the protocol's bicubic, and looks at the difference from the input twice:

- *Trusted.* A network's result is the input, every pixel repeated, and what the network adds to it.
  Where that brings the downscaled result closer to the input than repeated pixels alone are, all of it is added; where
  it does not, little or nothing.
- *Corrected.* What is still missing is added to all output pixels of an input pixel: one step of back-projection.

A photograph is trusted everywhere, and gains a hundredth of a decibel by the correction.

Irani and Peleg, *Improving resolution by image registration*, CVGIP 1991, for back-projection.
"""

from fractions import Fraction

import numpy as np

from srcnn.image.arrays import Floats
from srcnn.image.resize import bicubic_taps
from srcnn.training.bounding import PLANE, PREFIX
from srcnn.training.graph_editor import GraphEditor, cropped, in_blocks
from srcnn.weights.blocks import widened

REACH = {1: 3, 2: 4}
"""LR pixels beyond a result that it depends on, by the pixels per side of a block: 2 that a downscaled pixel is made
of, 1 that is looked at around it; whole blocks.
"""
_TAPS = 2  # LR pixels to either side from which a downscaled pixel is made, at any scale
_SHARE = 0.3  # of the difference that repeated pixels leave: a network that leaves no more is trusted
_SLACK = 0.02  # that it may leave in any case, where pixels have values in [0, 1]


def downscaling(scale: int, block: int = 1) -> tuple[Floats, Floats]:
    """Bicubic downscaling as two convolutions over the channels before a pixel shuffle: along rows, then along columns.

    One convolution for both would take four times as long.

    Parameters
    ----------
    scale : int
        Upscaling factor.
    block : int
        Input pixels per side of a block.

    Returns
    -------
    along : (scale * block², scale² * block², 1, k) float32 array
        Filters for channels ordered as for a pixel shuffle by ``scale * block``.
    down : (block², scale * block², k, 1) float32 array
        Filters for what the first ones make; what these make is ordered as for a pixel shuffle by ``block``.
    """
    rows = scale * block
    axis = _line(scale, block).astype(np.float32)
    along = np.einsum("rp,qct->rqpct", np.eye(rows, dtype=np.float32), axis)
    down = np.einsum("prs,qc->pqrcs", axis, np.eye(block, dtype=np.float32))
    return (
        np.ascontiguousarray(along.reshape(rows * block, rows**2, 1, -1)),
        np.ascontiguousarray(down.reshape(block**2, rows * block, -1, 1)),
    )


def _line(scale: int, block: int) -> Floats:
    """Weights of an axis for the pixels of a block, (block, scale * block, blocks): of the output rows around them."""
    length = (4 * _TAPS + 1) * scale
    taps = bicubic_taps(length, length // scale, Fraction(1, scale))
    middle = 2 * _TAPS
    line = np.zeros((2 * _TAPS + 1, scale))  # of an input pixel's neighbour, of the output rows in it
    np.add.at(line.reshape(-1), taps.index[middle] - (middle - _TAPS) * scale, taps.weight[middle])
    reach = -(-_TAPS // block)
    axis = np.zeros((block, scale * block, 2 * reach + 1))
    for pixel in range(block):
        for row in range(scale * block):
            for step in range(-reach, reach + 1):
                neighbour = step * block + row // scale - pixel + _TAPS
                if 0 <= neighbour < len(line):
                    axis[pixel, row, step + reach] = line[neighbour, row % scale]
    return axis


def remainder(own: Floats, scale: int) -> Floats:
    """What repeated pixels lack of agreement, as a convolution of the image: itself less its repetition downscaled.

    Parameters
    ----------
    own : (scale²,) float array
        What every output pixel takes of its own input pixel, about 1.
    scale : int
        Upscaling factor.

    Returns
    -------
    (1, 1, 5, 5) float array
        The filter.
    """
    (axis,) = _line(scale, 1)
    kernel = -np.einsum("rs,rc,ct->st", axis, own.reshape(scale, scale).astype(np.float64), axis)
    kernel[_TAPS, _TAPS] += 1
    return np.asarray(kernel[None, None], np.float32)


def trusted(graph: GraphEditor, rest: str, image: str, own: Floats, scale: int, block: int) -> tuple[str, str]:
    """What a network adds, where it agrees with the image; and the image, corrected by what is still missing.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    rest : str
        What the network adds to repeated pixels: channels before a pixel shuffle, of the result and `REACH` around it.
    image : str
        The plane (1, h, w) of the same pixels.
    own : (scale²,) float array
        What every output pixel takes of its own input pixel.
    scale, block : int
        As for `downscaling`.

    Returns
    -------
    kept : str
        The name of what is added, of the result alone.
    missing : str
        The name of a plane, of the result alone in whole blocks: what is to be added to the input's pixels.
    """
    added = rest
    for name, filters in zip(("along", "added"), downscaling(scale, block), strict=True):
        weights = graph.array(f"{PREFIX}agree.{name}.weights", filters)
        added = graph.node("Conv", [added, weights], f"{PREFIX}agree.{name}", kernel_shape=list(filters.shape[2:]))
    lacking = widened(remainder(own, scale), block)
    weights = graph.array(f"{PREFIX}agree.remainder", lacking)
    lack = graph.node(
        "Conv", [image, weights], f"{PREFIX}agree.lack", kernel_shape=list(lacking.shape[2:]), **in_blocks(block)
    )
    if block > 1:
        added, lack = (
            graph.node("DepthToSpace", [value], f"{value}.plane", blocksize=block, mode="CRD")
            for value in (added, lack)
        )
    share = _share(graph, added, lack)
    # From here on the result alone: a downscaled pixel needs `_TAPS` around it, a share one more.
    more = REACH[block] - _TAPS
    added, lack = (cropped(graph, value, f"{value}.middle", more) for value in (added, lack))
    if more > 1:
        share = cropped(graph, share, f"{share}.middle", more - 1)
    gained = graph.node("Mul", [share, added], f"{PREFIX}agree.gained")
    missing = graph.node("Sub", [lack, gained], f"{PREFIX}agree.missing")
    if block > 1:
        repeat = graph.array(f"{PREFIX}agree.repeat", widened(np.ones((scale**2, 1, 1, 1), np.float32), block, scale))
        sides = {"kernel_shape": [block, block], "strides": [block, block]}
        share = graph.node("Conv", [share, repeat], f"{PREFIX}agree.shares", **sides)
    middle = cropped(graph, rest, f"{PREFIX}agree.rest", REACH[block] // block)
    return graph.node("Mul", [middle, share], f"{PREFIX}agree.kept"), missing


def _share(graph: GraphEditor, added: str, lack: str) -> str:
    """How far the network is trusted at each pixel: 1 up to a limit of disagreement nearby, 0 from twice that limit."""
    constants = {"share": _SHARE, "slack": _SLACK, "two": 2.0, "one": 1.0}
    share, slack, two, one = (
        graph.array(f"{PREFIX}agree.{name}", np.array(value, np.float32)) for name, value in constants.items()
    )
    left = graph.node("Sub", [lack, added], f"{PREFIX}agree.left")
    most, allowed = (
        graph.node("MaxPool", [graph.node("Abs", [value], f"{value}.size")], f"{value}.most", kernel_shape=[3, 3])
        for value in (left, lack)
    )
    limit = graph.node(
        "Add", [graph.node("Mul", [allowed, share], f"{PREFIX}agree.part"), slack], f"{PREFIX}agree.limit"
    )
    times = graph.node("Div", [most, limit], f"{PREFIX}agree.times")
    open_ = graph.node("Relu", [graph.node("Sub", [two, times], f"{PREFIX}agree.spare")], f"{PREFIX}agree.open")
    return graph.node("Min", [open_, one], f"{PREFIX}agree.trust")


def whole_blocks(graph: GraphEditor, image: str, block: int) -> str:
    """A plane with one more row or column of zeros where its last block would not be whole.

    Parameters
    ----------
    graph : GraphEditor
        To which the nodes are added.
    image : str
        The plane's name.
    block : int
        Pixels per side of a block.

    Returns
    -------
    str
        The name of the plane in whole blocks.
    """
    if block == 1:
        return image
    each = graph.array(f"{PLANE}each", widened(np.ones((1, 1, 1, 1), np.float32), block))
    blocks = graph.node("Conv", [image, each], f"{PLANE}blocks", kernel_shape=[block, block], **in_blocks(block))
    return graph.node("DepthToSpace", [blocks], f"{PLANE}whole", blocksize=block, mode="CRD")
