"""ANR and A+: every window is mapped to its details by the linear regressor of the atom that is nearest to it.

Both enlarge in the same way and differ in what the regressors were solved from: ANR's from the atoms near each anchor,
A+'s from training windows near it.

References
----------
Timofte, De Smet, Van Gool: Anchored neighborhood regression for fast example-based super-resolution, ICCV 2013.
Timofte, De Smet, Van Gool: A+: Adjusted anchored neighborhood regression for fast super-resolution, ACCV 2014.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.errors import DataError
from srcnn.image.arrays import Floats
from srcnn.image.raster import Raster
from srcnn.image.resize import imresize
from srcnn.methods.base import Channels, Options, one_line
from srcnn.methods.dictionary import (
    Dictionary,
    DictionaryRecipe,
    check_size,
    coarse_atoms,
    fit_dictionary,
    read_atoms,
    read_dictionary,
    take_neighbours,
    training_windows,
)
from srcnn.methods.features import (
    BLOCK,
    CELLS,
    Projection,
    block_size,
    enlarged_windows,
    n_windows,
    unit_features,
    upscale_windows,
)
from srcnn.methods.recipe import Fitted, Progress
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

_CHUNK = 512  # windows whose correlations with all anchors (2 MB) are in work at once: they stay in the cache
_PAD = 4  # groups of windows are padded to a multiple of this: small matrix products run faster so
_LEVELS = 127  # regressors are rounded to whole numbers up to this, times one factor for each anchor
_ANCHORS_AT_ONCE = 16  # A+: 16 anchors x 5 000 000 training windows are 320 MB
_SAMPLE = 50  # A+: every 50th window tells about which limit the nearest ones pass


@dataclass(frozen=True, kw_only=True)
class AnrRecipe(DictionaryRecipe):
    """How ANR is fitted."""

    neighbours: int = 40  # atoms that an anchor's regressor is solved from
    ridge: float = 0.01


@dataclass(frozen=True, kw_only=True)
class APlusRecipe(DictionaryRecipe):
    """How A+ is fitted."""

    neighbours: int = 2048  # training windows that an anchor's regressor is solved from
    ridge: float = 0.1
    sizes: int = 12  # the images are used at this many sizes, ...
    shrink: float = 0.98  # ... each so many times the one before, ...
    pool: int = 5_000_000  # ... until there are so many windows
    weakest: float = 0.1  # length of features below which a window's details are not scaled up: they are mostly noise


@dataclass(frozen=True, eq=False)
class AnchoredRegressor(Reopened):
    """Anchors and their regressors.

    Attributes
    ----------
    projection : Projection
        Makes the features.
    anchors : (n_features, n_anchors) float32 array
        Columns of length 1 in 11 bits.
    regressors : (n_anchors, n_features, 9 scale²) float32 array
        Whole numbers from -127 to 127. Their products with unit features are exact, and their rounding costs less than
        0.001 dB.
    factors : (n_anchors,) float32 array
        What an anchor's regressor is to be multiplied with.
    """

    projection: Projection
    anchors: NDArray[np.float32]
    regressors: NDArray[np.float32]
    factors: NDArray[np.float32]
    scale: int
    name: str = "a+"
    channels: Channels = "luma"
    block: int = BLOCK  # windows in work at once

    def upscale(self, lr: Floats) -> NDArray[np.float32]:
        """Enlarge one plane of luma; see `srcnn.methods.features.upscale_windows`."""
        return upscale_windows(lr, self.scale, self.projection, self.predict, block=self.block)

    __call__ = upscale
    __repr__ = one_line

    def enlarged(self, lr: Raster) -> Raster:
        """The same, computed when a window of it is asked for."""
        return enlarged_windows(lr, self.scale, self.projection, self.predict, block=self.block)

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """Details (n, 9 scale²) of windows from their features (n, n_features)."""
        unit, exponent = unit_features(features)
        nearest = nearest_anchors(unit, self.anchors)
        # Windows of one anchor side by side, so that each regressor is one matrix product.
        count = np.bincount(nearest, minlength=len(self.factors))
        first = np.concatenate(([0], np.cumsum(-(-count // _PAD) * _PAD)))
        order = np.argsort(nearest, kind="stable")
        place = np.empty(len(nearest), np.intp)
        place[order] = np.arange(len(nearest)) + np.repeat(first[:-1] - np.cumsum(count) + count, count)
        grouped = np.zeros((first[-1], unit.shape[1]), np.float32)
        grouped[place] = unit
        details = np.empty((first[-1], self.regressors.shape[2]), np.float32)
        for anchor in np.flatnonzero(count):
            group = slice(first[anchor], first[anchor + 1])
            np.matmul(grouped[group], self.regressors[anchor], out=details[group])
        return np.asarray(details[place] * np.ldexp(self.factors[nearest], exponent)[:, None])


def nearest_anchors(unit: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.intp]:
    """For each row of ``unit`` the anchor (column) of largest absolute correlation; the first of equals."""
    nearest = np.empty(len(unit), np.intp)
    for first in range(0, len(unit), _CHUNK):
        correlation = unit[first : first + _CHUNK] @ anchors
        nearest[first : first + _CHUNK] = np.abs(correlation, out=correlation).argmax(axis=1)
    return nearest


def ridge_regressors(sources: Floats, targets: Floats, ridge: float) -> NDArray[np.float64]:
    """Matrices, (..., n_features, n_pixels), that best turn ``sources`` (..., n, n_features) into ``targets`` (..., n,
    n_pixels).
    """
    transposed = np.swapaxes(sources, -1, -2)
    system = transposed @ sources + ridge * np.eye(sources.shape[-1])
    return np.asarray(np.linalg.solve(system, transposed @ targets), np.float64)


def anr_regressors(dictionary: Dictionary, neighbours: int, ridge: float) -> NDArray[np.float64]:
    """ANR's regressors, (n_atoms, n_features, 9 scale²), each from the atoms of largest absolute correlation with its
    anchor.
    """
    strength = np.abs(dictionary.atoms @ dictionary.atoms.T)
    nearest = np.argsort(-strength, axis=1, kind="stable")[:, :neighbours]
    solved = [ridge_regressors(dictionary.atoms[near], dictionary.details[near], ridge) for near in nearest]
    # The ridge shrinks what an atom of length 1 gives; the factor makes up for it.
    return np.asarray((1 + ridge) * np.stack(solved))


def round_regressors(regressors: Floats) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Regressors as whole numbers up to 127, and one factor for each anchor."""
    largest = np.abs(regressors).max(axis=(1, 2))
    factors = (np.where(largest > 0, largest, 1.0) / _LEVELS).astype(np.float32)
    whole = np.rint(regressors / factors[:, None, None]).clip(-_LEVELS, _LEVELS)
    return whole.astype(np.int8), factors


def fit_anr(images: Sequence[Floats], recipe: AnrRecipe, progress: Progress) -> Fitted:
    """Fit ANR to the lumas of training images: its model is the dictionary, from which the regressors are solved when
    loaded.
    """
    dictionary = fit_dictionary(images, recipe, progress)
    return Fitted(
        {**dictionary.arrays(), "neighbours": np.array(recipe.neighbours), "ridge": np.array(recipe.ridge)},
        f"{len(dictionary.atoms)} anchors of {dictionary.projection.width} features, {recipe.neighbours} neighbours",
        dictionary.parameters,
    )


def fit_a_plus(images: Sequence[Floats], recipe: APlusRecipe, progress: Progress) -> Fitted:
    """Fit A+ to the lumas of training images: dictionary, pool of windows, one regressor for each atom.

    Memory: the pool, 4 bytes a number (2.2 GB for 5 000 000 windows at x3), and 0.5 GB.

    Raises
    ------
    DataError
        If the images have fewer windows than a regressor is solved from.
    """
    dictionary = fit_dictionary(images, recipe, lambda done, text: progress(0.4 * done, text))
    unit, targets = training_pool(
        images, dictionary.projection, recipe, lambda done, text: progress(0.4 + 0.3 * done, text)
    )
    if len(unit) < recipe.neighbours:
        raise DataError(
            f"{len(images)} training images give {len(unit)} windows, fewer than the {recipe.neighbours} that "
            f"each regressor needs"
        )
    regressors = np.empty((len(dictionary.atoms), unit.shape[1], targets.shape[1]))
    anchors = dictionary.atoms.astype(np.float32)
    for anchor, near in enumerate(nearest_windows(anchors, unit, recipe.neighbours)):
        regressors[anchor] = ridge_regressors(
            unit[near].astype(np.float64), targets[near].astype(np.float64), recipe.ridge
        )
        progress(0.7 + 0.3 * anchor / len(anchors), f"regressor {anchor + 1} of {len(anchors)}")
    whole, factors = round_regressors(regressors)
    stored = dictionary.arrays()
    return Fitted(
        {"projection": stored["projection"], "atoms": stored["atoms"], "regressors": whole, "factors": factors},
        f"{len(anchors)} anchors of {unit.shape[1]} features, {recipe.neighbours} of {len(unit)} windows each",
        dictionary.projection.matrix.size + dictionary.atoms.size + regressors.size,
    )


def training_pool(
    images: Sequence[Floats], projection: Projection, recipe: APlusRecipe, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features of length 1, (n, n_features), and details scaled alike, (n, 9 scale²), of windows of the images at
    several sizes.
    """
    factors = [Fraction(recipe.shrink**size).limit_denominator(10_000) for size in range(recipe.sizes)]
    resized = [(_resized_shape(luma, factor), factor, luma) for factor in factors for luma in images]
    usable = [(factor, luma) for shape, factor, luma in resized if n_windows(shape, recipe.scale)]
    wanted = min(recipe.pool, sum(n_windows(shape, recipe.scale) for shape, _, _ in resized))
    sized = (luma if factor == 1 else imresize(luma, factor) for factor, luma in usable)
    unit = np.empty((wanted, projection.width), np.float32)
    targets = np.empty((wanted, CELLS * recipe.scale**2), np.float32)
    filled = 0
    for features, details in training_windows(sized, recipe.scale, projection, step=1):
        n = min(len(features), wanted - filled)
        length = np.sqrt(np.einsum("ij,ij->i", features[:n], features[:n]))[:, None]
        unit[filled : filled + n] = features[:n] / np.maximum(length, np.float32(1e-12))
        targets[filled : filled + n] = details[:n] / np.where(length >= recipe.weakest, length, 1)
        filled += n
        progress(filled / wanted, f"{filled} of {wanted} training windows")
        if filled == wanted:
            break
    return unit[:filled], targets[:filled]


def nearest_windows(anchors: NDArray[np.float32], unit: NDArray[np.float32], n: int) -> Iterator[NDArray[np.intp]]:
    """For each anchor the ``n`` rows of ``unit`` nearest to it, in ascending order of their numbers.

    All lengths are 1 (or 0, for flat windows): the nearest are those of largest correlation, sign included.
    """
    for first in range(0, len(anchors), _ANCHORS_AT_ONCE):
        for correlation in anchors[first : first + _ANCHORS_AT_ONCE] @ unit.T:
            yield _largest(correlation, n)


def load(name: str, scale: int, options: Options) -> AnchoredRegressor:
    """Make ANR or A+ from the weights that come with srcnn; ``options.tile`` is the side of the square of LR pixels in
    work at once.
    """
    return read(weights.find(name, scale), block_size(options.tile))


def read(entry: Entry, block: int = BLOCK) -> AnchoredRegressor:
    """Make ANR or A+ from a weight file. ANR's regressors are solved here, in a fraction of a second.

    Raises
    ------
    WeightsError
        If the file is damaged or holds no such model.
    """
    arrays, card = npz.open_model(entry)
    if card.name == "a+":
        projection, atoms = read_atoms(arrays, card.scale)
        check_size(atoms, card.scale)
        whole = npz.take(arrays, "regressors", np.int8, (*atoms.shape, CELLS * card.scale**2))
        factors = npz.take(arrays, "factors", np.float32, (len(atoms),))
    else:
        dictionary = read_dictionary(arrays, card.scale)
        projection, atoms = dictionary.projection, dictionary.atoms
        whole, factors = round_regressors(anr_regressors(dictionary, *take_neighbours(arrays, len(atoms))))
    return AnchoredRegressor(
        projection, coarse_atoms(atoms), whole.astype(np.float32), factors, card.scale, name=card.name, block=block
    )


def _largest(values: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    """Indices, ascending, of the ``n`` largest values."""
    sample = np.sort(values[::_SAMPLE])[::-1]
    rank = int(1.3 * n / _SAMPLE) + 10
    # Few pass a limit guessed from the sample; only those are partitioned. When the guess was too high, all are.
    passed = np.flatnonzero(values >= sample[rank]) if rank < len(sample) else np.arange(len(values))
    if len(passed) < n:
        passed = np.arange(len(values))
    best = np.argpartition(values[passed], len(passed) - n)[len(passed) - n :]
    return np.sort(passed[best])


def _resized_shape(luma: Floats, factor: Fraction) -> tuple[int, ...]:
    return tuple(math.ceil(factor * side) for side in luma.shape)
