"""What of each frame has to be written: the rectangle that changes, and whether it is cleared afterwards.

A pixel becomes transparent again by being replaced where the format can do that (APNG, WebP), and in GIF by clearing
the frame before, which therefore looks one frame ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.files.animation.frames import Frame
from srcnn.files.picture import Picture
from srcnn.image.raster import Window

_VISIBLE = 128  # alpha from which on a pixel of GIF is opaque


@dataclass(frozen=True)
class Part:
    """A rectangle to draw on the canvas; ``picture`` is None where a frame changes nothing."""

    window: Window
    picture: Picture | None
    milliseconds: Fraction
    cleared: bool = False  # the whole canvas becomes transparent before the next frame


def parts(frames: Iterable[Frame], *, replaces: bool) -> Iterator[Part]:
    """The frames as what is drawn for each.

    Parameters
    ----------
    frames : iterable of Frame
        Of one size.
    replaces : bool
        Whether what is drawn replaces the canvas; otherwise its transparent pixels leave the canvas as it is, and
        there are opaque and transparent pixels alone.

    Yields
    ------
    Part
        As many as there are frames. Every rectangle starts at even coordinates, as WebP has them.
    """
    canvas: NDArray[Any] | None = None
    for frame, following in _with_next(frames if replaces else map(_without_half_tones, frames)):
        values = Picture(frame.pixels, frame.alpha).bands
        cleared = not replaces and following is not None and _uncovers(frame, following)
        window = _whole(frame) if cleared or canvas is None else _changed(canvas, values)
        if window is None:
            yield Part(Window(0, 1, 0, 1), None, frame.milliseconds)
        else:
            yield Part(window, _cut(frame, window), frame.milliseconds, cleared)
        canvas = np.zeros_like(values) if cleared else values


def _with_next(frames: Iterable[Frame]) -> Iterator[tuple[Frame, Frame | None]]:
    held: Frame | None = None
    for frame in frames:
        if held is not None:
            yield held, frame
        held = frame
    if held is not None:
        yield held, None


def _without_half_tones(frame: Frame) -> Frame:
    """Alpha of 0 or 255; no colours where nothing is seen, so that they do not count as changes."""
    if frame.alpha is None:
        return frame
    seen = frame.alpha >= _VISIBLE
    pixels = frame.pixels * (seen if frame.pixels.ndim == 2 else seen[..., None])
    return Frame(pixels.astype(np.uint8), np.where(seen, np.uint8(255), np.uint8(0)), frame.milliseconds)


def _uncovers(frame: Frame, following: Frame) -> bool:
    if frame.alpha is None or following.alpha is None:
        return False
    return bool(((frame.alpha > 0) & (following.alpha == 0)).any())


def _whole(frame: Frame) -> Window:
    return Window(0, frame.pixels.shape[0], 0, frame.pixels.shape[1])


def _changed(canvas: NDArray[Any], values: NDArray[Any]) -> Window | None:
    """The rectangle outside of which all pixels are equal, from even coordinates on; None if all are."""
    differs = canvas != values
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    return Window(int(rows[0]) // 2 * 2, int(rows[-1]) + 1, int(columns[0]) // 2 * 2, int(columns[-1]) + 1)


def _cut(frame: Frame, window: Window) -> Picture:
    there = (slice(window.top, window.bottom), slice(window.left, window.right))
    alpha = None if frame.alpha is None else np.ascontiguousarray(frame.alpha[there])
    return Picture(np.ascontiguousarray(frame.pixels[there]), alpha)
