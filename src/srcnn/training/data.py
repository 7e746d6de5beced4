"""Training images: found, degraded once, kept in memory, cut into patches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import make_pair
from srcnn.errors import DataError, OptionError
from srcnn.files.digest import files_sha256
from srcnn.files.io import read_image
from srcnn.files.listing import images_in
from srcnn.image.arrays import Floats, as_rgb, to_bytes, to_floats
from srcnn.image.colour import luma_bytes, rgb_to_ycbcr
from srcnn.image.resize import imresize
from srcnn.nets import Colour
from srcnn.training.config import TrainConfig
from srcnn.training.run_folder import LAST

Purpose = Literal["training", "held-out"]
TOO_SMALL: dict[Purpose, str] = {
    "training": "no training image is at least {} pixels per side, the size of a patch",
    "held-out": "no held-out image is at least {} pixels per side, the least that is measured",
}
"""Where no image is large enough, by what the images are for."""

_LARGEST_CUT = 2**30  # bytes of patches that are cut beforehand; those of T91 take 120 MB


@dataclass(frozen=True, eq=False)
class Pair:
    """What the network sees and what it should make of it: channels first, float32."""

    source: Floats  # (C, H, W): ilr, or (C, H/scale, W/scale): lr
    hr: Floats  # (C, H, W)


@dataclass(frozen=True)
class ImageFiles:
    """The files of a run; no file stands in both, and one that stands twice in ``train`` is drawn twice as often."""

    train: tuple[Path, ...]
    validation: tuple[Path, ...]

    def digest(self) -> str:
        """SHA-256 over the training files, for the card."""
        return files_sha256(self.train)


def find_images(config: TrainConfig, root: Path) -> ImageFiles:
    """List the images of a run.

    Parameters
    ----------
    config : TrainConfig
        Names the folders.
    root : path
        Holds them.

    Returns
    -------
    ImageFiles
        At least one to train on and one held out.

    Raises
    ------
    DataError
        If a folder is missing or holds no image, or too few are there to keep one out.
    """
    found = [path for folder in config.data for path in _images(root / folder, "training")]
    if config.validation:
        kept = _images(root / config.validation, "validation")[:: config.validation_every]
    else:
        distinct: dict[Path, Path] = {}
        for path in found:
            distinct.setdefault(path.resolve(), path)
        kept = [*distinct.values()][:: config.holdout]
    # A folder may be named twice, for its images to be drawn twice as often, or by two paths.
    held_out = {path.resolve() for path in kept}
    train = [path for path in found if path.resolve() not in held_out]
    if len(found) > 1 and kept and not train:
        raise DataError(f"all {len(found)} images of {root} are held out for validation; none is left to train on")
    if not train or not kept:
        raise DataError(
            f"{root} has {len(found)} image(s); training needs at least 2, one of which is held out for validation"
        )
    return ImageFiles(tuple(train), tuple(kept))


def _images(folder: Path, what: str) -> list[Path]:
    """The images of a folder, without the learning curves of runs that were put into it."""
    found = images_in(folder, what=what, hint="give the folder that contains it with --data or SRCNN_DATA")
    runs = {place for place in {path.parent for path in found} if (place / LAST).exists()}
    return [path for path in found if path.parent not in runs]


def read_hr(path: Path, colour: Colour) -> Floats:
    """A training image as the planes that a network takes.

    Parameters
    ----------
    path : path
        An image file.
    colour : {"luma", "rgb", "ycbcr"}
        Which planes.

    Returns
    -------
    (H, W) or (H, W, 3) float32 array
        In [0, 1]: the protocol's luma, or three planes.

    Raises
    ------
    ImageError
        If the file cannot be read.
    """
    pixels = to_bytes(read_image(path).pixels)
    if colour == "luma":
        return to_floats(luma_bytes(pixels))
    rgb = to_floats(as_rgb(pixels))
    return rgb if colour == "rgb" else rgb_to_ycbcr(rgb)


def make_pairs(
    paths: tuple[Path, ...],
    config: TrainConfig,
    *,
    colour: Colour,
    input_size: str,
    smallest: int,
    what: Purpose = "training",
    teacher: Callable[[Floats], Floats] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Pair]:
    """Degrade every image at every size; those smaller than ``smallest`` HR pixels a side are left out.

    With a ``teacher`` (lr → sr), the target is a mixture of the truth and its output: what no network could know from
    ``lr`` is thinned out of the target, and with it the noise of the gradients.

    Parameters
    ----------
    paths : tuple of path
        Image files.
    config : TrainConfig
        Says scale, sizes, degradation and the teacher's weight.
    colour : {"luma", "rgb", "ycbcr"}
        Planes that the network takes.
    input_size : {"hr", "lr"}
        Whether it takes ILR or LR.
    smallest : int
        HR pixels a side.
    what : {"training", "held-out"}
        What the images are for, as an error is to say.
    teacher : callable, optional
        Gives the HR image that it makes of an LR image.
    progress : callable, optional
        Told after each file how many are done.

    Returns
    -------
    list of Pair
        At least one, in the order of the files.

    Raises
    ------
    DataError
        If every image is too small.
    """
    pairs = []
    for number, path in enumerate(paths):
        full = read_hr(path, colour)
        for size in config.sizes:
            image = full if size == 1.0 else np.clip(imresize(full, size), 0, 1)
            if min(image.shape[:2]) // config.scale * config.scale < max(smallest, config.scale):  # as it will be cut
                continue
            hr, lr, ilr = make_pair(image, config.scale, config.degradation)
            if teacher is not None:
                hr = (1 - config.teacher_weight) * hr + config.teacher_weight * teacher(lr)
                hr = hr.astype(np.float32)
            pairs.append(Pair(_planes(ilr if input_size == "hr" else lr), _planes(hr)))
        if progress is not None:
            progress(number + 1)
    if not pairs:
        raise DataError(TOO_SMALL[what].format(smallest))
    return pairs


def _planes(image: Floats) -> Floats:
    return np.ascontiguousarray(image[None] if image.ndim == 2 else np.moveaxis(image, 2, 0))


def check_patch(patch: int, halo: int, reduction: int, frame: int = 0) -> None:
    """See that patches of that many HR pixels a side can be cut; `PatchSampler` says what the numbers are.

    Parameters
    ----------
    patch : int
        HR pixels a side.
    halo : int
        HR pixels that the network takes from every side.
    reduction : int
        HR pixels to a source pixel.
    frame : int
        Source pixels that carry no loss, on every side of what is left within the halo.

    Raises
    ------
    OptionError
        If nothing is left of a patch within halo and frame, or it does not begin and end between pixels of its source.
    """
    if patch <= 2 * halo:
        raise OptionError(
            f"patch must be larger than the {2 * halo} pixels that valid convolutions remove, got {patch}"
        )
    if patch % reduction:
        raise OptionError(f"patch must be a multiple of the scale {reduction}, got {patch}")
    left = patch - 2 * halo
    if left <= 2 * frame * reduction:
        raise OptionError(
            f"frame must leave something of the {left} pixels per side that the network makes of a patch, but "
            f"{frame} on every side take {2 * frame * reduction}"
        )


@dataclass(frozen=True)
class PatchSampler:
    """Cuts batches of patches.

    Batch ``i`` depends on the seed and ``i`` alone, so a resumed run sees what it would have seen.
    """

    pairs: list[Pair]
    patch: int  # HR pixels a side
    halo: int  # HR pixels that the network takes from every side of a patch
    reduction: int  # HR pixels to a source pixel: 1 for ilr, scale for lr
    batch: int
    augment: bool
    seed: int
    stride: int | None = None  # grid cut, None: random

    def __post_init__(self) -> None:
        check_patch(self.patch, self.halo, self.reduction)

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
            ``patch / reduction`` pixels a side.
        targets : (N, C, P, P) float32 array
            ``patch - 2 halo`` pixels a side.
        """
        rng = np.random.default_rng([self.seed, index, rank])
        if self.stride is None:
            corners = self._random_corners(rng)
        else:
            grid = self._grid
            chosen = rng.integers(len(grid), size=self.batch)
            if self._cut is not None:
                return self._cut[0][chosen], self._cut[1][chosen]
            corners = grid[chosen]
        sources, targets = [], []
        for corner in corners:
            turn = int(rng.integers(8)) if self.augment else 0
            source, target = self._patch(corner)
            sources.append(_turned(source, turn))
            targets.append(_turned(target, turn))
        return np.stack(sources), np.stack(targets)

    def _patch(self, corner: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Source and target at the number of a pair, a row and a column."""
        number, top, left = corner
        p, k, h = self.patch, self.reduction, self.halo
        pair = self.pairs[number]
        source = pair.source[:, top // k : (top + p) // k, left // k : (left + p) // k]
        return source, pair.hr[:, top + h : top + p - h, left + h : left + p - h]

    @cached_property
    def _cut(self) -> tuple[Floats, Floats] | None:
        """All patches of the grid, cut once; None where they are turned, or are more than memory should hold.

        A step on a graphics card takes less time than cutting its patches.
        """
        if self.augment or len(self._grid) * sum(plane.nbytes for plane in self._patch(self._grid[0])) > _LARGEST_CUT:
            return None
        sources, targets = zip(*map(self._patch, self._grid), strict=True)
        return np.stack(sources), np.stack(targets)

    def batches(self, first: int, rank: int = 0) -> Iterator[tuple[Floats, Floats]]:
        """Endless batches from number ``first`` on.

        Parameters
        ----------
        first : int
            The first batch's number.
        rank : int
            As in `sample`.

        Yields
        ------
        sources, targets : float32 arrays
            As `sample` gives them.
        """
        while True:
            yield self.sample(first, rank)
            first += 1

    def _random_corners(self, rng: np.random.Generator) -> NDArray[np.int64]:
        # In proportion to the area, so that every place is equally likely.
        areas = np.array([pair.hr[0].size for pair in self.pairs], np.float64)
        numbers = rng.choice(len(self.pairs), size=self.batch, p=areas / areas.sum())
        rows = []
        for number in numbers:
            height, width = self.pairs[number].hr.shape[1:]
            top = int(rng.integers((height - self.patch) // self.reduction + 1)) * self.reduction
            left = int(rng.integers((width - self.patch) // self.reduction + 1)) * self.reduction
            rows.append((number, top, left))
        return np.array(rows)

    @cached_property
    def _grid(self) -> NDArray[np.int64]:
        assert self.stride is not None
        return np.array(
            [
                (number, top - top % self.reduction, left - left % self.reduction)
                for number, pair in enumerate(self.pairs)
                for top in range(0, pair.hr.shape[1] - self.patch + 1, self.stride)
                for left in range(0, pair.hr.shape[2] - self.patch + 1, self.stride)
            ]
        )


def _turned(planes: NDArray[Any], turn: int) -> NDArray[Any]:
    planes = np.rot90(planes, turn % 4, axes=(1, 2))
    return planes[:, :, ::-1] if turn >= 4 else planes
