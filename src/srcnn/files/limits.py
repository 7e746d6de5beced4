"""How large an image is by its header alone, so that what is too large is refused before any decoder runs.

A small file can claim any size.
A limit on pixels alone says nothing of bands, of depth, or of what a decoder needs beside the image.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcnn.errors import ImageError

MAX_PIXELS = 200_000_000  # of an input: about the largest photo that a camera makes
BYTES_PER_PIXEL = (
    5  # of memory, on average, that an image of that many pixels may take: RGB of 16 bits up to 166 million pixels
)
MAX_SCAN_PIXELS = 16  # times the limit of pixels: a progressive JPEG goes over all of its image about ten times
LONGEST_TEXT = 1 << 20  # bytes of one PNG text once inflated: the most that Pillow takes
FREE_SCANS = 100  # a small image may have that many; encoders write about ten


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says of its image before anything is decoded."""

    width: int
    height: int
    bands: int = 3
    bits: int = 8  # of a sample in memory
    working: float = 0.0  # bytes per pixel that the decoder needs beside the image
    buffer: int = 0  # bytes that it needs however large the image is
    scans: int = 1  # how often the decoder goes over the whole image

    @property
    def pixels(self) -> int:
        """How many the image has."""
        return self.width * self.height

    @property
    def memory(self) -> float:
        """Bytes that the decoded image and its decoder take."""
        return self.pixels * (self.bands * ((self.bits + 7) // 8) + self.working) + self.buffer


def check_limits(header: Header, max_pixels: int | None) -> None:
    """Refuse what is too large.

    Parameters
    ----------
    header : Header
        What the file says.
    max_pixels : int or None
        The limit of pixels.
        That of memory is 5 bytes for each of them, that of scans 16 times as many pixels.
        None lifts all three.

    Raises
    ------
    ImageError
        If the image passes a limit.
    ValueError
        If it has no pixels.
    """
    size = f"{header.width}x{header.height}"
    if header.width < 1 or header.height < 1:
        raise ValueError(f"it says {size} pixels")
    if max_pixels is None:
        return
    lift = "lift the limit if you trust the file"
    if header.pixels > max_pixels:
        raise ImageError(f"its {size} pixels are more than the limit of {max_pixels / 1e6:g} million; {lift}")
    if header.memory > BYTES_PER_PIXEL * max_pixels:
        what = f"{size} pixels with {header.bands} bands of {header.bits} bits"
        limit = f"{BYTES_PER_PIXEL * max_pixels / 1e6:g} MB"
        raise ImageError(
            f"its {what} take {header.memory / 1e6:.0f} MB to decode, more than the limit of {limit}; {lift}"
        )
    if header.scans > FREE_SCANS or header.scans * header.pixels > MAX_SCAN_PIXELS * max_pixels:
        raise ImageError(
            f"its {size} pixels in {header.scans} scans take too long to decode; {lift}, or save it with fewer scans"
        )
