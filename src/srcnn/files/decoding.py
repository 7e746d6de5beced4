"""Decode the bytes of a file into a `Picture`, with errors in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from srcnn.errors import ImageError, MissingExtraError
from srcnn.files.decoders import DECODERS, decode_tiff_page
from srcnn.files.formats import FORMATS, Format, sniff
from srcnn.files.limits import MAX_PIXELS, check_limits
from srcnn.files.metadata.read import described
from srcnn.files.picture import Picture
from srcnn.files.tiff_directory import Chain, read_pages
from srcnn.files.tiff_layout import layout_of


def decode(data: bytes, *, max_pixels: int | None = MAX_PIXELS) -> Picture:
    """Read an image from the bytes of a file.

    Parameters
    ----------
    data : bytes
        A file of one of `srcnn.files.formats.FORMATS`, recognised by its content.
    max_pixels : int or None
        Images above this limit, or above the limits of memory and time derived from it, are refused before decoding
        (see `srcnn.files.limits`); None lifts the limits.

    Returns
    -------
    Picture
        As from `srcnn.files.io.read_image`.

    Raises
    ------
    ImageError
        If the data is empty, not an image, damaged, truncated, of an unsupported kind, or too large.
    """
    if not data:
        raise ImageError("the file is empty")
    fmt = sniff(data[:64])
    if fmt is None:
        raise ImageError(f"it is not an image of a known format ({', '.join(FORMATS)})")
    with errors_in_words(fmt):
        picture = DECODERS[fmt.name](data, fmt, max_pixels)
        # A JPEG inside another file speaks for itself.
        return described(picture, data, fmt) if picture.metadata.format == fmt.name else picture


def decode_page(data: bytes, page: int, chain: Chain, *, max_pixels: int | None = MAX_PIXELS) -> Picture:
    """Read one image of a TIFF file.

    Parameters
    ----------
    data : bytes
        The file.
    page : int
        Which of its full-size images, from 0.
    chain : Chain
        Its directories.
    max_pixels : int or None
        As `decode` takes it.

    Returns
    -------
    Picture
        As from `decode`.

    Raises
    ------
    ImageError
        As from `decode`.
    """
    fmt = FORMATS["TIFF"]
    with errors_in_words(fmt):
        picture, _ = decode_tiff_page(data, fmt, max_pixels, page, chain)
        return described(picture, data, fmt, chain.start(page))


def checked_page(data: bytes, page: int, chain: Chain, *, max_pixels: int | None = MAX_PIXELS) -> None:
    """Refuse an image of a TIFF file by its header, as `decode_page` would.

    Parameters
    ----------
    data : bytes
        The file.
    page : int
        Which of its full-size images, from 0.
    chain : Chain
        Its directories.
    max_pixels : int or None
        As `decode` takes it.

    Raises
    ------
    ImageError
        If the image is not supported or too large.
    """
    with errors_in_words(FORMATS["TIFF"]):
        check_limits(layout_of(read_pages(data, page, chain)).header, max_pixels)


@contextlib.contextmanager
def errors_in_words(fmt: Format) -> Iterator[None]:
    """Whatever a decoder raises as an `ImageError`.

    Parameters
    ----------
    fmt : Format
        What is decoded.

    Yields
    ------
    None
        To decode.

    Raises
    ------
    ImageError
        If the file is damaged, not supported or too large.
    """
    try:
        yield
    except ImageError:
        raise
    except MissingExtraError as error:
        raise ImageError(str(error)) from error
    except MemoryError:
        raise ImageError("it does not fit into memory") from None
    except Exception as error:  # decoders raise almost anything on damaged data
        if type(error).__name__ == "DecompressionBombError":
            raise ImageError(
                f"it has more pixels than Pillow, which reads {fmt.name}, accepts; see PIL.Image.MAX_IMAGE_PIXELS"
            ) from error
        raise ImageError(f"the {fmt.name} data is damaged or truncated ({one_line(error)})") from error


def one_line(error: BaseException) -> str:
    """The message of a library's error in one line, without repetitions.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Returns
    -------
    str
        One line.
    """
    lines = dict.fromkeys(" ".join(line.split()) for line in str(error).splitlines())  # libvips repeats itself
    telling = [line for line in lines if line and not line.startswith("unable to")] or [line for line in lines if line]
    return "; ".join(telling)[:200] or type(error).__name__
