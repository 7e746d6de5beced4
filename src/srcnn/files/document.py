"""Files of several pages, read one by one."""

from __future__ import annotations

from dataclasses import dataclass

from srcnn.errors import ImageError
from srcnn.files.decoding import checked_page, decode_page
from srcnn.files.formats import sniff
from srcnn.files.limits import MAX_PIXELS
from srcnn.files.picture import Picture
from srcnn.files.tiff_directory import read_pages


@dataclass(frozen=True)
class Document:
    """A TIFF file of several pages.

    Attributes
    ----------
    data : bytes
        The file.
    count : int
        Pages; reduced copies and masks are none.
    max_pixels : int or None
        As `srcnn.files.decoding.decode` takes it, for one page.
    """

    data: bytes
    count: int
    max_pixels: int | None = MAX_PIXELS

    def page(self, number: int) -> Picture:
        """Decode a page, with all that the file says of it.

        Parameters
        ----------
        number : int
            From 0.

        Returns
        -------
        Picture
            Of its own size, depth and colours.

        Raises
        ------
        ImageError
            If it is damaged, not supported or too large; the message names the page.
        """
        try:
            return decode_page(self.data, number, max_pixels=self.max_pixels)
        except ImageError as error:
            raise ImageError(f"page {number + 1} of {self.count}: {error}") from error


def has_pages(data: bytes) -> bool:
    """Whether a file is a TIFF of several pages.

    Parameters
    ----------
    data : bytes
        A file of any kind.

    Returns
    -------
    bool
        By its directories.
    """
    fmt = sniff(data[:64])
    if fmt is None or fmt.name != "TIFF":
        return False
    try:
        return read_pages(data).images > 1
    except Exception:  # the decoder tells what is wrong
        return False


def read_document(data: bytes, *, max_pixels: int | None = MAX_PIXELS) -> Document:
    """Open a file of several pages, after the headers of all have been checked.

    Parameters
    ----------
    data : bytes
        A file for which `has_pages` holds.
    max_pixels : int or None
        As `srcnn.files.decoding.decode` takes it, for one page.

    Returns
    -------
    Document
        No page is decoded yet.

    Raises
    ------
    ImageError
        If a page is not supported or too large; the message names it.
    """
    count = read_pages(data).images
    for number in range(count):
        try:
            checked_page(data, number, max_pixels=max_pixels)
        except ImageError as error:
            raise ImageError(f"page {number + 1} of {count}: {error}") from error
    return Document(data, count, max_pixels)
