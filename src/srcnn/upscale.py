"""Upscale an image in memory: luma by the method, chroma by bicubic, or RGB by an RGB network; alpha; any scale."""

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from srcnn.automatic import AUTO, Choice, Quality, checked_settings, choose, is_automatic
from srcnn.enlargement import enlarged_strips, scales_of
from srcnn.errors import RangeError, ShapeError
from srcnn.image.arrays import Image, check_image, is_integers
from srcnn.methods import resolve
from srcnn.methods.base import Engine, Options, check_options
from srcnn.sizes import Layout, TargetSize, asked_size

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    from srcnn.files.picture import Picture

MODEL = AUTO
_OVERSHOOT = 0.5  # floats may exceed [0, 1] by this much, as unclipped bicubic results do

T = TypeVar("T", bound="NDArray[Any] | PilImage | Picture")


def upscale(
    image: T,
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
) -> T:
    """Upscale an image.

    Parameters
    ----------
    image : array, PIL.Image.Image or Picture
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
    checked = check_options(Options(threads=threads, engine=engine, device=device, tile=tile))
    settings = checked_settings(noise, jpeg_quality)
    asked = asked_size(size, scale, width, height)
    name = resolved(model)
    if isinstance(image, np.ndarray):
        pixels, alpha = _split(np.asarray(image))
        layout = asked.of(pixels.shape[0], pixels.shape[1])
        pixels, alpha = _enlarge(pixels, alpha, layout, choose(name, pixels, None, settings), checked)
        sr = pixels.reshape(*layout.size, *image.shape[2:]) if alpha is None else np.dstack([pixels, alpha])
        return cast(T, sr.astype(image.dtype, copy=False))  # byte order of the input
    from srcnn.files.metadata.placed import for_layout
    from srcnn.files.picture import Picture

    def upscaled(picture: Picture) -> Picture:
        layout = asked.of(picture.pixels.shape[0], picture.pixels.shape[1])
        choice = choose(name, picture.pixels, picture.metadata.quantisation, settings)
        pixels, alpha = _enlarge(picture.pixels, picture.alpha, layout, choice, checked)
        metadata = for_layout(replace(picture.metadata, quantisation=None), layout, asked.resolution)
        return replace(picture, pixels=pixels, alpha=alpha, metadata=metadata)

    if isinstance(image, Picture):
        return cast(T, upscaled(image))
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(image, pil.Image):
        from srcnn.files.pillow import picture_from_pil, picture_to_pil

        return cast(T, picture_to_pil(upscaled(picture_from_pil(image))))
    raise ShapeError(
        f"image must be a NumPy array, a PIL image or a Picture, got {type(image).__name__}; read files with read_image"
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


def _split(image: Image) -> tuple[Image, Image | None]:
    """The colour and alpha of an array, checked."""
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 2, 3, 4)):
        raise ShapeError(f"image must have shape (H, W) or (H, W, 1 to 4 channels), got {image.shape}")
    if image.dtype.kind != "f" and not is_integers(image):
        raise RangeError(f"image must be uint8, uint16 or float, got {image.dtype}")
    bands = 1 if image.ndim == 2 else image.shape[2]
    pixels = image if image.ndim == 2 else image[..., 0] if bands <= 2 else image[..., :3]
    check_image(pixels)
    alpha = image[..., -1] if bands in (2, 4) else None
    if alpha is not None:
        check_image(alpha, "the alpha of image")
    if image.dtype.kind == "f" and not (image.min() >= -_OVERSHOOT and image.max() <= 1 + _OVERSHOOT):
        raise RangeError(
            f"image must lie in [0, 1] where it holds floats, got {image.min():g} to {image.max():g}; divide by its "
            "maximum value, or pass uint8"
        )
    return pixels, alpha


def _enlarge(
    pixels: Image, alpha: Image | None, layout: Layout, choice: Choice, options: Options
) -> tuple[Image, Image | None]:
    """All strips as one array."""
    out = np.empty((*layout.size, *pixels.shape[2:]), pixels.dtype)
    out_alpha = None if alpha is None else np.empty(layout.size, alpha.dtype)
    top = 0
    for part, part_of_alpha in enlarged_strips(pixels, alpha, layout, choice.model, replace(options, wear=choice.wear)):
        bottom = top + len(part)
        out[top:bottom] = part
        if out_alpha is not None:
            out_alpha[top:bottom] = part_of_alpha
        top = bottom
    return out, out_alpha
