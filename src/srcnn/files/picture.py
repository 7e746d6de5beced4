"""An image as read from a file: exact pixels, alpha, and the metadata to keep."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.files.exif import updated_exif, upright
from srcnn.files.metadata.coding import ColourCoding
from srcnn.files.metadata.geo import Georeference
from srcnn.files.metadata.png import PngText
from srcnn.image.arrays import check_image, check_plane, is_integers
from srcnn.options import shown

Kind = Literal["grey", "rgb", "palette", "cmyk", "1-bit"]
Codec = Literal["VP8", "AV1"]


@dataclass(frozen=True)
class Quantiser:
    """How coarsely a codec without quantisation tables of its own quantised an image.

    Attributes
    ----------
    codec : str
        "VP8", of lossy WebP, or "AV1", of AVIF.
    index : int
        Of the codec's quantisers, 0 (finest) to 127 of VP8 and to 255 of AV1.
    """

    codec: Codec
    index: int


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The metadata of an image file.

    Attributes
    ----------
    format : str or None
        "PNG", "JPEG", …: the format it was read from; None for an image made in memory.
    kind : str
        How the file stored colour: "grey", "rgb", "palette", "cmyk" or "1-bit".
        In memory, palette and CMYK pixels are RGB, and 1-bit pixels are 8-bit grey.
    icc : bytes or None
        Colour profile of the pixels in memory.
    cmyk_icc : bytes or None
        Profile of the CMYK values that the pixels were converted from.
    exif : bytes or None
        A TIFF structure without the "Exif" header; its orientation is 1, for the pixels are upright.
    xmp : bytes or None
        An XMP packet.
    iptc : bytes or None
        IPTC-IIM records.
    photoshop : bytes or None
        Image resources of Photoshop, without IPTC and without what describes the old pixels.
    comments : tuple of str
        Comments of a JPEG or PNG file.
    texts : tuple of PngText
        Texts of a PNG file, without comments and XMP.
    coding : ColourCoding or None
        What the values mean, said by other means than a profile.
    geo : Georeference or None
        Where on Earth the pixels lie.
    quantisation : tuple of int or None
        The luminance quantisation table of the JPEG that the pixels came from, 64 numbers row by row.
    quantiser : Quantiser or None
        The coarsest quantiser of the lossy WebP or AVIF that the pixels came from.
    left_out : tuple of str
        Names of what the file holds and no upscaled image can.
    dpi : (float, float) or None
        Resolution, horizontal and vertical, in dots per inch.
    levels : (float, float) or None
        The values of a file of floats that 0 and 1 in memory stand for; None where they are those.
    lossless : bool
        Whether the file kept pixels exactly.
    notes : tuple of str
        What a user should know about the reading, for example that only the first page was taken.
    modified_ns : int or None
        When the file was modified, in nanoseconds of Unix time; of no weight where two are compared.
    """

    format: str | None = None  # "PNG", "JPEG", …: the format it was read from; None for an image made in memory
    kind: Kind = (
        "rgb"  # how the file stored colour; palette and CMYK pixels are RGB in memory, 1-bit pixels are 8-bit grey
    )
    icc: bytes | None = None  # profile of the pixels in memory
    cmyk_icc: bytes | None = None  # profile of the CMYK values that the pixels were converted from
    exif: bytes | None = (
        None  # a TIFF structure without the "Exif" header; its orientation is 1, for the pixels are upright
    )
    xmp: bytes | None = None  # an XMP packet
    iptc: bytes | None = None  # IPTC-IIM records
    photoshop: bytes | None = None  # image resources of Photoshop without IPTC and without what tells of the old pixels
    comments: tuple[str, ...] = ()
    texts: tuple[PngText, ...] = ()  # of PNG, without comments and XMP
    coding: ColourCoding | None = None  # what the values mean, said by other means than a profile
    geo: Georeference | None = None
    quantisation: tuple[int, ...] | None = None  # of the JPEG that the pixels came from, luminance, row by row
    quantiser: Quantiser | None = None  # the coarsest of the lossy WebP or AVIF that the pixels came from
    left_out: tuple[str, ...] = ()  # names of what the file holds and no enlarged image can
    dpi: tuple[float, float] | None = None  # horizontal, vertical
    levels: tuple[float, float] | None = None  # what 0 and 1 stand for in a file of floats
    lossless: bool = True  # whether the file kept pixels exactly
    notes: tuple[str, ...] = ()  # what a user should know about the reading, e.g. that only the first page was taken
    modified_ns: int | None = field(default=None, compare=False)  # when the file was modified


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels of a file, upright, and its metadata.

    It is equal to itself alone; compare the arrays of two with NumPy.

    Attributes
    ----------
    pixels : (H, W) or (H, W, 3) uint8, uint16 or float32 array
        Grey or RGB, full range; floats in [0, 1].
    alpha : (H, W) array of the same dtype, or None
        Opacity; the colours are *not* premultiplied by it. None when everything is opaque.
    metadata : Metadata
        What else the file held.

    Raises
    ------
    ShapeError
        If an array is no image, or the two do not fit each other.
    RangeError
        If they are not both of 8 bits, of 16 bits, or float32 in [0, 1].
    OptionError
        If ``metadata`` is no `Metadata`.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.Picture(np.zeros((4, 5), np.uint16))
    Picture(5x4, grey, 16 bits, made in memory)
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        check_image(self.pixels, "pixels")
        _check_kind(self.pixels, "pixels")
        object.__setattr__(self, "pixels", _native(self.pixels))
        if not isinstance(self.metadata, Metadata):
            raise OptionError(f"metadata must be a Metadata, got {shown(self.metadata)}")
        if self.alpha is None:
            return
        check_plane(self.alpha, "alpha")
        object.__setattr__(self, "alpha", _native(self.alpha))
        if self.alpha.shape != self.pixels.shape[:2]:
            raise ShapeError(f"alpha must have the shape {self.pixels.shape[:2]} of its pixels, got {self.alpha.shape}")
        if self.alpha.dtype != self.pixels.dtype:
            raise RangeError(f"alpha must be {self.pixels.dtype} like its pixels, got {self.alpha.dtype}")
        _check_kind(self.alpha, "alpha")

    @property
    def bits(self) -> int:
        """Bits of a sample: 8, 16, or 32 for floats."""
        return self.pixels.dtype.itemsize * 8

    @property
    def bands(self) -> NDArray[Any]:
        """Pixels and alpha in one array: (H, W), or (H, W, 2 … 4) with alpha last."""
        return self.pixels if self.alpha is None else np.dstack([self.pixels, self.alpha])

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        bands = ("grey" if self.pixels.ndim == 2 else "RGB") + (" with alpha" if self.alpha is not None else "")
        return f"Picture({width}x{height}, {bands}, {self.bits} bits, {self.metadata.format or 'made in memory'})"

    def _repr_png_(self) -> bytes:
        """The representation in a notebook."""
        from srcnn.files.preview import preview

        return preview(self)


def _check_kind(values: NDArray[Any], name: str) -> None:
    if values.dtype.kind == "f" and values.dtype.itemsize == 4:
        if values.min() < 0 or values.max() > 1:
            raise RangeError(f"{name} of floats must lie in [0, 1], got {values.min():g} to {values.max():g}")
    elif not is_integers(values):
        raise RangeError(
            f"a Picture holds uint8, uint16 or float32 {name}, got {values.dtype}; convert them with to_integers"
        )


def _native(values: NDArray[Any]) -> NDArray[Any]:
    """The values in native byte order, as the libraries that write files expect them."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def picture_from_strips(
    strips: Iterable[NDArray[Any]],
    size: tuple[int, int],
    metadata: Metadata,
    orientation: int = 1,
    *,
    grey_if_equal: bool = False,
) -> Picture:
    """Assemble an image from the strips of a file: separate alpha from colour, and rotate it upright.

    There is never a second copy of all values, unless the image has to be rotated.

    Parameters
    ----------
    strips : iterable of (h, W) or (h, W, 1 … 4) uint8, uint16 or float32 arrays
        From the top, all of one kind. With two or four bands the last is alpha, which is dropped if it is fully
        opaque.
    size : (int, int)
        Height and width of the whole image.
    metadata : Metadata
        Its EXIF is brought to the upright image, and its kind "rgb" to "grey" where there is one band of colour.
    orientation : int
        EXIF orientation in which the values are stored.
    grey_if_equal : bool
        Whether three equal bands become one.

    Returns
    -------
    Picture
        With its own contiguous arrays.
    """
    pixels, alpha, top = np.empty((0, 0), np.uint8), None, 0
    for values in strips:
        strip = values if values.ndim == 3 else values[..., None]
        bands = strip.shape[2]
        if not top:
            pixels = np.empty(size if bands <= 2 else (*size, 3), strip.dtype)
            alpha = np.empty(size, strip.dtype) if bands in (2, 4) else None
        bottom = top + len(strip)
        pixels[top:bottom] = strip[..., 0] if bands <= 2 else strip[..., :3]
        if alpha is not None:
            alpha[top:bottom] = strip[..., -1]
        grey_if_equal = grey_if_equal and bands >= 3 and bool((strip[..., 1:3] == strip[..., :1]).all())
        top = bottom
    if grey_if_equal:
        pixels = pixels[..., 0].copy()
    if alpha is not None and alpha.min() == (1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max):
        alpha = None
    pixels, alpha = upright(pixels, orientation), None if alpha is None else upright(alpha, orientation)
    if orientation >= 5 and metadata.dpi is not None:
        metadata = replace(metadata, dpi=(metadata.dpi[1], metadata.dpi[0]))
    if metadata.kind == "rgb" and pixels.ndim == 2:
        metadata = replace(metadata, kind="grey")
    return Picture(pixels, alpha, replace(metadata, exif=updated_exif(metadata.exif, *pixels.shape[:2])))
