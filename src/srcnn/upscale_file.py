"""Upscale one image from file to file, strip by strip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from srcnn.automatic import Choice, Quality, Settings, check_told, checked_settings, choose, is_automatic
from srcnn.cores import usable_cores
from srcnn.errors import ImageError, OptionError
from srcnn.methods import ALIASES
from srcnn.methods.base import TTA, Engine, Options, check_options
from srcnn.methods.model_file import is_file
from srcnn.options import flag
from srcnn.output import DEFAULTS, WriteOptions, checked_options
from srcnn.planning import Job
from srcnn.prepared import Prepared, Ready, Upscaled, write_frames_of, write_image_of
from srcnn.progress import OnProgress
from srcnn.sizes import DEFAULT_SIZE, TargetSize, asked_size
from srcnn.upscale import MODEL, resolved
from srcnn.version import VERSION

if TYPE_CHECKING:
    from srcnn.files.document import Document
    from srcnn.files.formats import Format
    from srcnn.files.metadata.provenance import Provenance
    from srcnn.files.picture import Picture
    from srcnn.files.strips import Strips

_CALLED = {model: name for name, model in ALIASES.items()}
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

    Of an animation (GIF, APNG, WebP) into one of these formats, all frames are upscaled, one after the other,
    and of a TIFF of several pages into TIFF all pages.

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
        options=checked_options(options),
    )
    return work(Job(local_path(source, "source"), local_path(target, "target"))).notes


@dataclass(frozen=True, kw_only=True)
class UpscaleFile:
    """The work of `srcnn upscale` on one file: read, upscale, write.

    Its fields are the settings of `upscale_file`; it can be pickled and sent to another machine.

    Raises
    ------
    OptionError
        If a number, the engine or the device makes no sense, or the model cannot be told of noise or JPEG quality.
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
    max_pixels: int | None = None  # of an image that is refused, in place of the usual limit
    provenance: bool = True  # record version, model and scale in the XMP of the result
    options: WriteOptions = DEFAULTS

    def __post_init__(self) -> None:
        # What is wrong with all files is said before the first.
        _ = self._computing
        check_told(self.model, self._settings)
        for name in ("limited", "provenance"):
            object.__setattr__(self, name, flag(name, getattr(self, name)))

    @property
    def _computing(self) -> Options:
        return check_options(Options(threads=self.threads, engine=self.engine, device=self.device, tile=self.tile))

    @property
    def _settings(self) -> Settings:
        return checked_settings(self.noise, self.jpeg_quality)

    def __call__(self, job: Job[Path], on_progress: OnProgress | None = None) -> Upscaled:
        """Write ``job.target``.

        Parameters
        ----------
        job : Job
            What is to be made.
        on_progress : callable, optional
            Told of every block of the image, or of every frame or page of several (`srcnn.progress.OnProgress`).

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
        from srcnn.files.animation.frames import Animation
        from srcnn.files.animation.write import losses_of_animation
        from srcnn.files.document import Document
        from srcnn.files.fitted import losses_of
        from srcnn.files.formats import format_of
        from srcnn.files.io import read_whole
        from srcnn.files.limits import MAX_PIXELS

        fmt = format_of(job.target, self.options.format)
        found = read_whole(job.source, fmt, max_pixels=(self.max_pixels or MAX_PIXELS) if self.limited else None)
        if isinstance(found, Animation):
            first = self._ready(found.first(), fmt, job)
            lost = losses_of_animation(replace(found, metadata=first.image.metadata), fmt, self.options)
            return Prepared(first.losing(lost), found.count, partial(write_frames_of, first, found, self.options))
        if isinstance(found, Document):
            first = self._ready(found.page(0), fmt, job, page=1)
            count, write = found.count, partial(self._write_pages, first, found, fmt, job)
        else:
            first = self._ready(found, fmt, job)
            count, write = 1, partial(write_image_of, first, self.options)
        return Prepared(first.losing(losses_of(first.strips(None), fmt, self.options)), count, write)

    def _write_pages(
        self,
        first: Ready,
        document: Document,
        fmt: Format,
        job: Job[Path],
        target: Path,
        on_progress: OnProgress | None,
    ) -> tuple[str, ...]:
        """Write all pages, each by the model and to the size that fit it; what their reading lost is told once."""
        from srcnn.files.document import write_document

        notes: dict[str, None] = {}

        def pages() -> Iterator[Strips]:
            for number in range(document.count):
                if on_progress is not None:
                    on_progress(number, document.count)
                ready = self._ready(document.page(number), fmt, job, page=number + 1) if number else first
                notes.update(dict.fromkeys(ready.image.metadata.notes))
                yield ready.strips(None)
            if on_progress is not None:
                on_progress(document.count, document.count)

        threads = self.threads or usable_cores()
        lost = write_document(target, pages(), document, options=self.options, threads=threads)
        return (*notes, *lost)

    def _ready(self, image: Picture, fmt: Format, job: Job[Path], page: int | None = None) -> Ready:
        """Decide what is made of an image, once nothing speaks against it."""
        from srcnn.files.fitted import check_size
        from srcnn.files.metadata.placed import for_layout
        from srcnn.files.metadata.provenance import with_provenance

        checked, settings, name = self._computing, self._settings, resolved(self.model)
        pixels, metadata = image.pixels, image.metadata
        which = str(job.source) if page is None else f"{job.source}, page {page}"
        try:
            layout = self.size.of(pixels.shape[0], pixels.shape[1])
        except OptionError as error:
            raise OptionError(f"{which}: {error}") from error
        rows, columns = layout.size
        if self.limited and rows * columns > LARGEST_RESULT:
            raise ImageError(
                f"{which}: the result would have {rows * columns / 1e6:.0f} million pixels, more than "
                f"{LARGEST_RESULT / 1e6:.0f}; --no-limit (in Python: limited=False) lifts this limit"
            )
        try:
            check_size(fmt, rows, columns, samples=1 if pixels.ndim == 2 else 3)
        except ImageError as error:
            raise ImageError(f"cannot write {job.target}: {error}") from error
        grows = layout.grows
        choice = choose(name, pixels, metadata, settings, factor=layout.growth) if grows else Choice("bicubic")
        metadata = for_layout(metadata, layout, self.size.resolution)
        if self.provenance and "xmp" in fmt.holds:
            metadata = with_provenance(metadata, _made_by(choice.model, layout.factor))
        expected = Upscaled(
            input_size=(pixels.shape[1], pixels.shape[0]),
            size=(columns, rows),
            model=_called(choice.model),
            wear=choice.wear,
            found=choice.reason if is_automatic(name) else "",
            reduction=layout.reduction,
            lost=metadata.notes,
        )
        options = replace(checked, wear=choice.wear)
        return Ready(replace(image, metadata=metadata), layout, choice.model, options, expected)


def _made_by(model: str, scale: float) -> Provenance:
    from srcnn.files.metadata.provenance import Provenance

    return Provenance(version=VERSION, model=_shown(model), scale=f"{float(scale):g}")


def _called(model: str) -> str:
    """A model's name as users give it: "fast" for "plain-s", which it stands for."""
    base = model.removesuffix(TTA)
    return _CALLED.get(base, _shown(base)) + model[len(base) :]


def _shown(model: str) -> str:
    """A model's name; of a file only its name, because its folder is private."""
    return Path(model).name if is_file(model.removesuffix(TTA)) else model
