"""An image as a file format can hold it: its metadata, and its rows converted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import ImageError
from srcnn.files.floats import with_levels
from srcnn.files.formats import Format
from srcnn.files.metadata.fit import fitted, loss_line
from srcnn.files.picture import Metadata, Picture
from srcnn.files.pillow import rgb_to_cmyk
from srcnn.files.strips import Strip, Strips
from srcnn.image.arrays import to_bytes, to_floats, to_integers
from srcnn.output import Encoding, WriteOptions


def check_size(fmt: Format, height: int, width: int, *, samples: int = 3) -> None:
    """Refuse an image that is too large for the format.

    Parameters
    ----------
    fmt : Format
        The output format.
    height, width : int
        In pixels.
    samples : int
        Bytes per pixel.

    Raises
    ------
    ImageError
        If a side or the whole image is too large; the message names formats that can hold it.
    """
    what = f"{width}x{height}"
    if max(height, width) > fmt.longest:
        raise ImageError(
            f"{fmt.name} holds at most {fmt.longest} pixels per side, but the image has {what}; use .png or .tif"
        )
    if fmt.most_bytes is not None and height * (width + 1) * samples > fmt.most_bytes:
        raise ImageError(
            f"{fmt.name} holds at most {fmt.most_bytes / 1e9:.1f} GB of pixels, too little for {what}; use .png or .tif"
        )


def fit_metadata(image: Strips, fmt: Format) -> tuple[Metadata, tuple[str, ...]]:
    """Adapt the properties of an image to the format, and list what is lost.

    Parameters
    ----------
    image : Strips
        The image.
    fmt : Format
        Of the file.

    Returns
    -------
    (Metadata, tuple of str)
        The metadata as the format holds it, and one line for each loss.
    """
    notes: list[str] = []
    metadata = image.metadata
    if image.alpha and not fmt.alpha:
        notes.append(f"transparency was flattened onto white, because {fmt.name} has none")
    elif image.alpha and not fmt.partial_alpha and metadata.format != fmt.name:
        notes.append(f"partial transparency became all or nothing, because {fmt.name} has no other")
    if fmt.colours is not None and metadata.format != fmt.name:
        notes.append(f"the colours were reduced to the {fmt.colours} of {fmt.name}")
    bits = _bits(image, fmt)
    if image.bits == 32 and bits < 32:
        between = "" if metadata.levels is None else f" ({metadata.levels[0]:g} is black, {metadata.levels[1]:g} white)"
        notes.append(f"floats were reduced to the {fmt.bits} bits of {fmt.name}{between}")
    elif image.bits > fmt.bits and bits < 32 and metadata.format != fmt.name:
        notes.append(f"16 bits were reduced to the {fmt.bits} of {fmt.name}")
    if metadata.kind == "cmyk" and (not fmt.cmyk or (image.alpha and fmt.alpha) or bits > 8):
        metadata = replace(metadata, kind="rgb")
    grey = image.grey and fmt.grey
    metadata, lost = fitted(metadata, fmt, image.height, image.width, grey=grey)
    return metadata, (*notes, *loss_line(lost, fmt))


def losses_of(image: Strips, fmt: Format, options: WriteOptions) -> tuple[str, ...]:
    """What a file cannot hold of an image, and what of the options its format has no choice of.

    Parameters
    ----------
    image : Strips
        The image, of which no row is asked for.
    fmt : Format
        Of the file.
    options : WriteOptions
        How it is written.

    Returns
    -------
    tuple of str
        As `srcnn.files.encoding.encode_strips` returns them.
    """
    return (*options.unused(fmt.name.lower()), *fit_metadata(image, fmt)[1])


def fitted_rows(image: Strips, fmt: Format, options: WriteOptions) -> tuple[FittedRows, tuple[str, ...]]:
    """The rows of an image in a format, and what is lost of it.

    Parameters
    ----------
    image : Strips
        The image.
    fmt : Format
        Of the file.
    options : WriteOptions
        How it is written.

    Returns
    -------
    (FittedRows, tuple of str)
        The rows, and one line for each loss.

    Raises
    ------
    ImageError
        If the image is too large for the format.
    """
    check_size(fmt, image.height, image.width, samples=1 if image.grey else 3)
    metadata, notes = fit_metadata(image, fmt)
    encoding = options.encoding(fmt.name.lower(), was_exact=metadata.format == fmt.name and metadata.lossless)
    return FittedRows(image, fmt, metadata, encoding), notes


@dataclass
class FittedRows:
    """Convert the rows of an image to what the format can hold."""

    image: Strips
    fmt: Format
    metadata: Metadata
    encoding: Encoding
    failure: BaseException | None = None  # from whatever computes the rows

    @property
    def alpha(self) -> bool:
        """Whether the file has alpha."""
        return self.image.alpha and self.fmt.alpha

    @property
    def cmyk(self) -> bool:
        """Whether the bands are inks."""
        return self.metadata.kind == "cmyk" and not self.image.grey and not self.alpha and self.bits == 8

    @property
    def bits(self) -> int:
        """Bits per sample in the file."""
        return _bits(self.image, self.fmt)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands."""
        bands = 4 if self.cmyk else (1 if self.image.grey else 3) + self.alpha
        return self.image.height, self.image.width, bands

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the values."""
        return np.dtype(_DTYPES[self.bits])

    def bands(self) -> Iterator[NDArray[Any]]:
        """Pixels and alpha in one array.

        Yields
        ------
        (h, W, bands) array
            Rows from the top.
        """
        for pixels, alpha in self.strips():
            values = (
                np.asarray(rgb_to_cmyk(Picture(pixels, None, self.metadata)))
                if self.cmyk
                else Picture(pixels, alpha).bands
            )
            values = values if values.ndim == 3 else values[..., None]
            if self.bits == 32 and self.metadata.levels is not None:
                colours = values.shape[2] - self.alpha
                values = np.dstack([with_levels(values[..., :colours], self.metadata.levels), values[..., colours:]])
            yield values

    def strips(self) -> Iterator[Strip]:
        """Pixels and alpha apart.

        Yields
        ------
        Strip
            Rows from the top.
        """
        try:
            for pixels, alpha in self.image.rows():
                yield self._fit(pixels, alpha)
        except BaseException as error:
            self.failure = error
            raise

    def whole(self) -> Picture:
        """The whole image in memory.

        Returns
        -------
        Picture
            All rows.
        """
        pixels: NDArray[Any] = np.empty((*self.shape[:2], 1 if self.image.grey else 3), self.dtype)
        opacity: NDArray[Any] | None = np.empty(self.shape[:2], self.dtype) if self.alpha else None
        top = 0
        for part, alpha in self.strips():
            here = slice(top, top + len(part))
            pixels[here] = part.reshape(*part.shape[:2], -1)
            if opacity is not None:
                opacity[here] = alpha
            top += len(part)
        return Picture(pixels[..., 0] if self.image.grey else pixels, opacity, self.metadata)

    def _fit(self, pixels: NDArray[Any], alpha: NDArray[Any] | None) -> Strip:
        if alpha is not None and not self.fmt.alpha:
            opacity = to_floats(alpha, np.float64)
            if pixels.ndim == 3:
                opacity = opacity[..., None]
            flat = to_floats(pixels, np.float64) * opacity + (1 - opacity)
            flat = np.clip(flat, 0, 1).astype(pixels.dtype) if self.image.bits == 32 else flat
            pixels, alpha = flat if self.image.bits == 32 else to_integers(flat, pixels.dtype.type), None
        if self.image.bits > self.bits:
            pixels, alpha = self._reduced(pixels), None if alpha is None else self._reduced(alpha)
        return pixels, alpha

    def _reduced(self, values: NDArray[Any]) -> NDArray[Any]:
        return to_bytes(values) if self.bits == 8 else to_integers(to_floats(values, np.float64), np.uint16)


_DTYPES: dict[int, type[Any]] = {8: np.uint8, 16: np.uint16, 32: np.float32}


def _bits(image: Strips, fmt: Format) -> int:
    """Bits per sample in the file; 32 for floats."""
    return 8 if fmt.bits == 8 else image.bits if fmt.floats else min(image.bits, 16)
