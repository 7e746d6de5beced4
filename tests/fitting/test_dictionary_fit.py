"""Fitting a dictionary: its details, and what it is fitted to."""

import numpy as np
import pytest

from srcnn.errors import DataError
from srcnn.fitting.dictionary_fit import DictionaryRecipe, fit_details, fit_dictionary
from srcnn.fitting.recipe import silent
from srcnn.image.arrays import Floats
from srcnn.methods.dictionary import read_dictionary


def images(n: int = 3, side: int = 48) -> list[Floats]:
    """Smooth random images with edges: noise of several sizes, clipped."""
    rng = np.random.default_rng(5)
    made = []
    for _ in range(n):
        coarse = np.kron(rng.random((side // 8, side // 8)), np.ones((8, 8))) + 0.3 * np.kron(
            rng.random((side // 2, side // 2)), np.ones((2, 2))
        )
        made.append(np.clip(coarse, 0.1, 0.9).astype(np.float32))
    return made


RECIPE = DictionaryRecipe(method="anr", scale=2, atoms=16, iterations=2, seed=3)


def test_details_are_the_least_squares_solution() -> None:
    rng = np.random.default_rng(0)
    index = np.stack([rng.choice(9, 3, replace=False) for _ in range(300)])
    codes = rng.standard_normal((300, 3)).astype(np.float32)
    targets = rng.standard_normal((300, 4)).astype(np.float32)
    dense = np.zeros((300, 9))
    np.put_along_axis(dense, index, codes, axis=1)
    wanted = np.linalg.lstsq(dense, targets, rcond=None)[0]
    np.testing.assert_allclose(fit_details(targets, index, codes, 9), wanted, atol=1e-5)


def test_an_atom_that_no_code_uses_has_no_details() -> None:
    index, codes = np.array([[0, 1], [1, 0], [0, 1]]), np.array([[1, 2], [3, 1], [1, 1]], np.float32)
    details = fit_details(np.ones((3, 2), np.float32), index, codes, 3)
    assert not details[2].any()
    assert details[:2].any()


def test_a_dictionary_survives_being_stored() -> None:
    dictionary = fit_dictionary(images(), RECIPE, silent)
    again = read_dictionary(dictionary.arrays(), 2)
    np.testing.assert_array_equal(again.atoms, dictionary.atoms)
    np.testing.assert_array_equal(again.details, dictionary.details)
    np.testing.assert_array_equal(again.projection.matrix, dictionary.projection.matrix)
    np.testing.assert_allclose(np.linalg.norm(again.atoms, axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(again.coarse.T, again.atoms, atol=2.0**-12)
    assert again.parameters == sum(again.arrays()[name].size for name in ("projection", "atoms", "details"))


def test_images_too_small_for_a_window_are_passed_over() -> None:
    with_tiny = [*images(), np.full((6, 6), 0.5, np.float32)]
    first, second = (fit_dictionary(lumas, RECIPE, silent) for lumas in (images(), with_tiny))
    np.testing.assert_array_equal(first.atoms, second.atoms)


@pytest.mark.parametrize(
    "lumas", [[], [np.full((6, 6), 0.5, np.float32)], [np.random.default_rng(0).random((14, 14), np.float32)]]
)
def test_too_few_windows_are_refused(lumas: list[Floats]) -> None:
    with pytest.raises(DataError, match="fewer than the 16 atoms"):
        fit_dictionary(lumas, RECIPE, silent)


def test_flat_images_are_refused() -> None:
    with pytest.raises(DataError, match="flat"):
        fit_dictionary([np.zeros((40, 40), np.float32)], RECIPE, silent)
