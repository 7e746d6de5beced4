"""The last layer of a network's file: the filters of a whole block of output pixels, as the channels of one strided
convolution.

`srcnn.training.finish` writes it so; whoever looks at a network, or trains it further, wants the layer's own filters
back.
"""

import numpy as np

from srcnn.image.arrays import Floats


def widened(weight: Floats, block: int, scale: int = 1) -> Floats:
    """Filters for every place in a block, in the order of the pixel shuffle by ``scale * block`` that follows.

    Parameters
    ----------
    weight : (planes, channels, h, w) float array
        The layer's filters.
    block : int
        Pixels per side of a block.
    scale : int
        Of the pixel shuffle.

    Returns
    -------
    (planes * scale**2 * block**2, in, h + block - 1, w + block - 1) array
        To be applied with a stride of ``block``.
    """
    out, channels, height, width = weight.shape
    wide = np.zeros((out, block, block, channels, height + block - 1, width + block - 1), weight.dtype)
    for row in range(block):
        for column in range(block):
            wide[:, row, column, :, row : row + height, column : column + width] = weight
    return shuffled(wide, scale)


def shuffled(wide: Floats, scale: int) -> Floats:
    """Channels (planes * scale², block, block, …) in the order of a pixel shuffle over whole blocks.

    Parameters
    ----------
    wide : (planes * scale² * block², …) float array
        Channels as `widened` orders them.
    scale : int
        Of the pixel shuffle.

    Returns
    -------
    (planes * scale², block, block, …) float array
        A view or a copy.
    """
    block = wide.shape[1]
    split = wide.reshape(-1, scale, scale, block, block, *wide.shape[3:])
    ordered = np.moveaxis(split, (3, 1, 4, 2), (1, 2, 3, 4))
    return np.ascontiguousarray(ordered.reshape(-1, *wide.shape[3:]))


def unshuffled(channels: Floats, block: int, scale: int) -> Floats:
    """The inverse of `shuffled`: (planes * scale² * block², …) to (planes * scale², block, block, …).

    Parameters
    ----------
    channels : (planes * scale², block, block, …) float array
        As `shuffled` gives them.
    block : int
        Pixels per side of a block.
    scale : int
        Of the pixel shuffle.

    Returns
    -------
    (planes * scale² * block², …) float array
        A view or a copy.
    """
    split = channels.reshape(-1, block, scale, block, scale, *channels.shape[1:])
    ordered = np.moveaxis(split, (1, 2, 3, 4), (3, 1, 4, 2))
    return np.ascontiguousarray(ordered.reshape(-1, block, block, *channels.shape[1:]))


def narrowed(wide: Floats, block: int, scale: int = 1) -> Floats:
    """A layer's own filters out of `widened` ones.

    Parameters
    ----------
    wide : (planes * scale² * block², channels, h, w) float array
        As `widened` makes them.
    block : int
        Pixels per side of a block.
    scale : int
        Of the pixel shuffle.

    Returns
    -------
    float array
        The filters of one place of the block.
    """
    height, width = (side - block + 1 for side in wide.shape[2:])
    return np.ascontiguousarray(unshuffled(wide, block, scale)[:, 0, 0, :, :height, :width])


def unblocked(maps: Floats, block: int, scale: int = 1) -> Floats:
    """What a widened layer makes, (planes * scale² * block², h, w), as the layer itself would: (planes * scale², h *
    block, w * block).

    Parameters
    ----------
    maps : (planes * scale² * block², h, w) float array
        What the widened layer made.
    block : int
        Pixels per side of a block.
    scale : int
        Of the pixel shuffle.

    Returns
    -------
    (planes * scale², h * block, w * block) float array
        What the layer itself would make.
    """
    places = unshuffled(maps, block, scale)
    out, _, _, height, width = places.shape
    return np.ascontiguousarray(places.transpose(0, 3, 1, 4, 2).reshape(out, height * block, width * block))
