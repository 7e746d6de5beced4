"""Fitting SC: a joint dictionary of HR windows and features, learned as the program of the CVPR 2008 paper learns it.

Where that program does something that its paper does not tell, or that looks like an oversight, it is followed, since
the published figures are those of its dictionary.

References
----------
Yang, Wright, Huang, Ma: Image super-resolution as sparse representation of raw image patches, CVPR 2008.
Lee, Battle, Raina, Ng: Efficient sparse coding algorithms, NIPS 2006.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn.degrade import degrade, enlarge
from srcnn.errors import DataError
from srcnn.fitting.recipe import Fitted, Progress, Recipe, silent
from srcnn.image.arrays import Floats, to_integers
from srcnn.image.resize import modcrop
from srcnn.methods.codes import Codes
from srcnn.methods.lasso import lasso
from srcnn.methods.sparse_coding import N_FEATURES, WINDOW, ZOOM, feature_planes

_SMALLEST = (
    WINDOW + 4
)  # LR pixels a side of an image to learn from: no window comes nearer to its lower and right edge than 3
_FLAT = "the training images are flat: no window has the contrast that a dictionary is learned from"
_TOLERANCE = 1e-2  # of a code in training
_BOUND = 1e-3  # to which an atom's norm is brought to 1
_NEWTON_STEPS = 30  # not met in practice: 3 to 5 do


@dataclass(frozen=True, kw_only=True)
class ScRecipe(Recipe):
    """How SC is fitted."""

    atoms: int = 1024
    drawn: int = 100_000  # windows, transposed ones counted
    windows: int = 80_000  # of them, the first are learned from
    penalty: float = 0.12  # of the joint code: between lambda as published in 2008 and in 2010, 0.1 and 0.15
    passes: int = 3
    batch: int = 5000
    code_penalty: float = 0.1  # when an image is upscaled


def fit_sc(images: Sequence[Floats], recipe: ScRecipe, progress: Progress = silent) -> Fitted:
    """Learn a pair of dictionaries.

    The joint vectors [high / sqrt(81); features / sqrt(144)] of norm 1 are coded sparsely, by codes of either sign;
    then each half's atoms are scaled to norm 1 by themselves.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : ScRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Fitted
        Both dictionaries in half precision, without atoms of which a half is 0, and the penalty for upscaling.

    Raises
    ------
    DataError
        If no image is large enough, or all are flat.
    """
    rng = np.random.default_rng(recipe.seed)
    progress(0.0, "preparing windows")
    features, targets = training_windows(images, recipe, rng)
    joint = np.concatenate(
        (targets / np.sqrt(targets.shape[1]), features / np.sqrt(N_FEATURES)), axis=1, dtype=np.float32
    )
    norm = np.sqrt((joint * joint).sum(axis=1))
    kept = norm > 1e-5
    if not kept.any():
        raise DataError(_FLAT)
    atoms = learn_dictionary(joint[kept] / norm[kept, None], recipe, rng, progress)
    high, low = atoms[:, : targets.shape[1]], atoms[:, targets.shape[1] :]
    used = (np.linalg.norm(high, axis=1) > 1e-4) & (np.linalg.norm(low, axis=1) > 1e-4)
    if not used.any():
        raise DataError(_FLAT)
    high, low = (half[used] / np.linalg.norm(half[used], axis=1, keepdims=True) for half in (high, low))
    return Fitted(
        arrays={
            "low": low.astype(np.float16),
            "high": high.astype(np.float16),
            "penalty": np.array(recipe.code_penalty),
        },
        architecture=f"{len(low)} pairs of atoms",
        parameters=low.size + high.size,
    )


def training_windows(images: Sequence[Floats], recipe: ScRecipe, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Features and mean-free HR windows, in levels of grey.

    Every image gives windows in proportion to its size: all windows of a row, rows and places in a row in random order,
    until there are enough.
    Each is used twice, as it is and transposed.
    They stay in the order of the images, of which the last are left out when the first `windows` are taken.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : ScRecipe
        Says how many windows are drawn, and how many of them are kept.
    rng : Generator
        Chooses the windows.

    Returns
    -------
    features : (n, 144) float array
        Of the LR image enlarged by 2.
    windows : (n, (3 scale)²) float array
        Rows of mean 0.

    Raises
    ------
    DataError
        If no image is large enough.
    """
    scale, side = recipe.scale, WINDOW * recipe.scale
    pairs = [_grey_pair(image, scale) for image in images if min(image.shape) // scale >= _SMALLEST]
    if not pairs:
        raise DataError(f"no image has the {_SMALLEST * scale} pixels a side that windows of scale {scale} need")
    area = sum(hr.size for hr, _ in pairs)
    features: list[Floats] = []
    targets: list[Floats] = []
    for hr, lr in pairs:
        rows, columns = (rng.permutation(n - _SMALLEST + 1) for n in lr.shape)
        n = min(hr.size * recipe.drawn // (2 * area), rows.size * columns.size)
        row, column = np.repeat(rows, columns.size)[:n], np.tile(columns, rows.size)[:n]
        zoomed = _rounded(enlarge(lr, ZOOM))
        # Outside the image are zeros, as the program's filters have it: windows at its upper and left edge show that.
        planes = feature_planes(np.pad(zoomed, 2))[:, 2:-2, 2:-2]
        windows = _windows(hr, side)[row * scale, column * scale]
        targets.append(_in_turn(windows, windows.transpose(0, 2, 1)))
        # The program transposes each plane of features in its place. In an image, the differences along the rows of the
        # transposed window would be those along the columns of the window, so half of the pairs tell of features that
        # no image has. Without this the figures come out above the published ones (EXPERIMENTS.md).
        of_window = [_windows(plane, ZOOM * WINDOW)[row * ZOOM, column * ZOOM] for plane in planes]
        features.append(np.concatenate([_in_turn(part, part.transpose(0, 2, 1)) for part in of_window], axis=1))
    joined = np.concatenate(targets)[: recipe.windows]
    return np.concatenate(features)[: recipe.windows], joined - joined.mean(axis=1, keepdims=True)


def _grey_pair(luma: Floats, scale: int) -> tuple[Floats, Floats]:
    """HR and LR in levels of grey, full range, both rounded as images of 8 bits are."""
    hr = modcrop(_rounded((luma * np.float32(255) - 16) * np.float32(255 / 219)), scale)
    return hr, _rounded(degrade(hr, scale))


def _rounded(levels: Floats) -> Floats:
    return to_integers(levels / np.float32(255)).astype(np.float32)


def _windows(plane: Floats, side: int) -> Floats:
    return sliding_window_view(plane, (side, side))


def _in_turn(windows: Floats, transposed: Floats) -> Floats:
    """Each window (n, side, side) as a row, followed by that of its transpose."""
    return np.stack((windows, transposed), axis=1).reshape(2 * len(windows), -1)


def learn_dictionary(
    signals: Floats, recipe: ScRecipe, rng: np.random.Generator, progress: Progress = silent
) -> NDArray[np.float32]:
    """Minimise ``1/2 |X - S D|^2 + penalty |S|_1`` over codes S and atoms D of norm at most 1, in mini-batches.

    The atoms are solved anew for each batch, from its codes alone.
    What earlier batches taught remains only in those codes.

    Parameters
    ----------
    signals : (n_signals, n_features) float32 array
        Rows of norm 1.
    recipe : ScRecipe
        How.
    rng : Generator
        Chooses the start and the batches.
    progress : callable
        Told after each batch.

    Returns
    -------
    (n_atoms, n_features) float32 array
        An atom that a batch made no use of is 0 from then on.
    """
    n = len(signals)
    atoms = signals[rng.choice(n, recipe.atoms, replace=n < recipe.atoms)].astype(np.float32)
    multipliers = np.ones(recipe.atoms)
    known = Codes(np.zeros((n, 1), np.intp), np.zeros((n, 1), np.float32))  # where the next pass starts
    batches = max(1, n // recipe.batch)
    for done in range(recipe.passes):
        order = rng.permutation(n)
        for batch in range(batches):
            rows = order[batch * recipe.batch : (batch + 1) * recipe.batch]
            codes = lasso(signals[rows], atoms, recipe.penalty, start=known.take(rows), tolerance=_TOLERANCE)
            known = known.put(rows, codes)
            atoms, multipliers = bounded_atoms(codes.dense(recipe.atoms), signals[rows], multipliers)
            progress((done + (batch + 1) / batches) / recipe.passes, "learning the dictionary")
    return atoms


def bounded_atoms(
    codes: Floats, signals: Floats, multipliers: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Atoms of norm at most 1 that leave the least squared error, by the Lagrange dual.

    Parameters
    ----------
    codes : (n_signals, n_atoms) array
    signals : (n_signals, n_features) array
    multipliers : (n_atoms,) array
        Not negative; where the search for the multipliers of the bounds starts.

    Returns
    -------
    atoms : (n_atoms, n_features) float32 array
        An atom that no code uses is 0.
    multipliers : (n_atoms,) float64 array
        0 for atoms that stay below norm 1.
    """
    used = codes.any(axis=0)
    active = codes[:, used].astype(np.float64)
    second, cross = active.T @ active, active.T @ signals
    bound = multipliers[used].astype(np.float64)
    for _ in range(_NEWTON_STEPS):
        inverse = np.linalg.inv(second + np.diag(bound + 1e-6))
        solved = inverse @ cross
        norms = np.sqrt((solved * solved).sum(axis=1))
        if np.where(bound > 0, np.abs(norms - 1), norms - 1).max(initial=0) < _BOUND:
            break
        # Newton's method on 1 / norm = 1, nearly linear in the multipliers as norm^2 = 1 is not.
        free = (bound > 0) | (norms > 1)
        slopes = ((solved @ solved.T) * inverse)[np.ix_(free, free)]
        bound[free] = np.maximum(bound[free] + np.linalg.solve(slopes, (norms**2 * (norms - 1))[free]), 0)
    atoms, all_bounds = np.zeros((codes.shape[1], signals.shape[1]), np.float32), np.zeros(codes.shape[1])
    atoms[used], all_bounds[used] = solved / np.maximum(norms, 1)[:, None], bound
    return atoms, all_bounds
