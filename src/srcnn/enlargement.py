"""Upscale an image from top to bottom, one strip at a time.

The method upscales luma and bicubic interpolation chroma, or an RGB network upscales all of RGB.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from srcnn import weights
from srcnn.cores import usable_cores
from srcnn.engine.tiling import Resized, cut, in_threads, seen_by_cut, seen_by_resizing
from srcnn.files.strips import Strip
from srcnn.image.alpha import filled
from srcnn.image.arrays import Floats, Image, as_rgb, to_floats, to_integers
from srcnn.image.colour import CHROMA_GREY, grey_to_luma, luma_to_grey, rgb_to_chroma, rgb_to_luma, ycbcr_to_rgb
from srcnn.image.joining import join_colour, small_window
from srcnn.image.raster import Held, Mapped, Raster, Window, piece
from srcnn.image.resize import bicubic_taps
from srcnn.methods import load, resolve
from srcnn.methods.base import TTA, Method, Options, enlarged
from srcnn.methods.kept import SHARED, KeptMethods
from srcnn.methods.model_file import card_of, is_file
from srcnn.progress import Blocks, OnProgress, counting
from srcnn.sizes import SCALE, Layout
from srcnn.wear import NO_WEAR

AFTER = "best"  # goes on where a model for worn images has taken the wear away
_STRIP = 2**20  # pixels of a strip
_SEEN = 2**24  # pixels of the low-resolution image that a strip may need
_PART = 2**17  # pixels of a strip that one thread assembles at once

Join = Callable[[list[Raster], Window, Image], None]
"""Makes a window of the result of its planes: from rasters, at their window, into an array."""


def enlarged_strips(
    pixels: Image,
    alpha: Image | None,
    layout: Layout,
    model: str,
    options: Options,
    on_progress: OnProgress | None = None,
    methods: KeptMethods = SHARED,
) -> Iterator[Strip]:
    """Upscale an image, or reduce it by antialiased bicubic interpolation, and crop it as the layout says.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) array
        uint8, uint16 or floats in [0, 1].
    alpha : (H, W) array, optional
        Opacity.
    layout : Layout
        Size of the whole, and the part of it that the result keeps.
        What is cropped is the same to the byte as that part of the whole, and the rest is not computed.
    model : str
        A name that `srcnn.methods.resolve` gave.
    options : Options
        None of them changes a byte.
    on_progress : callable, optional
        Told of every block that a network has computed; of methods without blocks, of every strip.
    methods : KeptMethods
        Holds the methods that are opened.

    Yields
    ------
    tuple of pixels and alpha
        Rows of the result, from the top, in the dtype of ``pixels``.
    """
    size, target = (pixels.shape[0], pixels.shape[1]), layout.whole
    kept = Window(layout.top, layout.top + layout.size[0], layout.left, layout.left + layout.size[1])
    if target == size:
        for strip in _strips(kept):
            part = (slice(strip.top, strip.bottom), slice(strip.left, strip.right))
            yield pixels[part], None if alpha is None else alpha[part]
        return
    threads = options.threads or usable_cores()
    opacity = None if alpha is None else Mapped(Held(alpha), _opacity)
    blocks = Blocks(on_progress)
    with counting(blocks):
        planes, join = _planes(pixels, opacity, target, model, options, methods)
    sources = _sources(planes, target)
    opacities = [] if opacity is None else [_resized(opacity, target)]
    height = _height(target, size, planes[0])
    # Rows of the whole are counted, so that no block of a network is computed for two windows.
    strips = range(kept.top // height * height, kept.bottom, height)
    counted = blocks.total == 0
    blocks.expect(len(strips) if counted else 0)
    blocks.begin()
    for top in strips:
        window = Window(max(top, kept.top), min(top + height, kept.bottom), kept.left, kept.right)
        parts, parts_of_alpha = ([_read_for(raster, window) for raster in rasters] for rasters in (sources, opacities))
        for strip in _strips(window):
            out = np.empty((*strip.shape, *pixels.shape[2:]), pixels.dtype)
            _put_together(parts, join, out, strip, threads)
            out_alpha = None
            if alpha is not None:
                out_alpha = np.empty(strip.shape, alpha.dtype)
                _put_together(parts_of_alpha, _ONLY, out_alpha, strip, threads)
            yield out, out_alpha
        del parts, parts_of_alpha  # before the next are computed
        if counted:
            blocks.advance()
    blocks.finish()


def _strips(window: Window) -> Iterator[Window]:
    height = max(1, _STRIP // window.shape[1])
    for top in range(window.top, window.bottom, height):
        yield Window(top, min(top + height, window.bottom), window.left, window.right)


def steps(factor: Fraction, scales: tuple[int, ...]) -> tuple[int, ...]:
    """The scales, one after the other, that reach ``factor`` with the least excess: 1.5 → (2,), 6 → (2, 3), 8 → (2, 4).

    The fewest steps among equals, the small ones first, since a step costs by the size of its result.

    Parameters
    ----------
    factor : Fraction
        By which an image is to grow.
    scales : tuple of int
        That the model knows.

    Returns
    -------
    tuple of int
        Empty where nothing is to grow.
    """
    if factor <= 1:
        return ()
    most = math.ceil(math.log(factor) / math.log(min(scales))) + 1
    chains = [
        chain
        for length in range(1, most + 1)
        for chain in itertools.combinations_with_replacement(sorted(scales), length)
        if math.prod(chain) >= factor
    ]
    return min(chains, key=lambda chain: (math.prod(chain), len(chain), chain))


def first_step(factor: Fraction, first: tuple[int, ...], rest: tuple[int, ...]) -> int:
    """The scale of a first step by another model than the rest, with which ``factor`` is reached with the least excess.

    Parameters
    ----------
    factor : Fraction
        By which an image is to grow.
    first, rest : tuple of int
        Scales that both models know.

    Returns
    -------
    int
        Of ``first``: for 1.5 → 2, 3 → 3, 4 → 2 if there is no 4, and then comes another 2.
    """

    def cost(scale: int) -> tuple[int, int]:
        chain = steps(factor / scale, rest)
        return scale * math.prod(chain), len(chain)

    return min(sorted(first), key=cost)


def scales_of(name: str) -> tuple[int, ...]:
    """Scales at which a model exists.

    Parameters
    ----------
    name : str
        As `srcnn.methods.load` takes it.

    Returns
    -------
    tuple of int
        Ascending.
    """
    name = name.removesuffix(TTA)
    if is_file(name):
        return (card_of(name).scale,)
    found = tuple(entry.card.scale for entry in weights.entries() if entry.card.name == name)
    if not found:
        load(name, SCALE)  # which raises and says why
    return found or (SCALE,)


def _planes(
    pixels: Image,
    opacity: Raster | None,
    target: tuple[int, int],
    model: str,
    options: Options,
    kept: KeptMethods,
) -> tuple[list[Raster], Join]:
    """The planes resampled to the target size, and what makes an image of them."""
    colour: Raster = Mapped(Held(pixels), to_floats, pixels.shape[2:])
    if opacity is not None:
        colour = filled(colour, opacity)
    factor = max(Fraction(target[0], pixels.shape[0]), Fraction(target[1], pixels.shape[1]))
    grey = pixels.ndim == 2
    if options.wear != NO_WEAR and factor > 1:
        # One step takes the wear away; what is left to do is for the model of clean images.
        scale = first_step(factor, scales_of(model), scales_of(resolve(AFTER)))
        method = kept.of(model, scale, options)
        colour = enlarged(method, Mapped(colour, as_rgb, (3,)) if grey else colour)
        if grey:
            colour = Mapped(colour, _one_of_three)
        after = resolve(AFTER) + (TTA if model.endswith(TTA) else "")
        factor, model, options = factor / scale, after, replace(options, wear=NO_WEAR)
    # Bicubic needs no steps: it reaches any size at once.
    chain = () if model == "bicubic" else steps(factor, scales_of(model))
    methods = [kept.of(model, scale, options) for scale in chain]
    if not methods:
        return [colour], _ONLY
    if methods[0].channels == "rgb":
        rgb = Mapped(colour, as_rgb, (3,)) if grey else colour
        return [_applied(methods, rgb)], _MEAN if grey else _ONLY
    if grey:
        return [_applied(methods, Mapped(colour, grey_to_luma))], _GREY
    luma = _applied(methods, Mapped(colour, rgb_to_luma))
    return [luma, Mapped(colour, rgb_to_chroma, (2,))], _of_colour


def _applied(methods: list[Method], lr: Raster) -> Raster:
    for method in methods:
        lr = enlarged(method, lr)
    return lr


def _sources(planes: list[Raster], target: tuple[int, int]) -> list[Raster]:
    """Planes of the target's size; chroma stays small if luma has that size and is a whole number of times as large."""
    if len(planes) == 2 and planes[0].shape == target:
        factors = {Fraction(large, small) for large, small in zip(target, planes[1].shape, strict=False)}
        if len(factors) == 1 and (factor := factors.pop()).denominator == 1:
            return [planes[0], _Phased(planes[1], int(factor))]
    return [_resized(plane, target) for plane in planes]


def _resized(raster: Raster, target: tuple[int, int]) -> Raster:
    size = raster.shape[:2]
    if size == target:
        return raster
    rows, columns = (bicubic_taps(n, m, Fraction(m, n)) for n, m in zip(size, target, strict=True))
    return Resized(raster, rows, columns)


def _height(target: tuple[int, int], size: tuple[int, int], made: Raster) -> int:
    """Rows of the result to compute at once; they bound memory and change no byte."""
    most_seen = _SEEN * target[0] // (size[0] * size[1])
    height = max(1, min(_STRIP // target[1], most_seen))
    step = -(-getattr(made, "step", 1) * target[0] // made.shape[0])
    return -(-height // step) * step


def _read_for(source: Raster, window: Window) -> Raster:
    """A window, computed now, or of what is resampled what it is made of."""
    if isinstance(source, Resized):
        seen = piece(source.raster, seen_by_resizing(source.rows, source.columns, window))
        return Resized(seen, source.rows, source.columns)
    if isinstance(source, _Phased):
        return _Phased(piece(source.raster, source.seen_by(window)), source.scale)
    return piece(source, window)


def _put_together(sources: list[Raster], join: Join, out: Image, window: Window, threads: int) -> None:
    height = max(1, _PART // window.shape[1])

    def work(top: int) -> None:
        part = Window(top, min(top + height, window.bottom), window.left, window.right)
        join(sources, part, out[part.top - window.top : part.bottom - window.top])

    in_threads(work, range(window.top, window.bottom, height), threads)


@dataclass(frozen=True, eq=False)
class _Phased:
    """A small image that joins one of ``scale`` times its size (`srcnn.image.joining`)."""

    raster: Raster
    scale: int

    @property
    def shape(self) -> tuple[int, ...]:
        height, width, *bands = self.raster.shape
        return (height * self.scale, width * self.scale, *bands)

    def read(self, window: Window) -> Floats:
        """The small pixels around a window of the large image."""
        return cut(self.raster, small_window(window, self.scale), "edge")

    def seen_by(self, window: Window) -> Window:
        return seen_by_cut(self.raster, small_window(window, self.scale), "edge")


def _of_one(back: Callable[[Floats], Floats]) -> Join:
    """Of one plane, or of bands that come together."""

    def join(sources: list[Raster], window: Window, out: Image) -> None:
        _store(back(sources[0].read(window)), out)

    return join


def _of_colour(sources: list[Raster], window: Window, out: Image) -> None:
    """Of luma and chroma."""
    luma, chroma = (source.read(window) for source in sources)
    if isinstance(sources[1], _Phased):
        join_colour(luma, chroma, window, sources[1].scale, out)
    else:
        _store(ycbcr_to_rgb(np.dstack([luma, chroma + np.float32(CHROMA_GREY)])), out)


def _store(values: Floats, out: Image) -> None:
    out[...] = np.clip(values, 0, 1) if out.dtype.kind == "f" else to_integers(values, out.dtype.type)


def _opacity(alpha: Image) -> Floats:
    return np.asarray(np.clip(to_floats(alpha), 0, 1))


def _same(values: Floats) -> Floats:
    return values


def _one_of_three(rgb: Floats) -> Floats:
    return np.asarray((rgb[..., 0] + rgb[..., 1] + rgb[..., 2]) / np.float32(3))


_ONLY, _MEAN, _GREY = _of_one(_same), _of_one(_one_of_three), _of_one(luma_to_grey)
