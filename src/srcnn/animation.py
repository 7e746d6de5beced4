"""Upscale an animation: frame by frame in bounded memory, and nothing twice that is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.engine.reuse import Kept, key_of, reusing
from srcnn.enlargement import enlarged_strips
from srcnn.files.animation.frames import Animation, Frame
from srcnn.files.picture import Metadata, Picture
from srcnn.methods.base import Options
from srcnn.progress import OnProgress
from srcnn.sizes import Layout

_KEPT = 1 << 26  # bytes of frames, and as many of blocks: some hundred blocks


def enlarged_animation(
    animation: Animation,
    layout: Layout,
    model: str,
    options: Options,
    metadata: Metadata,
    on_progress: OnProgress | None = None,
) -> Animation:
    """The same animation in another size; its frames are computed as they are asked for.

    Equal frames are computed once, and so are equal blocks of a network's input, wherever they occur.

    Parameters
    ----------
    animation : Animation
        What to upscale.
    layout : Layout
        Size of the whole, and the part of it that the result keeps.
    model : str
        A name that `srcnn.methods.resolve` gave.
    options : Options
        As `srcnn.enlargement.enlarged_strips` takes them.
    metadata : Metadata
        Of the result.
    on_progress : callable, optional
        Told of every frame, once they are asked for (`srcnn.progress.OnProgress`).

    Returns
    -------
    Animation
        As many frames, for as long.
    """

    def frames() -> Iterator[Frame]:
        kept = Kept(_KEPT)
        blocks = Kept(_KEPT)
        tell = on_progress or _nobody
        tell(0, animation.count)
        for number, frame in enumerate(animation.frames(), 1):
            key = key_of((frame.pixels, frame.alpha))
            found = kept.get(key)
            if found is None:
                with reusing(blocks):
                    found = _enlarged(frame.pixels, frame.alpha, layout, model, options)
                kept.put(key, found)
            pixels, alpha = found
            assert pixels is not None
            tell(number, animation.count)
            yield Frame(pixels, alpha, frame.milliseconds)

    poster = animation.poster
    if poster is not None:
        pixels, alpha = _enlarged(poster.pixels, poster.alpha, layout, model, options)
        poster = Picture(pixels, alpha)
    return replace(
        animation, height=layout.size[0], width=layout.size[1], metadata=metadata, poster=poster, frames=frames
    )


def _nobody(done: int, total: int) -> None:
    pass


def _enlarged(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, layout: Layout, model: str, options: Options
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    strips = list(enlarged_strips(pixels, alpha, layout, model, options))
    opacity = [part for _, part in strips if part is not None]
    return np.concatenate([part for part, _ in strips]), np.concatenate(opacity) if opacity else None
