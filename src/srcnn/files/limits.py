"""Size limits, checked by the header alone, so that large images are refused before any decoder runs.

A small file can claim any size, and a limit on pixels alone ignores bands, depth, and what a decoder needs in addition.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcnn.errors import ImageError

MAX_PIXELS = 200_000_000  # about the largest photo of a camera
BYTES_PER_PIXEL = 5  # average memory per allowed pixel: up to 166 million pixels of 16-bit RGB
MAX_SCAN_PIXELS = 16  # times the pixel limit: a progressive JPEG has about ten scans of the whole image
LONGEST_TEXT = 1 << 20  # bytes of one decompressed PNG text: the most that Pillow accepts
FREE_SCANS = 100  # allowed for any image; encoders write about ten


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file declares about its image, before anything is decoded."""

    width: int
    height: int
    bands: int = 3
    bits: int = 8  # per sample in memory
    working: float = 0.0  # bytes per pixel that the decoder needs in addition to the image
    buffer: int = 0  # bytes that it needs whatever the size of the image
    scans: int = 1  # number of passes of the decoder over the whole image

    @property
    def pixels(self) -> int:
        """How many the image has."""
        return self.width * self.height

    @property
    def memory(self) -> float:
        """Bytes that the decoded image and its decoder need."""
        return self.pixels * (self.bands * ((self.bits + 7) // 8) + self.working) + self.buffer


def check_limits(header: Header, max_pixels: int | None) -> None:
    """Refuse images that are too large.

    Parameters
    ----------
    header : Header
        What the file declares.
    max_pixels : int or None
        The pixel limit.
        The memory limit is 5 bytes for each of these pixels, the limit over all scans 16 times as many pixels.
        None lifts all three.

    Raises
    ------
    ImageError
        If the image exceeds a limit.
    ValueError
        If it has no pixels.
    """
    size = f"{header.width}x{header.height}"
    if header.width < 1 or header.height < 1:
        raise ValueError(f"it claims to have {size} pixels")
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
