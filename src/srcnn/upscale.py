"""Upscale an image in memory: luma by the method, chroma by bicubic, or RGB by an RGB network; alpha; any scale."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, cast, overload

import numpy as np
from numpy.typing import NDArray

from srcnn.automatic import AUTO, Choice, Quality, check_told, checked_settings, choose, is_automatic
from srcnn.enlargement import enlarged_strips, scales_of
from srcnn.errors import ShapeError
from srcnn.image.arrays import Image, split_alpha
from srcnn.methods import resolve
from srcnn.methods.base import Engine, Options, check_options
from srcnn.methods.kept import SHARED, KeptMethods
from srcnn.progress import Flag, OnProgress, cancellable
from srcnn.sizes import Layout, TargetSize, asked_size

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    from srcnn.files.picture import Picture
    from srcnn.files.sources import Source

MODEL = AUTO

T = TypeVar("T", bound="NDArray[Any] | PilImage | Picture")


class Wishes(TypedDict, total=False):
    """What may differ from image to image, as `upscale` takes it."""

    size: TargetSize | None
    width: int | None
    height: int | None
    noise: float | None
    jpeg_quality: Quality | None
    on_progress: OnProgress | None
    cancel: Flag | None


class Settings(Wishes, total=False):
    """All that `upscale` takes by its name alone."""

    threads: int | None
    engine: Engine
    device: str
    tile: int | None


@overload
def upscale(
    image: T, scale: float | None = None, model: str | os.PathLike[str] = MODEL, **settings: Unpack[Settings]
) -> T: ...
@overload
def upscale(
    image: Source, scale: float | None = None, model: str | os.PathLike[str] = MODEL, **settings: Unpack[Settings]
) -> Picture: ...
def upscale(
    image: T | Source,
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    size: TargetSize | None = None,
    width: int | None = None,
    height: int | None = None,
    threads: int | None = None,
    engine: Engine = "auto",
    device: str = "auto",
    tile: int | None = None,
    noise: float | None = None,
    jpeg_quality: Quality | None = None,
    on_progress: OnProgress | None = None,
    cancel: Flag | None = None,
) -> T | Picture:
    """Upscale an image.

    Parameters
    ----------
    image : array, PIL.Image.Image, Picture, path, bytes or open file
        Of a file, given by its path, its bytes or as a file opened in binary mode, the result is a `Picture` with its
        metadata.
        An array has shape (H, W), (H, W, 1) or (H, W, 3), or (H, W, 2) or (H, W, 4) with alpha last, and holds uint8,
        uint16 or floats in [0, 1].
    scale : float, optional
        Any factor up to 64; 3 when no size is given at all.
        The models know 2, 3 and 4; other factors go through the nearest larger one, several steps above 4, and an
        antialiased reduction. A factor of 1 gives a copy; a smaller one gives an antialiased bicubic reduction, for
        which no model is used.
    model : str or path
        "auto" takes "photo" for an image that shows the wear of JPEG or noise, and "best" for any other.
        Else a name of `srcnn.methods.available`, an alias, or the path of an ``.onnx`` or ``.npz`` file with its card
        inside.
        Any of them with "+tta" after it averages over eight flips and rotations.
    size : TargetSize, optional
        Any other way to say how large the result is to be: inside a box, covering one, megapixels, a print.
    width, height : int, optional
        One side of the result in pixels; short for ``size=TargetSize(width=...)``.
    threads : int, optional
        As many as the process may use when not given.
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network.
    device : str
        Where a network runs: "auto" or "cpu" for the processor, "cuda", "directml", "coreml", or a device of OpenVINO
        as "openvino:GPU". Another device than the processor may change the last bits.
    tile : int, optional
        Pixels a side of the part that is in work at once. The result does not depend on it.
    noise : float, optional
        Standard deviation of the image's noise in 8-bit levels, 0 to 50, in place of an estimate from its pixels.
    jpeg_quality : float or "off", optional
        Quality of the JPEG that the image was, 1 to 100, in place of what a `Picture` or PIL image remembers of its
        file or its pixels betray; "off" for none.
    on_progress : callable, optional
        ``on_progress(done, total)``: blocks of the image that are done, and all of them; from 0 on.
        It is called from the threads that compute, one call at a time; what it raises stops the work and is raised.
    cancel : threading.Event, optional
        Once it is set, the work stops at the next block.

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
    ImageError
        If a file cannot be read.
    CancelledError
        If ``cancel`` was set.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> image = np.zeros((10, 20, 3), np.uint8)
    >>> srcnn.upscale(image, scale=2, model="bicubic").shape
    (20, 40, 3)
    """
    return upscale_by(
        SHARED,
        image,
        scale,
        model,
        options=Options(threads=threads, engine=engine, device=device, tile=tile),
        size=size,
        width=width,
        height=height,
        noise=noise,
        jpeg_quality=jpeg_quality,
        on_progress=on_progress,
        cancel=cancel,
    )


def upscale_by(
    methods: KeptMethods,
    image: T | Source,
    scale: float | None,
    model: str | os.PathLike[str],
    *,
    options: Options,
    size: TargetSize | None = None,
    width: int | None = None,
    height: int | None = None,
    noise: float | None = None,
    jpeg_quality: Quality | None = None,
    on_progress: OnProgress | None = None,
    cancel: Flag | None = None,
) -> T | Picture:
    """Upscale an image by methods that stay open: what `upscale` does.

    Parameters
    ----------
    methods : KeptMethods
        Holds the methods that are opened.
    options : Options
        How they compute.
    image, scale, model, size, width, height, noise, jpeg_quality, on_progress, cancel
        As `upscale` takes them.

    Returns
    -------
    same type as the argument
        A `Picture` for a file.

    Raises
    ------
    SrcnnError
        As `upscale`.
    """
    checked = check_options(options)
    settings = checked_settings(noise, jpeg_quality)
    asked = asked_size(size, scale, width, height)
    name = resolved(model)
    check_told(model, settings)
    listener = cancellable(on_progress, cancel)
    if isinstance(image, np.ndarray):
        pixels, alpha = split_alpha(np.asarray(image))
        layout = asked.of(pixels.shape[0], pixels.shape[1])
        choice = choose(name, pixels, settings=settings, factor=layout.growth)
        pixels, alpha = _enlarge(pixels, alpha, layout, choice, checked, methods, listener)
        sr = pixels.reshape(*layout.size, *image.shape[2:]) if alpha is None else np.dstack([pixels, alpha])
        return cast(T, sr.astype(image.dtype, copy=False))  # byte order of the input
    from srcnn.files.metadata.placed import for_layout
    from srcnn.files.picture import Picture

    def upscaled(picture: Picture) -> Picture:
        layout = asked.of(picture.pixels.shape[0], picture.pixels.shape[1])
        choice = choose(name, picture.pixels, picture.metadata, settings, factor=layout.growth)
        pixels, alpha = _enlarge(picture.pixels, picture.alpha, layout, choice, checked, methods, listener)
        metadata = for_layout(replace(picture.metadata, quantisation=None, quantiser=None), layout, asked.resolution)
        return replace(picture, pixels=pixels, alpha=alpha, metadata=metadata)

    if isinstance(image, Picture):
        return upscaled(image)
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(image, pil.Image):
        from srcnn.files.pillow import picture_from_pil, picture_to_pil

        return cast(T, picture_to_pil(upscaled(picture_from_pil(image))))
    from srcnn.files.sources import is_source

    if is_source(image):
        from srcnn.files.io import read_image

        return upscaled(read_image(cast("Source", image)))
    raise ShapeError(
        "image must be a NumPy array, a PIL image, a Picture, or a file by its path, its bytes or opened, got "
        f"{type(image).__name__}"
    )


def check_settings(model: str | os.PathLike[str], *, engine: Engine = "auto", device: str = "auto") -> None:
    """Raise what `upscale` would raise for every image: an unknown model or device.

    Parameters
    ----------
    model, engine, device : str or path
        As `upscale` takes them.

    Raises
    ------
    OptionError
        If there is no such model.
    WeightsError
        If the model's file is missing or damaged.
    """
    check_options(Options(engine=engine, device=device))
    name = resolved(model)
    if not is_automatic(name) and name != "bicubic":
        scales_of(name)


def resolved(model: str | os.PathLike[str]) -> str:
    """A model's name, which may be "auto", also in self-ensemble.

    Parameters
    ----------
    model : str or path
        As `upscale` takes it.

    Returns
    -------
    str
        "auto", or a name as `srcnn.methods.resolve` gives it.

    Raises
    ------
    OptionError
        If there is no such model.
    """
    return str(model) if is_automatic(model) else resolve(model, "model")


def _enlarge(
    pixels: Image,
    alpha: Image | None,
    layout: Layout,
    choice: Choice,
    options: Options,
    methods: KeptMethods,
    listener: OnProgress | None,
) -> tuple[Image, Image | None]:
    """All strips as one array."""
    out = np.empty((*layout.size, *pixels.shape[2:]), pixels.dtype)
    out_alpha = None if alpha is None else np.empty(layout.size, alpha.dtype)
    top = 0
    told = replace(options, wear=choice.wear)
    for part, part_of_alpha in enlarged_strips(pixels, alpha, layout, choice.model, told, listener, methods):
        bottom = top + len(part)
        out[top:bottom] = part
        if out_alpha is not None:
            out_alpha[top:bottom] = part_of_alpha
        top = bottom
    return out, out_alpha
