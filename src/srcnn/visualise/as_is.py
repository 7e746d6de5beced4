"""One image through several methods as it is: upscaled like a file of a user, without an original to compare with."""

from collections.abc import Callable, Sequence

import numpy as np

from srcnn.automatic import Choice, choose, is_told
from srcnn.errors import OptionError
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes, Floats, Image, to_bytes
from srcnn.image.colour import luma_bytes
from srcnn.methods.base import Engine
from srcnn.upscale import check_settings, resolved, upscale
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import Crop, strongest

PART = 160  # pixels per side of the part of a larger image that is shown, unless a caller names one
_MARGIN = 64  # pixels around the part that are upscaled with it, more than any network sees
_BLOCK = 8  # detail is summed in blocks of so many pixels: finer is of no use, and slow for a large image


def compare_as_is(
    image: Picture,
    methods: Sequence[str],
    scale: int,
    *,
    part: Crop | None = None,
    title: str = "",
    threads: int | None = None,
    engine: Engine = "auto",
    report: Callable[[str], None] | None = None,
) -> Comparison:
    """Upscale an image by several methods, each as `srcnn.upscale` does.

    Only the part that is shown is upscaled, with what the networks see around it.

    Parameters
    ----------
    image : Picture
        As it came from its file, whose metadata tell how worn it is.
    methods : sequence of str
        Names as `srcnn.upscale` takes them.
    scale : int
        At least 2.
    part : Crop, optional
        What is shown, in pixels of the image; of a large image the 160x160 pixels with most detail when not given.
    title : str
        What the image is called.
    threads, engine : optional
        How to compute, as in `srcnn.upscale`.
    report : callable, optional
        Told the name of each method when it is done.

    Returns
    -------
    Comparison
        Without scores; its original is the image itself, every pixel repeated.

    Raises
    ------
    OptionError
        If there is no such method, or the part does not lie in the image.
    """
    if scale < 2:
        raise OptionError(f"the scale of a comparison must be at least 2, got {scale}")
    if not methods:
        raise OptionError("name at least one method to compare")
    names = list(dict.fromkeys(methods))
    for name in names:  # all before the first works: a wrong name is told at once
        check_settings(name, engine=engine)
    shown = part or _most_detailed(image.pixels)
    pixels = to_bytes(shown.of(image.pixels))
    original = Result("input", pixels.repeat(scale, axis=0).repeat(scale, axis=1), note="its pixels, repeated")
    around = _grown(shown, _MARGIN, image.pixels)
    results = []
    for name in names:
        choice = choose(resolved(name), image.pixels, image.metadata, factor=scale)
        sr = upscale(
            around.of(image.pixels),
            scale,
            choice.model,
            threads=threads,
            engine=engine,
            noise=choice.wear.noise,
            jpeg_quality="off" if choice.wear.quality is None else choice.wear.quality,
        )
        inside = Crop(
            (shown.x - around.x) * scale, (shown.y - around.y) * scale, shown.width * scale, shown.height * scale
        )
        results.append(Result(name, to_bytes(inside.of(sr)), note=_note(name, choice)))
        if report is not None:
            report(name)
    if (shown.width, shown.height) == image.pixels.shape[1::-1]:
        return Comparison(title, scale, original, tuple(results))
    return Comparison(title, scale, original, tuple(results), to_bytes(image.pixels), shown)


def _note(name: str, choice: Choice) -> str:
    """What a model was told of the image, and what it is called where it was asked for by another name."""
    found = choice.reason.partition(": ")[2] or ("no wear found" if is_told(choice.model) else "")
    return ", ".join(part for part in (choice.model if choice.model != name else "", found) if part)


def _most_detailed(pixels: Image) -> Crop:
    """All of a small image; of a large one the part whose neighbouring pixels differ most."""
    height, width = pixels.shape[:2]
    if height <= PART and width <= PART:
        return Crop(0, 0, width, height)
    found = strongest(_detail(luma_bytes(to_bytes(pixels))), -(-PART // _BLOCK), -(-PART // _BLOCK))
    columns, rows = min(PART, width), min(PART, height)
    return Crop(min(found.x * _BLOCK, width - columns), min(found.y * _BLOCK, height - rows), columns, rows)


def _detail(luma: Bytes) -> Floats:
    """The mean difference of neighbours in every block; a rest at the right and below counts with the last block."""
    signed = luma.astype(np.int16)
    differences = np.zeros(luma.shape, np.float32)
    differences[:, 1:] += np.abs(np.diff(signed, axis=1))
    differences[1:] += np.abs(np.diff(signed, axis=0))
    starts = [np.arange(0, max(side - side % _BLOCK, 1), _BLOCK) for side in luma.shape]
    return np.asarray(np.add.reduceat(np.add.reduceat(differences, starts[0], axis=0), starts[1], axis=1))


def _grown(part: Crop, margin: int, pixels: Image) -> Crop:
    height, width = pixels.shape[:2]
    left, top = max(part.x - margin, 0), max(part.y - margin, 0)
    right, bottom = min(part.x + part.width + margin, width), min(part.y + part.height + margin, height)
    return Crop(left, top, right - left, bottom - top)
