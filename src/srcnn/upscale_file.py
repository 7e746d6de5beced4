"""Upscale one image from file to file, strip by strip."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from srcnn.automatic import Choice, Quality, checked_settings, choose, is_automatic
from srcnn.cores import usable_cores
from srcnn.enlargement import enlarged_strips
from srcnn.errors import ImageError
from srcnn.methods.base import TTA, Engine, Options, check_options
from srcnn.methods.model_file import is_file
from srcnn.output import DEFAULTS, WriteOptions
from srcnn.planning import Job
from srcnn.progress import OnProgress
from srcnn.sizes import DEFAULT_SIZE, Layout, TargetSize, asked_size
from srcnn.upscale import MODEL, resolved
from srcnn.wear import NO_WEAR, Wear

if TYPE_CHECKING:
    from srcnn.files.metadata.provenance import Provenance
    from srcnn.files.picture import Picture
    from srcnn.files.strips import Strips

LARGEST_RESULT = 4_000_000_000  # pixels of a result: hours of work and a file of several GB


def upscale_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
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
    limited: bool = True,
    provenance: bool = True,
    options: WriteOptions = DEFAULTS,
) -> tuple[str, ...]:
    """Upscale an image file strip by strip: memory grows with the input, not with the result.

    Of an animation (GIF, APNG, WebP) into one of these formats, all frames are upscaled, one after the other.

    Parameters
    ----------
    source, target : path
        The suffix of ``target`` names its format. Of WebP, BMP and AVIF the whole result is held.
    scale, model, size, width, height, threads, engine, device, tile, noise, jpeg_quality
        As `upscale` takes them.
    limited : bool
        Whether images of absurd size are refused: more than 200 million pixels in, more than 4 billion out.
    provenance : bool
        Whether the XMP of the result says which version and model made it, and the scale.
    options : WriteOptions
        How the file is written: format, quality, compression, date.

    Returns
    -------
    tuple of str
        Whether the result is no larger than the image, the wear that "auto" found, and what the reading or the format
        lost. Empty when there was nothing of these.

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
    from srcnn.files.paths import local_path

    work = UpscaleFile(
        size=asked_size(size, scale, width, height),
        model=model,
        threads=threads,
        engine=engine,
        device=device,
        tile=tile,
        noise=noise,
        jpeg_quality=jpeg_quality,
        limited=limited,
        provenance=provenance,
        options=options,
    )
    return work(Job(local_path(source, "source"), local_path(target, "target"))).notes


@dataclass(frozen=True, kw_only=True)
class Upscaled:
    """What was made of one image.

    Attributes
    ----------
    input_size, size : (int, int)
        Width and height of the image and of the result.
    model : str
        What "auto" chose, or the model that was asked for.
    wear : Wear
        What the model was told of the image.
    found : str
        The wear that "auto" found, in words; empty for a clean image, or where the model was named.
    reduction : str
        That the image was reduced or copied, not upscaled, in words; empty where it was upscaled.
    lost : tuple of str
        What the reading or the format lost.
    """

    input_size: tuple[int, int]
    size: tuple[int, int]
    model: str
    wear: Wear = NO_WEAR
    found: str = ""
    reduction: str = ""
    lost: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one line each."""
        return (*(words for words in (self.reduction, self.found) if words), *self.lost)


Write = Callable[[Path, OnProgress | None], tuple[str, ...]]
"""Upscales an image into a file, and says what the format lost."""


@dataclass(frozen=True)
class Prepared:
    """An image that was read, with all that is decided before the work.

    Attributes
    ----------
    expected : Upscaled
        What it is to become.
    frames : int
        Of an animation; 1 of any other image.
    """

    expected: Upscaled
    frames: int
    _write: Write = field(repr=False)

    def write(self, target: Path, on_progress: OnProgress | None = None) -> Upscaled:
        """Do the work.

        Parameters
        ----------
        target : path
            What to write.
        on_progress : callable, optional
            Told of every block of the image, or of every frame of an animation.

        Returns
        -------
        Upscaled
            What it became.

        Raises
        ------
        ImageError
            If the file cannot be written.
        """
        lost = self._write(target, on_progress)
        return replace(self.expected, lost=(*self.expected.lost, *lost))


@dataclass(frozen=True, kw_only=True)
class UpscaleFile:
    """The work of `srcnn upscale` on one file: read, upscale, write.

    Its fields are the settings of `upscale_file`; it can be pickled and sent to another machine.
    """

    size: TargetSize = DEFAULT_SIZE
    model: str | os.PathLike[str] = MODEL
    threads: int | None = None
    engine: Engine = "auto"
    device: str = "auto"
    tile: int | None = None
    noise: float | None = None
    jpeg_quality: Quality | None = None
    limited: bool = True  # refuse images of excessive size
    provenance: bool = True  # record version, model and scale in the XMP of the result
    options: WriteOptions = DEFAULTS

    def __call__(self, job: Job[Path], on_progress: OnProgress | None = None) -> Upscaled:
        """Write ``job.target``.

        Parameters
        ----------
        job : Job
            What is to be made.
        on_progress : callable, optional
            Told of every block of the image, or of every frame of an animation (`srcnn.progress.OnProgress`).

        Returns
        -------
        Upscaled
            What it became.

        Raises
        ------
        ImageError
            As `upscale_file`.
        OptionError
            If there is no such model, or a setting makes no sense.
        """
        return self.prepare(job).write(job.target, on_progress)

    def prepare(self, job: Job[Path]) -> Prepared:
        """Read an image and decide what becomes of it; nothing is written.

        Parameters
        ----------
        job : Job
            What is to be made.

        Returns
        -------
        Prepared
            Ready to be written.

        Raises
        ------
        ImageError
            If the source cannot be read, or the format of the target cannot hold so large an image.
        OptionError
            If there is no such model, or a setting makes no sense.
        """
        from srcnn.animation import enlarged_animation
        from srcnn.files.animation.frames import Animation
        from srcnn.files.animation.write import write_animation
        from srcnn.files.encoding import check_size
        from srcnn.files.formats import format_of
        from srcnn.files.io import read_image, read_image_or_animation, write_image
        from srcnn.files.limits import MAX_PIXELS
        from srcnn.files.metadata.placed import for_layout
        from srcnn.files.metadata.provenance import with_provenance

        checked = check_options(Options(threads=self.threads, engine=self.engine, device=self.device, tile=self.tile))
        settings = checked_settings(self.noise, self.jpeg_quality)
        name = resolved(self.model)
        fmt = format_of(job.target, self.options.format)
        read = read_image_or_animation if fmt.animated else read_image
        found = read(job.source, max_pixels=MAX_PIXELS if self.limited else None)
        image = found.first() if isinstance(found, Animation) else found
        pixels, metadata = image.pixels, image.metadata
        layout = self.size.of(pixels.shape[0], pixels.shape[1])
        rows, columns = layout.size
        if self.limited and rows * columns > LARGEST_RESULT:
            raise ImageError(
                f"{job.source}: the result would have {rows * columns / 1e6:.0f} million pixels, more than "
                f"{LARGEST_RESULT / 1e6:.0f}; --no-limit (in Python: limited=False) lifts this limit"
            )
        try:
            check_size(fmt, rows, columns, samples=1 if pixels.ndim == 2 else 3)
        except ImageError as error:
            raise ImageError(f"cannot write {job.target}: {error}") from error
        choice = choose(name, pixels, metadata.quantisation, settings) if layout.grows else Choice("bicubic")
        told = replace(checked, wear=choice.wear)
        metadata = for_layout(metadata, layout, self.size.resolution)
        if self.provenance and "xmp" in fmt.holds:
            metadata = with_provenance(metadata, _made_by(choice.model, layout.factor))

        def write(target: Path, on_progress: OnProgress | None) -> tuple[str, ...]:
            if isinstance(found, Animation):
                enlarged = enlarged_animation(found, layout, choice.model, told, metadata, on_progress)
                return write_animation(target, enlarged, self.options)
            strips = _strips(replace(image, metadata=metadata), layout, choice.model, told, on_progress)
            return write_image(target, strips, options=self.options, threads=told.threads or usable_cores())

        expected = Upscaled(
            input_size=(pixels.shape[1], pixels.shape[0]),
            size=(columns, rows),
            model=_shown(choice.model),
            wear=choice.wear,
            found=choice.reason if is_automatic(name) else "",
            reduction=layout.reduction,
            lost=metadata.notes,
        )
        return Prepared(expected, found.count if isinstance(found, Animation) else 1, write)


def _strips(image: Picture, layout: Layout, model: str, options: Options, on_progress: OnProgress | None) -> Strips:
    from srcnn.files.strips import Strips

    return Strips(
        height=layout.size[0],
        width=layout.size[1],
        grey=image.pixels.ndim == 2,
        alpha=image.alpha is not None,
        bits=image.bits,
        metadata=image.metadata,
        rows=lambda: enlarged_strips(image.pixels, image.alpha, layout, model, options, on_progress),
    )


def _made_by(model: str, scale: float) -> Provenance:
    from importlib.metadata import version

    from srcnn.files.metadata.provenance import Provenance

    return Provenance(version=version("srcnn"), model=_shown(model), scale=f"{float(scale):g}")


def _shown(model: str) -> str:
    """A model's name; of a file only its name, because its folder is private."""
    return Path(model).name if is_file(model.removesuffix(TTA)) else model
