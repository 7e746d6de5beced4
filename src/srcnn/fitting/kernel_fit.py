"""Fitting KK: the regressor's basis moved by gradient descent, and the linear estimate that weighs the candidates.

References
----------
Kim, Kwon: Single-image super-resolution using sparse regression and natural image prior, TPAMI 2010, section 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn.degrade import make_pair
from srcnn.errors import DataError, missing_extra
from srcnn.fitting.recipe import Fitted, Progress, Recipe, silent
from srcnn.image.arrays import Floats
from srcnn.methods.kernel_regression import SIGMA_K
from srcnn.methods.kernel_stages import (
    INPUT_SIDE,
    PAD,
    REACH,
    SIDE,
    Regressor,
    candidates,
    crop,
    kernel,
    laplacian,
    linear_inputs,
    predict,
)
from srcnn.methods.natural_prior import window_sum

_BASIS_RANGE = 1e-6  # keeps the equations of the coefficients solvable when two basis points meet


@dataclass(frozen=True, kw_only=True)
class KkRecipe(Recipe):
    """How KK is fitted."""

    basis: int = 300
    windows: int = 40_000  # the basis is moved on so many
    coefficient_windows: int = 80_000  # the coefficients are solved from so many
    least_contrast: float = 0.7  # quantile of contrast below which windows are not learned from
    contrast_power: float = (
        0.0  # windows above it are drawn with a probability that goes as this power of their contrast
    )
    ridge: float = 0.1
    iterations: int = 80
    estimate_pixels: int = 60_000  # the linear estimate is solved from so many others
    estimate_ridge: float = 1e-3  # relative to the mean square of the inputs


@dataclass(frozen=True, eq=False)
class Pair:
    """A training image: the padded enlarged one, and the high frequencies that it lacks, in [-1, 1] scale."""

    padded: Floats  # (h + 2 * 12, w + 2 * 12)
    missing: Floats  # (h, w)


def make_pairs(images: Sequence[Floats], scale: int) -> list[Pair]:
    """Pairs of all images that are larger than a window.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    scale : int
        Upscaling factor: 2, 3 or 4.

    Returns
    -------
    list of Pair
        At least one, in the order of the images.

    Raises
    ------
    DataError
        If no image is large enough.
    """
    pairs = []
    for image in images:
        if min(image.shape) < max(INPUT_SIDE[scale], SIDE) + scale:
            continue
        hr, _, ilr = make_pair(image.astype(np.float32, copy=False), scale)
        pairs.append(Pair(np.pad(2 * ilr - 1, PAD, mode="symmetric"), 2 * (hr - ilr)))
    if not pairs:
        raise DataError(
            f"no image is larger than the windows of {INPUT_SIDE[scale]} pixels a side that scale {scale} learns from"
        )
    return pairs


def fit_regressor(
    pairs: Sequence[Pair], recipe: KkRecipe, rng: np.random.Generator, progress: Progress = silent
) -> Regressor:
    """Stage one: kernel ridge regression from windows of the Laplacian to windows of high frequencies.

    Starts from random training windows as basis and moves them by L-BFGS, the coefficients being kept optimal.

    Parameters
    ----------
    pairs : sequence of Pair
        Training images.
    recipe : KkRecipe
        How.
    rng : Generator
        Chooses the windows and the start.
    progress : callable
        Told after each iteration.

    Returns
    -------
    Regressor
        In single precision.

    Raises
    ------
    MissingExtraError
        If scipy is not installed.
    """
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise missing_extra("fitting KK", "scipy", "bench") from error

    x, t = _windows(pairs, recipe, rng)
    width = SIGMA_K[recipe.scale]
    start = x[rng.choice(len(x), min(recipe.basis, len(x)), replace=False)]
    few = slice(0, recipe.windows)
    steps = 0

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = basis_objective(
            flat.reshape(start.shape).astype(np.float32), x[few], t[few], width, recipe.ridge
        )
        return value, gradient.astype(np.float64).ravel()

    def told(_: object) -> None:
        nonlocal steps
        steps += 1
        progress(0.1 + 0.7 * steps / recipe.iterations, "moving the basis")

    # Tolerances near zero: the noise of single precision would stop it early.
    settings = {"maxiter": recipe.iterations, "ftol": 1e-12, "gtol": 1e-12}
    best = minimize(
        objective, start.astype(np.float64).ravel(), jac=True, method="L-BFGS-B", callback=told, options=settings
    )  # type: ignore[call-overload]
    basis = best.x.reshape(start.shape).astype(np.float32)
    _, coefficients = _solve(kernel(x, basis, width), kernel(basis, basis, width), t, recipe.ridge)
    return Regressor(basis, coefficients, width)


def basis_objective(basis: Floats, x: Floats, t: Floats, width: float, ridge: float) -> tuple[float, Floats]:
    """``1/2 |K_XB A - T|^2 + ridge/2 tr(A' K_BB A)`` with the best A, and its gradient over the basis.

    Parameters
    ----------
    basis : (n_basis, n_features) float32 array
        Where the kernels sit.
    x : (n, n_features) float32 array
        Inputs.
    t : (n, n_pixels) float32 array
        Targets.
    width : float
        The kernel's, above 0.
    ridge : float
        Weight of the penalty, above 0.

    Returns
    -------
    value : float
        To be made small.
    gradient : (n_basis, n_features) float array
        Of the value, over ``basis``.
    """
    k, own = kernel(x, basis, width), kernel(basis, basis, width)
    penalty, a = _solve(k, own, t, ridge)
    error = k @ a - t
    pull = (error @ a.T) * k
    hold = ridge * (a @ a.T) * own
    gradient = pull.T @ x - pull.sum(axis=0)[:, None] * basis + hold.T @ basis - hold.sum(axis=0)[:, None] * basis
    return 0.5 * float(
        np.einsum("ij,ij->", error, error, dtype=np.float64)
    ) + 0.5 * ridge * penalty, gradient * np.float32(2 / width)


def _solve(k: Floats, own: Floats, t: Floats, ridge: float) -> tuple[float, NDArray[np.float32]]:
    """Best coefficients, and ``tr(A' K_BB A)``."""
    system = (k.T @ k).astype(np.float64) + ridge * own + _BASIS_RANGE * np.eye(len(own))
    a = np.linalg.solve(system, (k.T @ t).astype(np.float64))
    return float(np.einsum("ij,ij->", a, own @ a)), a.astype(np.float32)


def _windows(pairs: Sequence[Pair], recipe: KkRecipe, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Windows of the Laplacian over their l1 norm and the missing windows over the same,
    at random contrasted places.
    """
    side = INPUT_SIDE[recipe.scale]
    inner = max(side, SIDE) // 2
    laps = [laplacian(pair.padded) for pair in pairs]
    contrasts = [crop(window_sum(np.abs(crop(lap, PAD - 1)), side), inner).ravel() for lap in laps]
    everything = np.concatenate(contrasts)
    chance = np.where(everything > np.quantile(everything, recipe.least_contrast), everything, 0).astype(np.float64)
    chance = np.where(chance > 0, chance**recipe.contrast_power, 0)
    if not chance.any():
        raise DataError("the training images are flat: no window has the contrast that the regression learns from")
    n = min(max(recipe.windows, recipe.coefficient_windows), int((chance > 0).sum()))
    chosen = rng.choice(len(everything), n, replace=False, p=chance / chance.sum())
    ends = np.cumsum([len(part) for part in contrasts])
    owner = np.searchsorted(ends, chosen, side="right")
    x, t = np.empty((n, side * side), np.float32), np.empty((n, SIDE * SIDE), np.float32)
    for number, (pair, lap, part, end) in enumerate(zip(pairs, laps, contrasts, ends, strict=True)):
        mine = np.flatnonzero(owner == number)
        row, column = np.divmod(chosen[mine] - (end - len(part)), pair.missing.shape[1] - 2 * inner)
        shift = inner - SIDE // 2
        x[mine] = sliding_window_view(crop(lap, PAD - 1 + inner - side // 2), (side, side))[row, column].reshape(
            len(mine), side * side
        )
        t[mine] = sliding_window_view(pair.missing, (SIDE, SIDE))[row + shift, column + shift].reshape(
            len(mine), SIDE * SIDE
        )
    c = np.abs(x).sum(axis=1, keepdims=True) + np.float32(1e-6)
    return x / c, t / c


def fit_estimate(
    pairs: Sequence[Pair], regressor: Regressor, recipe: KkRecipe, rng: np.random.Generator, progress: Progress = silent
) -> NDArray[np.float32]:
    """Stage three: ridge regression of the missing high frequencies of a pixel from the candidates and the Laplacian
    around it.

    Parameters
    ----------
    pairs : sequence of Pair
        Training images.
    regressor : Regressor
        Stage one.
    recipe : KkRecipe
        How.
    rng : Generator
        Chooses the pixels.
    progress : callable
        Told after each image.

    Returns
    -------
    (25 * 49 + side²,) float32 array
        Factors of `linear_inputs`.
    """
    side = INPUT_SIDE[recipe.scale]
    total = sum(pair.missing.size for pair in pairs)
    n_inputs = SIDE * SIDE * (2 * REACH + 1) ** 2 + side * side
    second: Floats = np.zeros((n_inputs, n_inputs), np.float32)
    cross: Floats = np.zeros(n_inputs, np.float32)
    for number, pair in enumerate(pairs):
        lap = laplacian(pair.padded)
        details = candidates(predict(regressor, lap))
        for inputs, missing in _pixels(pair, lap, details, side, recipe.estimate_pixels / total, rng):
            second = second + inputs.T @ inputs
            cross = cross + inputs.T @ missing
        progress(0.82 + 0.15 * (number + 1) / len(pairs), "weighing the candidates")
    system = np.asarray(second, np.float64)
    system[np.diag_indices_from(system)] += recipe.estimate_ridge * np.trace(system) / len(system)
    return np.linalg.solve(system, np.asarray(cross, np.float64)).astype(np.float32)


def _pixels(
    pair: Pair, lap: Floats, details: Floats, side: int, share: float, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    h, w = pair.missing.shape
    n_columns = max(1, round(min(1.0, 4 * share) * w))
    rows = rng.permutation(h)[: max(1, round(h * share * w / n_columns))]
    for row in np.sort(rows):
        columns = rng.permutation(w)[:n_columns]
        yield linear_inputs(details, lap, side, int(row))[columns], pair.missing[row, columns]


def fit_kk(images: Sequence[Floats], recipe: KkRecipe, progress: Progress = silent) -> Fitted:
    """Fit all that KK learns: `fit_regressor`, then `fit_estimate`.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1].
    recipe : KkRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Fitted
        In half precision.

    Raises
    ------
    DataError
        If no image is large enough.
    MissingExtraError
        If scipy is not installed.
    """
    rng = np.random.default_rng(recipe.seed)
    progress(0.0, "preparing windows")
    pairs = make_pairs(images, recipe.scale)
    regressor = fit_regressor(pairs, recipe, rng, progress)
    estimate = fit_estimate(pairs, regressor, recipe, rng, progress)
    side = INPUT_SIDE[recipe.scale]
    return Fitted(
        # Half precision costs under 0.001 dB.
        arrays={
            "basis": regressor.basis.astype(np.float16),
            "coefficients": regressor.coefficients.astype(np.float16),
            "estimate": estimate.astype(np.float16),
        },
        architecture=f"{len(regressor.basis)} basis points of {side}x{side}, {SIDE * SIDE} candidates",
        parameters=regressor.basis.size + regressor.coefficients.size + estimate.size,
    )
