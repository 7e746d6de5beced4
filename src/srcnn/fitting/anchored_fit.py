"""Fitting ANR and A+ (`srcnn.methods.anchored`): a dictionary, and for A+ a regressor for each of its atoms.

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

from srcnn.errors import DataError
from srcnn.fitting.dictionary_fit import DictionaryRecipe, fit_dictionary
from srcnn.fitting.recipe import Fitted, Progress
from srcnn.fitting.windows import n_windows, training_windows
from srcnn.image.arrays import Floats
from srcnn.image.resize import imresize
from srcnn.methods.anchored import ridge_regressors, round_regressors
from srcnn.methods.features import CELLS, Projection

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


def fit_anr(images: Sequence[Floats], recipe: AnrRecipe, progress: Progress) -> Fitted:
    """Fit ANR: its model is the dictionary, from which the regressors are solved when loaded.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : AnrRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Fitted
        Dictionary, number of neighbours and ridge.

    Raises
    ------
    DataError
        As `fit_dictionary`.
    """
    dictionary = fit_dictionary(images, recipe, progress)
    return Fitted(
        {**dictionary.arrays(), "neighbours": np.array(recipe.neighbours), "ridge": np.array(recipe.ridge)},
        f"{len(dictionary.atoms)} anchors of {dictionary.projection.width} features, {recipe.neighbours} neighbours",
        dictionary.parameters,
    )


def fit_a_plus(images: Sequence[Floats], recipe: APlusRecipe, progress: Progress) -> Fitted:
    """Fit A+: dictionary, pool of windows, one regressor for each atom.

    Memory: the pool, 4 bytes a number (2.2 GB for 5 000 000 windows at x3), and 0.5 GB.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : APlusRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Fitted
        Projection, atoms, and regressors in 8 bits with their factors.

    Raises
    ------
    DataError
        If the images have fewer windows than a regressor is solved from; and as `fit_dictionary`.
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
    """Features and details of windows of the images at several sizes, both divided by the length of the features.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    projection : Projection
        Makes the features.
    recipe : APlusRecipe
        Says which sizes, and how many windows at most.
    progress : callable
        Told the share of the windows that are there.

    Returns
    -------
    unit : (n, n_features) float32 array
        Rows of length 1, or 0 for flat windows.
    details : (n, 9 scale²) float32 array
        Scaled alike, except where the features are shorter than ``recipe.weakest``.
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
    """For each anchor the windows nearest to it.

    Parameters
    ----------
    anchors : (n_anchors, n_features) float32 array
        Rows of length 1.
    unit : (n_windows, n_features) float32 array
        All lengths are 1 (or 0, for flat windows): the nearest are those of largest correlation, sign included.
    n : int
        Windows for each anchor, 1 to ``n_windows``.

    Yields
    ------
    (n,) int array
        Rows of ``unit``, in ascending order.
    """
    for first in range(0, len(anchors), _ANCHORS_AT_ONCE):
        for correlation in anchors[first : first + _ANCHORS_AT_ONCE] @ unit.T:
            yield _largest(correlation, n)


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
