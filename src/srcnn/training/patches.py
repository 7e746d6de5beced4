"""Patches made as they are drawn: images stay in memory with 8 bits, and every patch is downscaled, worn or patterned
anew.

Batch ``i`` depends on the seed and ``i`` alone, as with `srcnn.training.data.PatchSampler`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import degrade_matrix
from srcnn.errors import DataError, OptionError
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes, Floats, Image, to_bytes, to_floats, to_integers
from srcnn.image.colour import luma_bytes, rgb_to_ycbcr
from srcnn.image.resize import imresize, modcrop
from srcnn.training.data import TOO_SMALL, Pair, Purpose
from srcnn.training.outliers import with_pattern
from srcnn.training.wearing import wear_out
from srcnn.wear import Wear, wear_down

Rng = np.random.Generator
_GRID = 16  # pixels of a JPEG's block with chroma at half size: the offset at which a patch may lie in it


@dataclass(frozen=True, eq=False)
class Source:
    """An image to draw from: 8-bit luma (H, W) or RGB (H, W, 3), and perhaps what a teacher makes of its low-resolution
    version.
    """

    image: Bytes
    taught: NDArray[np.float16] | None = None  # (H, W)

    @property
    def detail(self) -> float:
        """Mean difference of neighbours: what there is to learn."""
        plane = self.image if self.image.ndim == 2 else self.image[..., 1]
        return float(np.abs(np.diff(plane[::2].astype(np.int16), axis=1)).mean()) + 0.5


def read_sources(
    paths: tuple[Path, ...],
    *,
    scale: int,
    sizes: tuple[float, ...],
    smallest: int,
    colour: bool,
    what: Purpose = "training",
    teacher: Callable[[Bytes], NDArray[np.float16]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Source]:
    """Read images and their smaller copies; a repeated path is read once and drawn as often as it stands there.

    Parameters
    ----------
    paths : tuple of path
        Image files.
    scale : int
        Upscaling factor.
    sizes : tuple of float
        Factors in (0, 1] that the images are shrunk by.
    smallest : int
        HR pixels a side; smaller copies are left out.
    colour : bool
        Whether RGB is kept, and not luma.
    what : {"training", "held-out"}
        What the images are for, as an error is to say.
    teacher : callable, optional
        Gives luma (H, W) for an image in 8 bits.
    progress : callable, optional
        Told after each file how many are done.

    Returns
    -------
    list of Source
        At least one, in the order of the paths.

    Raises
    ------
    DataError
        If every image is too small.
    """
    made: dict[Path, list[Source]] = {}
    sources: list[Source] = []
    for number, path in enumerate(paths):
        if path not in made:
            made[path] = list(_copies(path, scale, sizes, smallest, colour, teacher))
        sources += made[path]
        if progress is not None:
            progress(number + 1)
    if not sources:
        raise DataError(TOO_SMALL[what].format(smallest))
    return sources


def _copies(
    path: Path,
    scale: int,
    sizes: tuple[float, ...],
    smallest: int,
    colour: bool,
    teacher: Callable[[Bytes], NDArray[np.float16]] | None,
) -> Iterator[Source]:
    pixels = to_bytes(read_image(path).pixels)
    if colour and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    for size in sizes:
        copy = pixels if size == 1.0 else to_integers(np.clip(imresize(to_floats(pixels), size), 0, 1))
        if min(copy.shape[:2]) // scale * scale < smallest:
            continue
        copy = modcrop(copy, scale)
        plane = np.ascontiguousarray(copy if colour else luma_bytes(copy))
        yield Source(plane, None if teacher is None else teacher(copy))


@dataclass(frozen=True)
class LivePatches:
    """Draws batches of patches.

    Attributes
    ----------
    patch : int
        HR pixels a side of a target.
    worn : bool
        Whether sources are Y, Cb, Cr and two planes of wear, and targets Y, Cb, Cr; luma both, else.
    teacher_weight : float
        Share of the teacher's output in the target.
    mild : float
        Share of the worn patches that a JPEG of good quality alone has worn.
    """

    sources: list[Source] = field(repr=False)
    scale: int
    patch: int
    batch: int
    seed: int
    worn: bool = False
    outliers: float = 0.0
    detail: float = 0.0
    teacher_weight: float = 0.0
    mild: float = 0.0

    def __post_init__(self) -> None:
        if self.patch % self.scale:
            raise OptionError(f"patch must be a multiple of the scale {self.scale}, got {self.patch}")

    @property
    def reduction(self) -> int:
        """HR pixels to a source pixel."""
        return self.scale

    def sample(self, index: int, rank: int = 0) -> tuple[Floats, Floats]:
        """Sources and targets of one batch.

        Parameters
        ----------
        index : int
            The batch's number.
        rank : int
            The process's number, of those that share a batch.

        Returns
        -------
        sources : (N, C, p, p) float32 array
            ``patch / scale`` pixels a side.
        targets : (N, C', scale*p, scale*p) float32 array
            ``patch`` pixels a side.
        """
        rng = np.random.default_rng([self.seed, index, rank])
        make = self._worn if self.worn else self._clean
        pairs = [make(rng) for _ in range(self.batch)]
        return np.stack([lr for lr, _ in pairs]), np.stack([hr for _, hr in pairs])

    @cached_property
    def _odds(self) -> NDArray[np.float64]:
        areas = np.array(
            [s.image[..., 0].size if s.image.ndim == 3 else s.image.size for s in self.sources], np.float64
        )
        odds = areas * np.clip(np.array([s.detail for s in self.sources]) / 6, 0.2, 4) ** self.detail
        return np.asarray(odds.cumsum() / odds.sum())

    def _place(self, rng: Rng, side: int) -> tuple[Source, int, int]:
        """An image, and the corner of a patch in it; of two places the one with more detail is oftener taken."""
        source = self.sources[int(np.searchsorted(self._odds, rng.random(), side="right"))]
        height, width = source.image.shape[:2]
        corners = [
            (
                int(rng.integers((height - side) // self.scale + 1)) * self.scale,
                int(rng.integers((width - side) // self.scale + 1)) * self.scale,
            )
            for _ in range(2 if rng.random() < 0.5 * self.detail else 1)
        ]
        top, left = (
            max(corners, key=lambda at: _busy(source.image, at[0], at[1], side)) if len(corners) > 1 else corners[0]
        )
        return source, top, left

    def _clean(self, rng: Rng) -> tuple[Floats, Floats]:
        source, top, left = self._place(rng, self.patch)
        where = np.s_[top : top + self.patch, left : left + self.patch]
        turn = int(rng.integers(8))
        hr = _turned(to_floats(source.image[where]), turn)
        lr = _reduced(hr, self.scale)
        if source.taught is not None and self.teacher_weight:
            taught = _turned(source.taught[where].astype(np.float32), turn)
            hr = (1 - self.teacher_weight) * hr + self.teacher_weight * taught
        if rng.random() < self.outliers:
            made = with_pattern(lr, hr, rng)
            lr, hr = made.lr, made.hr
        return lr[None], np.ascontiguousarray(hr[None])

    def _worn(self, rng: Rng) -> tuple[Floats, Floats]:
        side = self.patch + _GRID * self.scale
        source, top, left = self._place(rng, side)
        hr8 = _turned(source.image[top : top + side, left : left + side], int(rng.integers(8)))
        hr = _planes(to_floats(hr8))
        wear, rgb = wear_out(_downscaled(hr8, self.scale, rng), rng, self.mild)
        lr = _planes(to_floats(rgb))
        row, column = (int(rng.integers(_GRID + 1)) for _ in range(2))
        p = self.patch // self.scale
        lr = lr[:, row : row + p, column : column + p]
        hr = hr[
            :, row * self.scale : row * self.scale + self.patch, column * self.scale : column * self.scale + self.patch
        ]
        if wear == Wear() and rng.random() < self.outliers:
            made = [
                with_pattern(a, b, rng) if c == 0 or rng.random() < 0.3 else None
                for c, (a, b) in enumerate(zip(lr, hr, strict=True))
            ]
            lr = np.stack([a if m is None else m.lr for a, m in zip(lr, made, strict=True)])
            hr = np.stack([b if m is None else m.hr for b, m in zip(hr, made, strict=True)])
        return with_wear(lr, wear), np.ascontiguousarray(hr)


HELD_OUT_WEAR = (Wear(), Wear(90), Wear(75), Wear(50), Wear(30), Wear(None, 5), Wear(None, 10), Wear(None, 25))
"""What held-out images are worn by: every image by every one of them, as `srcnn benchmark` wears test images."""


def worn_pairs(paths: tuple[Path, ...], scale: int) -> list[Pair]:
    """Held-out images for a network that is told the wear, worn in the ways that it will be measured with.

    Parameters
    ----------
    paths : tuple of path
        Image files.
    scale : int
        Upscaling factor.

    Returns
    -------
    list of Pair
        Every image once for each of `HELD_OUT_WEAR`.
    """
    pairs = []
    for source in read_sources(paths, scale=scale, sizes=(1.0,), smallest=64, colour=True, what="held-out"):
        hr = _planes(to_floats(source.image))
        lr = to_integers(_reduced(to_floats(source.image), scale))
        pairs += [Pair(with_wear(_planes(to_floats(wear_down(lr, wear))), wear), hr) for wear in HELD_OUT_WEAR]
    return pairs


def with_wear(lr: Floats, wear: Wear) -> Floats:
    """Planes (3, h, w) and two constant ones that tell the wear.

    Parameters
    ----------
    lr : (3, h, w) float32 array
        Y, Cb, Cr.
    wear : Wear
        What is told.

    Returns
    -------
    (5, h, w) float32 array
        The image and the two planes.
    """
    told = [np.full((1, *lr.shape[1:]), value, np.float32) for value in wear.planes]
    return np.concatenate([lr, *told])


def _downscaled(hr: Bytes, scale: int, rng: Rng) -> Bytes:
    """An 8-bit RGB patch at low resolution: by the protocol's bicubic, mostly; else by another filter, or slightly
    blurred before.
    """
    kind = rng.random()
    if kind < 0.72:
        planes = to_floats(hr)
        if kind < 0.08:
            planes = _blurred(planes, rng.uniform(0.2, 0.5) * scale)
        return to_integers(_reduced(planes, scale))
    from PIL.Image import Resampling, fromarray

    chosen = (Resampling.LANCZOS, Resampling.BICUBIC, Resampling.HAMMING, Resampling.BOX)[rng.integers(4)]
    return np.asarray(fromarray(hr).resize((hr.shape[1] // scale, hr.shape[0] // scale), chosen))


def _blurred(planes: Floats, sigma: float) -> Floats:
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(planes, [(reach, reach) if a == axis else (0, 0) for a in range(3)], mode="edge")
        planes = sum(  # type: ignore[assignment]
            np.float32(k) * np.take(padded, range(i, i + planes.shape[axis]), axis) for i, k in enumerate(kernel)
        )
    return planes


def _reduced(hr: Floats, scale: int) -> Floats:
    down, across = degrade_matrix(hr.shape[0], scale), degrade_matrix(hr.shape[1], scale)
    if hr.ndim == 2:
        return np.asarray(down @ hr @ across.T)
    return np.stack([down @ hr[..., c] @ across.T for c in range(3)], axis=2)


def _planes(rgb: Floats) -> Floats:
    return np.ascontiguousarray(np.moveaxis(rgb_to_ycbcr(rgb), 2, 0))


def _busy(image: Bytes, top: int, left: int, side: int) -> float:
    part = image[top : top + side : 3, left : left + side]
    plane = part if part.ndim == 2 else part[..., 1]
    return float(np.abs(np.diff(plane.astype(np.int16), axis=1)).mean())


def _turned(image: Image, turn: int) -> Image:
    image = np.rot90(image, turn % 4)
    return image[:, ::-1] if turn >= 4 else image
