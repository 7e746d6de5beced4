"""Upscale one image: luma by the method, chroma by bicubic, or RGB by an RGB network; alpha; any scale."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from srcnn import options
from srcnn.automatic import AUTO, Choice, Quality, checked_settings, choose, is_automatic
from srcnn.engine.session import usable_cores
from srcnn.enlargement import enlarged_strips, scales_of
from srcnn.errors import ImageError, RangeError, ShapeError
from srcnn.image.arrays import Image, check_image, is_integers
from srcnn.methods import resolve
from srcnn.methods.base import TTA, Engine, Options, check_options
from srcnn.methods.model_file import is_file
from srcnn.sizes import SCALE, target_size

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    from srcnn.files.metadata.provenance import Provenance
    from srcnn.files.picture import Picture

MODEL = AUTO
LARGEST_RESULT = 4_000_000_000  # pixels of a result: hours of work and a file of several GB
_OVERSHOOT = 0.5  # floats may exceed [0, 1] by this much, as unclipped bicubic results do

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
        antialiased reduction. A factor of 1 gives a copy, a smaller one a reduction.
    model : str or path
        "auto" takes "photo" for an image that shows the wear of JPEG or noise, and "best" for any other.
        Else a name of `srcnn.methods.available`, an alias, or the path of an ``.onnx`` or ``.npz`` file with its card
        inside.
        Any of them with "+tta" after it averages over eight flips and rotations.
    width, height : int, optional
        Size of the result in place of ``scale``; with one of them the other side keeps the proportions.
    threads : int, optional
        As many as the process may use when not given.
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network.
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
    checked = check_options(Options(threads=threads, engine=engine, tile=tile))
    settings = checked_settings(noise, jpeg_quality)
    name = _resolved(model)
    if isinstance(image, np.ndarray):
        pixels, alpha = _split(np.asarray(image))
        target = target_size(pixels.shape[0], pixels.shape[1], scale, width, height)
        pixels, alpha = _enlarge(pixels, alpha, target, choose(name, pixels, None, settings), checked)
        sr = pixels.reshape(*target, *image.shape[2:]) if alpha is None else np.dstack([pixels, alpha])
        return cast(T, sr.astype(image.dtype, copy=False))  # byte order of the input
    from srcnn.files.picture import Picture

    def upscaled(picture: Picture) -> Picture:
        target = target_size(picture.pixels.shape[0], picture.pixels.shape[1], scale, width, height)
        choice = choose(name, picture.pixels, picture.metadata.quantisation, settings)
        pixels, alpha = _enlarge(picture.pixels, picture.alpha, target, choice, checked)
        return replace(picture, pixels=pixels, alpha=alpha, metadata=replace(picture.metadata, quantisation=None))

    if isinstance(image, Picture):
        return cast(T, upscaled(image))
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(image, pil.Image):
        from srcnn.files.pillow import picture_from_pil, picture_to_pil

        return cast(T, picture_to_pil(upscaled(picture_from_pil(image))))
    raise ShapeError(
        f"image must be a NumPy array, a PIL image or a Picture, got {type(image).__name__}; read files with read_image"
    )


def upscale_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    width: int | None = None,
    height: int | None = None,
    threads: int | None = None,
    engine: Engine = "auto",
    tile: int | None = None,
    noise: float | None = None,
    jpeg_quality: Quality | None = None,
    limited: bool = True,
    provenance: bool = True,
) -> tuple[str, ...]:
    """Upscale an image file strip by strip: memory grows with the input, not with the result.

    Parameters
    ----------
    source, target : path
        The suffix of ``target`` names its format. Of WebP, BMP and AVIF the whole result is held.
    scale, model, width, height, threads, engine, tile, noise, jpeg_quality
        As `upscale` takes them.
    limited : bool
        Whether images of absurd size are refused: more than 200 million pixels in, more than 4 billion out.
    provenance : bool
        Whether the XMP of the result says which version and model made it, and the scale.

    Returns
    -------
    tuple of str
        What the reading or the format lost, and the wear that "auto" found. Empty when there was nothing of either.

    Raises
    ------
    ImageError
        If the source cannot be read, the target cannot be written, or its format cannot hold so large an image, which
        is known before the work begins. A file that was there stays until the new one is whole.
    OptionError
        If there is no such model, or a setting makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> import srcnn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = srcnn.upscale_file("examples/chart.png", f"{folder}/large.jpg", scale=2, model="bicubic")
    ...     srcnn.read_image(f"{folder}/large.jpg")
    Picture(384x320, RGB, 8 bits, JPEG)
    >>> lost
    ()
    """
    from srcnn.files.encoding import check_size
    from srcnn.files.formats import format_of
    from srcnn.files.io import read_image, write_image
    from srcnn.files.limits import MAX_PIXELS
    from srcnn.files.metadata.provenance import with_provenance
    from srcnn.files.paths import local_path
    from srcnn.files.strips import Strips

    checked = check_options(Options(threads=threads, engine=engine, tile=tile))
    settings = checked_settings(noise, jpeg_quality)
    name = _resolved(model)
    fmt = format_of(local_path(target, "target"))
    image = read_image(local_path(source, "source"), max_pixels=MAX_PIXELS if limited else None)
    pixels, alpha, metadata = image.pixels, image.alpha, image.metadata
    choice = choose(name, pixels, metadata.quantisation, settings)
    told = replace(checked, wear=choice.wear)
    rows, columns = target_size(pixels.shape[0], pixels.shape[1], scale, width, height)
    if limited and rows * columns > LARGEST_RESULT:
        raise ImageError(
            f"{source}: the result would have {rows * columns / 1e6:.0f} million pixels, more than "
            f"{LARGEST_RESULT / 1e6:.0f}; --no-limit (in Python: limited=False) lifts this limit"
        )
    try:
        check_size(fmt, rows, columns, samples=1 if pixels.ndim == 2 else 3)
    except ImageError as error:
        raise ImageError(f"cannot write {target}: {error}") from error
    if provenance and "xmp" in fmt.holds:
        metadata = with_provenance(
            metadata, _made_by(choice.model, columns / pixels.shape[1] if width or height else scale or SCALE)
        )
    strips = Strips(
        height=rows,
        width=columns,
        grey=pixels.ndim == 2,
        alpha=alpha is not None,
        bits=image.bits,
        metadata=metadata,
        rows=lambda: enlarged_strips(pixels, alpha, (rows, columns), choice.model, told),
    )
    return (
        *([choice.reason] if choice.reason and is_automatic(name) else []),
        *metadata.notes,
        *write_image(local_path(target, "target"), strips, threads=checked.threads or usable_cores()),
    )


def _made_by(name: str, scale: float) -> "Provenance":
    from importlib.metadata import version

    from srcnn.files.metadata.provenance import Provenance

    # Only the name of a file: its folder is private.
    model = Path(name).name if is_file(name.removesuffix(TTA)) else name
    return Provenance(version=version("srcnn"), model=model, scale=f"{float(scale):g}")


def check_settings(
    model: str | os.PathLike[str], scale: float | None = None, width: int | None = None, height: int | None = None
) -> None:
    """Raise what `upscale` would raise for every image: an unknown model, invalid settings.

    Parameters
    ----------
    model, scale, width, height : str or path
        As `upscale` takes them.

    Raises
    ------
    OptionError
        If there is no such model, or a setting makes no sense.
    WeightsError
        If the model's file is missing or damaged.
    """
    width, height = (
        None if value is None else options.whole(what, value) and 1
        for what, value in (("width", width), ("height", height))
    )
    target_size(1, 1, scale, width, height)
    name = _resolved(model)
    if not is_automatic(name) and name != "bicubic":
        scales_of(name)


def _resolved(model: str | os.PathLike[str]) -> str:
    """A model's name, which may be "auto", also in self-ensemble."""
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
    pixels: Image, alpha: Image | None, target: tuple[int, int], choice: Choice, options: Options
) -> tuple[Image, Image | None]:
    """All strips as one array."""
    out = np.empty((*target, *pixels.shape[2:]), pixels.dtype)
    out_alpha = None if alpha is None else np.empty(target, alpha.dtype)
    top = 0
    for part, part_of_alpha in enlarged_strips(pixels, alpha, target, choice.model, replace(options, wear=choice.wear)):
        bottom = top + len(part)
        out[top:bottom] = part
        if out_alpha is not None:
            out_alpha[top:bottom] = part_of_alpha
        top = bottom
    return out, out_alpha
