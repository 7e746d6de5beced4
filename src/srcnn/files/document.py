"""Files of several pages, read one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from srcnn.errors import ImageError
from srcnn.files.atomic import replacing
from srcnn.files.decoding import checked_page, decode_page
from srcnn.files.encoding import encode_pages
from srcnn.files.formats import format_of, sniff
from srcnn.files.limits import MAX_PIXELS
from srcnn.files.picture import Picture
from srcnn.files.strips import Strips
from srcnn.files.tiff_directory import Chain, read_chain
from srcnn.output import DEFAULTS, WriteOptions


@dataclass(frozen=True)
class Document:
    """A TIFF file of several pages.

    Attributes
    ----------
    data : bytes
        The file.
    chain : Chain
        Its directories.
    max_pixels : int or None
        As `srcnn.files.decoding.decode` takes it, for one page.
    name : str
        Of the file, for messages.
    modified_ns : int or None
        When the file was modified.
    """

    data: bytes
    chain: Chain
    max_pixels: int | None = MAX_PIXELS
    name: str = "the file"
    modified_ns: int | None = None

    @property
    def count(self) -> int:
        """Pages; reduced copies and masks are none."""
        return self.chain.images

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
            picture = decode_page(self.data, number, self.chain, max_pixels=self.max_pixels)
        except ImageError as error:
            raise ImageError(f"cannot read {self.name}: page {number + 1} of {self.count}: {error}") from error
        return replace(picture, metadata=replace(picture.metadata, modified_ns=self.modified_ns))


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
        return read_chain(data).images > 1
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
    chain = read_chain(data)
    count = chain.images
    for number in range(count):
        try:
            checked_page(data, number, chain, max_pixels=max_pixels)
        except ImageError as error:
            raise ImageError(f"page {number + 1} of {count}: {error}") from error
    return Document(data, chain, max_pixels)


def write_document(
    path: Path,
    pages: Iterable[Strips],
    document: Document,
    *,
    options: WriteOptions = DEFAULTS,
    threads: int | None = None,
) -> tuple[str, ...]:
    """Write a file of several pages atomically.

    Parameters
    ----------
    path : path
        Its suffix names a format that holds pages, unless ``options`` does.
    pages : iterable of Strips
        As many as ``document`` has; each is asked for when the one before is written.
    document : Document
        What they were made of.
    options : WriteOptions
        How it is written.
    threads : int, optional
        That compress.

    Returns
    -------
    tuple of str
        What the format could not hold of any page.

    Raises
    ------
    ImageError
        If the file cannot be written.
    """
    fmt = format_of(path, options.format)
    modified_ns = document.modified_ns if options.keep_date else None
    with replacing(path, modified_ns=modified_ns) as part, part.open("r+b") as file:
        return encode_pages(pages, document.count, fmt, file, options, threads=threads)
