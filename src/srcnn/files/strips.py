"""Images as strips of rows from top to bottom, so that the whole image is never in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.files.picture import Metadata, Picture

Strip = tuple[NDArray[Any], NDArray[Any] | None]
"""Some rows: pixels (h, W) or (h, W, 3), and alpha (h, W) where the image has one; uint8, uint16 or float32."""

_PIXELS = 1 << 20  # per strip of an image in memory


@dataclass(frozen=True, kw_only=True)
class Strips:
    """The properties of an image whose pixels are computed strip by strip, and the source of the strips.

    Attributes
    ----------
    height, width : int
        In pixels.
    grey, alpha : bool
        Whether the pixels have one band, and whether there is an alpha channel.
    bits : int
        Per sample: 8, 16, or 32 for floats.
    metadata : Metadata
        Metadata of the image.
    rows : callable
        Yields the strips, of any heights, from the top; each call starts again.
    """

    height: int
    width: int
    grey: bool
    alpha: bool
    bits: int
    metadata: Metadata
    rows: Callable[[], Iterator[Strip]]


def strips_of(image: Picture) -> Strips:
    """An image in memory as strips.

    Parameters
    ----------
    image : Picture
        In memory.

    Returns
    -------
    Strips
        Views of it.
    """
    height, width = image.pixels.shape[:2]
    step = max(1, _PIXELS // width)

    def rows() -> Iterator[Strip]:
        for top in range(0, height, step):
            part = slice(top, top + step)
            yield image.pixels[part], None if image.alpha is None else image.alpha[part]

    return Strips(
        height=height,
        width=width,
        grey=image.pixels.ndim == 2,
        alpha=image.alpha is not None,
        bits=image.bits,
        metadata=image.metadata,
        rows=rows,
    )


def regrouped(strips: Iterable[NDArray[Any]], height: int) -> Iterator[NDArray[Any]]:
    """The same rows in strips of ``height`` rows; the last one may be shorter.

    Parameters
    ----------
    strips : iterable of array
        From the top down.
    height : int
        Rows.

    Yields
    ------
    array
        From the top down.
    """
    held: list[NDArray[Any]] = []
    count = 0
    for strip in strips:
        start = 0
        while count + len(strip) - start >= height:
            stop = start + height - count
            yield _joined([*held, strip[start:stop]])
            held, count, start = [], 0, stop
        if start < len(strip):
            held.append(strip[start:])
            count += len(strip) - start
    if held:
        yield _joined(held)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
