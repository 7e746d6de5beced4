"""One picture, enlarged: luma by the method and chroma by bicubic, or all of RGB by an RGB network; alpha; any scale."""

import itertools
import math
import os
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from srcnn import options, weights
from srcnn.engine.session import usable_cores
from srcnn.engine.tiling import Window, in_threads, resized_window
from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.image.alpha import fill_transparent
from srcnn.image.arrays import Floats, Image, check_picture, is_integers, to_floats, to_integers
from srcnn.image.colour import grey_to_luma, luma_to_grey, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import Taps, bicubic_taps
from srcnn.methods import TTA, Engine, Method, Options, check_options, is_file, load, resolve

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    from srcnn.image.picture import Picture

MODEL = "best"
SCALE = 3
LARGEST_SCALE = 64
_STRIP = 2**17  # pixels of a strip that is put together at once
_OVERSHOOT = 0.5  # floats may leave [0, 1] by this much, as bicubic pictures that were not clipped do

T = TypeVar("T", bound="NDArray[Any] | PilImage | Picture")


def upscale(
    image: T,
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    width: int | None = None,
    height: int | None = None,
    threads: int | None = None,
    engine: Engine = "auto",
    tile: int | None = None,
) -> T:
    """Enlarge a picture.

    Parameters
    ----------
    image : array, PIL.Image.Image or Picture
        An array has shape (H, W), (H, W, 1) or (H, W, 3), or (H, W, 2) or (H, W, 4) with alpha last, and holds uint8, uint16 or
        floats in [0, 1].
    scale : float, optional
        Any factor up to 64; 3 when no size is given at all. The models know 2, 3 and 4; other factors go through the nearest
        larger one, several steps above 4, and an antialiased reduction. A factor of 1 gives a copy, a smaller one a reduction.
    model : str or path
        A name of `srcnn.methods.available`, an alias, or the path of an ``.onnx`` file with its card inside; any of them with "+tta"
        after it averages over eight flips and rotations.
    width, height : int, optional
        Size of the result in place of ``scale``; with one of them the other side keeps the proportions.
    threads : int, optional
        As many as the process may use when not given.
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network.
    tile : int, optional
        Pixels a side of the part that is in work at once. The result does not depend on it.

    Returns
    -------
    same type as the argument
        And the same dtype, number of channels and range; a PIL image keeps its profile, EXIF and resolution.

    Raises
    ------
    ShapeError
        If the argument is no image.
    RangeError
        If an array holds NaN, values outside its range, or another dtype.
    OptionError
        If there is no such model, or a setting makes no sense.
    WeightsError
        If the model's file is missing or damaged.
    MissingExtraError
        If ``engine="openvino"`` is asked for and OpenVINO is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> image = np.zeros((10, 20, 3), np.uint8)
    >>> srcnn.upscale(image, scale=2, model="bicubic").shape
    (20, 40, 3)
    """
    checked = check_options(Options(threads=threads, engine=engine, tile=tile))
    name = resolve(model, "model")
    if isinstance(image, np.ndarray):
        pixels, alpha = _split(np.asarray(image))
        target = target_size(pixels.shape[0], pixels.shape[1], scale, width, height)
        pixels, alpha = _enlarge(pixels, alpha, target, name, checked)
        sr = pixels.reshape(*target, *image.shape[2:]) if alpha is None else np.dstack([pixels, alpha])
        return cast(T, sr.astype(image.dtype, copy=False))  # bytes in the order of the input's
    from srcnn.image.picture import Picture

    if isinstance(image, Picture):
        target = target_size(image.pixels.shape[0], image.pixels.shape[1], scale, width, height)
        pixels, alpha = _enlarge(image.pixels, image.alpha, target, name, checked)
        return cast(T, replace(image, pixels=pixels, alpha=alpha))
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(image, pil.Image):
        from srcnn.image.pillow import picture_from_pil, picture_to_pil

        picture = upscale(picture_from_pil(image), scale, model, width=width, height=height, threads=threads, engine=engine, tile=tile)
        return cast(T, picture_to_pil(picture))
    raise ShapeError(f"image must be a NumPy array, a PIL image or a Picture, got {type(image).__name__}; read files with read_image")


def target_size(
    rows: int, columns: int, scale: float | None = None, width: int | None = None, height: int | None = None
) -> tuple[int, int]:
    """Height and width of the result for a picture of ``rows`` x ``columns``; halves are rounded up, no side is left empty.

    Raises
    ------
    OptionError
        If scale and a size are both given, or the factor is not a number in (0, 64].
    """
    if width is None and height is None:
        scale = SCALE if scale is None else scale
        factor = Fraction(options.positive("scale", scale, at_most=LARGEST_SCALE))
        return _rounded(rows * factor), _rounded(columns * factor)
    if scale is not None:
        raise OptionError("give either scale or a size (width, height), not both")
    width, height = (None if value is None else options.whole(name, value) for name, value in (("width", width), ("height", height)))
    size = (
        height if height is not None else _rounded(Fraction(rows * (width or 1), columns)),
        width if width is not None else _rounded(Fraction(columns * (height or 1), rows)),
    )
    if max(Fraction(size[0], rows), Fraction(size[1], columns)) > LARGEST_SCALE:
        given = ", ".join(f"{name} {options.shown(value)}" for name, value in (("width", width), ("height", height)) if value)
        raise OptionError(f"{given} is more than {LARGEST_SCALE} times the image's {columns}x{rows}")
    return size


def check_settings(model: str | os.PathLike[str], scale: float | None = None, width: int | None = None, height: int | None = None) -> None:
    """Raise now what `upscale` would raise for every picture: an unknown model, settings that make no sense."""
    width, height = (None if value is None else options.whole(what, value) and 1 for what, value in (("width", width), ("height", height)))
    target_size(1, 1, scale, width, height)
    name = resolve(model, "model")
    if name != "bicubic":
        _scales(name)


def steps(factor: Fraction, scales: tuple[int, ...]) -> tuple[int, ...]:
    """The scales, one after the other, that reach ``factor`` with the least excess: 1.5 → (2,), 6 → (2, 3), 8 → (2, 4).

    The fewest steps among equals, the small ones first, since a step costs by the size of its result.
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


def _rounded(value: Fraction) -> int:
    return max(1, math.floor(value + Fraction(1, 2)))


def _split(image: Image) -> tuple[Image, Image | None]:
    """Colour and alpha of an array, checked."""
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 2, 3, 4)):
        raise ShapeError(f"image must have shape (H, W) or (H, W, 1 to 4 channels), got {image.shape}")
    if image.dtype.kind != "f" and not is_integers(image):
        raise RangeError(f"image must be uint8, uint16 or float, got {image.dtype}")
    bands = 1 if image.ndim == 2 else image.shape[2]
    pixels = image if image.ndim == 2 else image[..., 0] if bands <= 2 else image[..., :3]
    check_picture(pixels)
    alpha = image[..., -1] if bands in (2, 4) else None
    if alpha is not None:
        check_picture(alpha, "the alpha of image")
    if image.dtype.kind == "f" and not (image.min() >= -_OVERSHOOT and image.max() <= 1 + _OVERSHOOT):
        raise RangeError(
            f"image must lie in [0, 1] where it holds floats, got {image.min():g} to {image.max():g}; divide by its white, or pass uint8"
        )
    return pixels, alpha


@dataclass(frozen=True)
class _Resampled:
    """A plane that is brought to another size strip by strip; the taps are None when it has that size already."""

    plane: Floats
    rows: Taps | None
    columns: Taps | None

    def strip(self, top: int, bottom: int) -> Floats:
        if self.rows is None or self.columns is None:
            return self.plane[top:bottom]
        return resized_window(self.plane, self.rows, self.columns, Window(top, bottom, 0, len(self.columns.index)))


def _enlarge(pixels: Image, alpha: Image | None, target: tuple[int, int], name: str, options: Options) -> tuple[Image, Image | None]:
    size = pixels.shape[:2]
    if target == size:
        return pixels.copy(), None if alpha is None else alpha.copy()
    threads = options.threads or usable_cores()
    colour = to_floats(pixels)
    opacity = None
    if alpha is not None:
        opacity = np.clip(to_floats(alpha), 0, 1)
        colour = fill_transparent(colour, opacity)
    factor = max(Fraction(target[0], size[0]), Fraction(target[1], size[1]))
    # Bicubic needs no steps: it goes to any size at once.
    chain = () if name == "bicubic" else steps(factor, _scales(name))
    methods = [_method(name, scale, options, _stamp(name)) for scale in chain]
    grey = colour.ndim == 2
    if not methods:
        planes, back = _planes(colour), _joined
    elif methods[0].channels == "rgb":
        rgb = _applied(methods, np.dstack([colour] * 3) if grey else colour)
        planes, back = _planes(rgb), _mean if grey else _joined
    elif grey:
        planes, back = [_applied(methods, grey_to_luma(colour))], _grey
    else:
        luma, *chroma = _planes(rgb_to_ycbcr(colour))
        planes, back = [_applied(methods, luma), *chroma], _rgb
    sources = [_resampled(plane, target) for plane in planes]
    out = np.empty((*target, *pixels.shape[2:]), pixels.dtype)
    out_alpha = None if alpha is None else np.empty(target, alpha.dtype)
    of_alpha = None if opacity is None else _resampled(opacity, target)
    height = max(1, _STRIP // target[1])

    def work(top: int) -> None:
        bottom = min(top + height, target[0])
        _store(back([source.strip(top, bottom) for source in sources]), out[top:bottom])
        if of_alpha is not None and out_alpha is not None:
            _store(of_alpha.strip(top, bottom), out_alpha[top:bottom])

    in_threads(work, range(0, target[0], height), threads)
    return out, out_alpha


def _applied(methods: list[Method], lr: Floats) -> Floats:
    for method in methods:
        lr = method(lr)
    return lr


def _planes(colour: Floats) -> list[Floats]:
    return [colour] if colour.ndim == 2 else [np.ascontiguousarray(colour[..., c]) for c in range(3)]


def _joined(planes: list[Floats]) -> Floats:
    return planes[0] if len(planes) == 1 else np.dstack(planes)


def _mean(planes: list[Floats]) -> Floats:
    return np.asarray((planes[0] + planes[1] + planes[2]) / np.float32(3))


def _grey(planes: list[Floats]) -> Floats:
    return luma_to_grey(planes[0])


def _rgb(planes: list[Floats]) -> Floats:
    return ycbcr_to_rgb(np.dstack(planes))


def _store(values: Floats, out: Image) -> None:
    out[...] = np.clip(values, 0, 1) if out.dtype.kind == "f" else to_integers(values, out.dtype.type)


def _resampled(plane: Floats, target: tuple[int, int]) -> _Resampled:
    if plane.shape == target:
        return _Resampled(plane, None, None)
    rows, columns = (bicubic_taps(n, m, Fraction(m, n)) for n, m in zip(plane.shape, target, strict=True))
    return _Resampled(plane, rows, columns)


def _scales(name: str) -> tuple[int, ...]:
    """Scales at which a model exists."""
    name = name.removesuffix(TTA)
    if is_file(name):
        from srcnn.engine.onnx_file import read_card
        from srcnn.methods.network import read_file

        return (read_card(read_file(Path(name))).scale,)
    found = tuple(entry.card.scale for entry in weights.entries() if entry.card.name == name)
    if not found:
        load(name, SCALE)  # which says why there is none
    return found or (SCALE,)


def _stamp(name: str) -> tuple[int, int]:
    """What tells one state of a network's file from another."""
    name = name.removesuffix(TTA)
    if not is_file(name):
        return 0, 0
    found = Path(name).stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _method(name: str, scale: int, options: Options, stamp: tuple[int, int]) -> Method:
    """A method, kept ready for the next picture."""
    return load(name, scale, threads=options.threads, engine=options.engine, tile=options.tile)
