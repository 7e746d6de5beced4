"""An image that was read, with all that is decided about its result before the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from srcnn.cores import usable_cores
from srcnn.enlargement import enlarged_strips
from srcnn.methods.base import Options
from srcnn.output import WriteOptions
from srcnn.progress import OnProgress
from srcnn.sizes import Layout
from srcnn.wear import NO_WEAR, Wear

if TYPE_CHECKING:
    from srcnn.files.animation.frames import Animation
    from srcnn.files.picture import Picture
    from srcnn.files.strips import Strips


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
        What it is to become, with what its format will lose; of several pages, what it will lose of the first.
    frames : int
        Of an animation, or pages of a file of several; 1 of any other image.
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
        return replace(self.expected, lost=tuple(dict.fromkeys((*self.expected.lost, *lost))))


@dataclass(frozen=True)
class Ready:
    """An image, and all that is decided about its result."""

    image: Picture  # with the metadata of the result
    layout: Layout
    model: str
    options: Options
    expected: Upscaled

    def losing(self, lost: tuple[str, ...]) -> Upscaled:
        """What the image is to become in a format that loses something.

        Parameters
        ----------
        lost : tuple of str
            One line each.

        Returns
        -------
        Upscaled
            With what the reading lost before it.
        """
        return replace(self.expected, lost=(*self.expected.lost, *lost))

    def strips(self, on_progress: OnProgress | None) -> Strips:
        """The result, computed as it is asked for.

        Parameters
        ----------
        on_progress : callable, optional
            Told of every block.

        Returns
        -------
        Strips
            With the metadata of the result.
        """
        from srcnn.files.strips import Strips

        image = self.image
        return Strips(
            height=self.layout.size[0],
            width=self.layout.size[1],
            grey=image.pixels.ndim == 2,
            alpha=image.alpha is not None,
            bits=image.bits,
            metadata=image.metadata,
            rows=lambda: enlarged_strips(image.pixels, image.alpha, self.layout, self.model, self.options, on_progress),
        )


def write_image_of(
    ready: Ready, options: WriteOptions, target: Path, on_progress: OnProgress | None
) -> tuple[str, ...]:
    """Upscale an image into a file.

    Parameters
    ----------
    ready : Ready
        The image.
    options : WriteOptions
        How the file is written.
    target : path
        What to write.
    on_progress : callable, optional
        Told of every block.

    Returns
    -------
    tuple of str
        What the format could not hold.

    Raises
    ------
    ImageError
        If the file cannot be written.
    """
    from srcnn.files.io import write_image

    threads = ready.options.threads or usable_cores()
    return write_image(target, ready.strips(on_progress), options=options, threads=threads)


def write_frames_of(
    ready: Ready, animation: Animation, options: WriteOptions, target: Path, on_progress: OnProgress | None
) -> tuple[str, ...]:
    """Upscale an animation into a file.

    Parameters
    ----------
    ready : Ready
        Its first frame, whose decisions serve for all.
    animation : Animation
        All frames.
    options : WriteOptions
        How the file is written.
    target : path
        What to write.
    on_progress : callable, optional
        Told of every frame.

    Returns
    -------
    tuple of str
        What the format could not hold.

    Raises
    ------
    ImageError
        If the file cannot be written.
    """
    from srcnn.animation import enlarged_animation
    from srcnn.files.animation.write import write_animation

    metadata = ready.image.metadata
    made = enlarged_animation(animation, ready.layout, ready.model, ready.options, metadata, on_progress)
    return write_animation(target, made, options)
