"""SC's joint dictionary: windows drawn, atoms bounded, the same recipe gives the same pair."""

from dataclasses import replace

import numpy as np
import pytest

from srcnn.errors import DataError
from srcnn.fitting.sparse_fit import ScRecipe, bounded_atoms, fit_sc, learn_dictionary, training_windows
from srcnn.image.arrays import Floats

RECIPE = ScRecipe(method="sc", scale=3, atoms=16, drawn=500, windows=400, passes=2, batch=100)


def images(n: int = 3) -> list[Floats]:
    rng = np.random.default_rng(0)
    return [np.kron(rng.random((12, 12)), np.ones((4, 4))).astype(np.float32) for _ in range(n)]


def test_same_recipe_same_dictionaries() -> None:
    one, same, other = (fit_sc(images(), r).arrays for r in (RECIPE, RECIPE, replace(RECIPE, seed=1)))
    assert all(np.array_equal(one[key], same[key]) for key in one)
    assert not np.array_equal(one["low"], other["low"])
    np.testing.assert_allclose(np.linalg.norm(one["low"].astype(np.float32), axis=1), 1, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(one["high"].astype(np.float32), axis=1), 1, atol=2e-3)


def test_flat_and_small_images_are_refused() -> None:
    with pytest.raises(DataError, match="flat"):
        fit_sc([np.full((60, 60), 0.5, np.float32)], replace(RECIPE, drawn=4, windows=4))
    with pytest.raises(DataError, match="flat"):  # its windows at the edge, beyond which are zeros, have features
        fit_sc([np.full((60, 60), 0.3, np.float32)], replace(RECIPE, drawn=4000, windows=4000))
    with pytest.raises(DataError, match="pixels a side"):
        fit_sc([np.zeros((20, 60), np.float32)], RECIPE)


def test_images_that_are_smaller_than_a_cell_are_left_out() -> None:
    tiny = [np.full(shape, 0.5, np.float32) for shape in ((1, 1), (1, 80), (5, 5))]
    one, other = (fit_sc(given, RECIPE).arrays for given in (images(), [*images(), *tiny]))
    assert all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_windows_come_in_pairs_of_whole_rows_in_the_order_of_the_images(scale: int) -> None:
    side = 3 * scale
    features, targets = training_windows(images(), replace(RECIPE, scale=scale), np.random.default_rng(0))
    assert features.shape[1] == 144
    assert targets.shape[1] == side**2
    assert len(features) == len(targets) <= 400
    np.testing.assert_allclose(targets.mean(axis=1), 0, atol=1e-4)
    window, transposed = targets[::2].reshape(-1, side, side), targets[1::2].reshape(-1, side, side)
    np.testing.assert_array_equal(window.transpose(0, 2, 1), transposed)
    planes, beside = features[::2].reshape(-1, 4, 6, 6), features[1::2].reshape(-1, 4, 6, 6)
    np.testing.assert_array_equal(planes.transpose(0, 1, 3, 2), beside)
    assert (features == np.round(features)).all()  # the LR image was rounded before it was differenced
    one = training_windows(images(1), replace(RECIPE, scale=scale, drawn=150), np.random.default_rng(0))[1]
    all_ = training_windows(images(), replace(RECIPE, scale=scale, drawn=450), np.random.default_rng(0))[1]
    np.testing.assert_array_equal(one, all_[: len(one)])


def test_bounded_atoms_leave_the_least_error() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(200, 12)) * (rng.random((200, 12)) < 0.4)
    truth = rng.normal(size=(12, 20)) * np.linspace(0.05, 0.5, 12)[:, None]
    signals = codes @ truth + 0.05 * rng.normal(size=(200, 20))
    codes[:, 3] = 0
    atoms, multipliers = bounded_atoms(codes, signals, np.ones(12))
    norms = np.linalg.norm(atoms, axis=1)
    assert not atoms[3].any()
    assert norms.max() <= 1 + 1e-6
    assert (multipliers >= 0).all()
    assert 0 < (multipliers > 0).sum() < 11  # some bounds hold, some do not
    np.testing.assert_allclose(norms[multipliers > 0], 1, atol=2e-3)
    # The conditions of the optimum, for atoms that are used.
    gradient = codes.T @ (codes @ atoms - signals) + multipliers[:, None] * atoms
    np.testing.assert_allclose(gradient, 0, atol=0.2)
    again, _ = bounded_atoms(codes, signals, multipliers)
    np.testing.assert_allclose(again, atoms, atol=2e-3)


def test_a_dictionary_is_found_again() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(10, 25)).astype(np.float32)
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    codes = rng.normal(size=(3000, 10)) * (rng.random((3000, 10)) < 0.15)
    codes[np.arange(3000), rng.integers(0, 10, 3000)] += 1
    signals = (codes @ truth).astype(np.float32)
    signals /= np.linalg.norm(signals, axis=1, keepdims=True)
    recipe = replace(RECIPE, atoms=10, passes=8, batch=500)
    atoms = learn_dictionary(signals, recipe, np.random.default_rng(0))
    assert np.linalg.norm(atoms, axis=1).max() <= 1 + 1e-5
    assert np.median(np.abs(truth @ atoms.T).max(axis=1)) > 0.98
