"""The feature maps of each layer of a network for an image."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import enlarge
from srcnn.engine.onnx_graph import ending_at
from srcnn.engine.session import open_session
from srcnn.image.arrays import Bytes, Floats, Image, to_integers
from srcnn.methods.protocol import make_hr, make_lr
from srcnn.visualise.canvas import Sheet
from srcnn.visualise.filters import by_variance, first_filters
from srcnn.visualise.layers import Layer, NetworkSummary
from srcnn.visualise.tiles import draw_tiles
from srcnn.weights.blocks import unblocked
from srcnn.weights.card import PADDING

LONGEST = 480  # pixels per side of the part of an image that is used: 64 maps of it are 60 MB
_LARGEST_BLOCK = 4  # pixels per side of a block of a widened last layer
_NOTES = (
    "The numbers under a map are its channel, and its smallest and largest value, which are drawn black and white.",
    "A constant map is drawn grey.",
)


def network_input(summary: NetworkSummary, pixels: Image) -> Floats:
    """The input of the network for an image, (channels, height, width), including its halo.

    The image is an original, which is first downscaled by the evaluation protocol; large images are cropped first.

    Parameters
    ----------
    summary : NetworkSummary
        The network.
    pixels : array
        Of 8 or 16 bits.

    Returns
    -------
    float array
        What the network is run on.

    Raises
    ------
    ShapeError
        If it is smaller than the scale.
    """
    card = summary.card
    rows, columns = (max(0, (side - LONGEST) // 2) for side in pixels.shape[:2])
    part = pixels[rows : rows + LONGEST, columns : columns + LONGEST]
    # A widened last layer computes whole blocks of pixels.
    whole = _LARGEST_BLOCK * card.scale
    height, width = (side // whole * whole or side for side in part.shape[:2])
    hr = make_hr(part[:height, :width], card.scale)
    source = make_lr(hr, card.scale, card.channels)
    if card.input_size == "hr":
        source = enlarge(source, card.scale)
    planes = np.moveaxis(source.reshape(*source.shape[:2], -1), 2, 0)
    return np.pad(planes, ((0, 0), (card.halo,) * 2, (card.halo,) * 2), mode=PADDING[card.input_size]).astype(
        np.float32
    )


def feature_maps(summary: NetworkSummary, pixels: Image) -> Iterator[tuple[Layer, NDArray[np.float32]]]:
    """The layers with weights, each with its output after the activation: (channels, height, width).

    All maps show the same part of the image, the centre, without the halo of later layers.

    Parameters
    ----------
    summary : NetworkSummary
        The network.
    pixels : array
        Of 8 or 16 bits.

    Yields
    ------
    (Layer, float32 array)
        In the network's order.
    """
    source = network_input(summary, pixels)
    height, width = (side - 2 * summary.card.halo for side in source.shape[1:])
    for layer in summary.convolutions:
        # Truncate the network after the layer and run it: for one image, earlier layers can be computed again.
        session = open_session(ending_at(summary.data, layer.value), engine="onnxruntime", threads=1)
        made = session.run(source[None])[0]
        if layer.block > 1 and len(made) != layer.channels[1]:
            made = unblocked(made, layer.block, layer.scale)
        yield layer, _middle(made, round(height * layer.magnified), round(width * layer.magnified))


def draw_features(summary: NetworkSummary, pixels: Image, title: str = "") -> Iterator[Sheet]:
    """Lay out the feature maps, one sheet per layer; those of the first layer sorted by filter variance.

    Parameters
    ----------
    summary : NetworkSummary
        The network.
    pixels : array
        Of 8 or 16 bits.
    title : str
        What the image is called.

    Yields
    ------
    Sheet
        In the network's order.
    """
    card = summary.card
    for number, (layer, maps) in enumerate(feature_maps(summary, pixels), start=1):
        order = by_variance(first_filters(summary)) if number == 1 else range(len(maps))
        heading = f"{card.name} x{card.scale}: layer {number}, {layer.kind}" + (f", of {title}" if title else "")
        labels = [f"{i + 1}: {maps[i].min():.2g} … {maps[i].max():.2g}" for i in order]
        yield draw_tiles([shown(maps[i]) for i in order], labels, heading, _NOTES)


def shown(plane: Floats) -> Bytes:
    """A feature map as a grey image, from its smallest value in black to its largest in white.

    Parameters
    ----------
    plane : (H, W) float array
        The map.

    Returns
    -------
    uint8 array
        Grey all over where it has one value.
    """
    low, high = float(plane.min()), float(plane.max())
    if low == high:
        return np.full(plane.shape, 128, np.uint8)
    return to_integers((plane.astype(np.float64) - low) / (high - low))


def _middle(maps: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    top, left = (maps.shape[1] - height) // 2, (maps.shape[2] - width) // 2
    return maps[:, top : top + height, left : left + width]
