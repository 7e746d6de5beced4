"""Matching pursuit, K-SVD and the dictionary's arrays."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn.errors import DataError, WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods.dictionary import (
    Dictionary,
    DictionaryRecipe,
    fit_details,
    fit_dictionary,
    ksvd,
    pursue,
    read_dictionary,
    reconstruct,
    take_neighbours,
)
from srcnn.methods.features import Projection
from srcnn.methods.recipe import silent


def unit_rows(n: int, width: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


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


def omp(sample: Floats, atoms: Floats, nonzeros: int) -> tuple[list[int], Floats]:
    """The textbook, for one sample."""
    chosen: list[int] = []
    residual: Floats = sample
    codes: Floats = np.zeros(0)
    for _ in range(nonzeros):
        chosen.append(int(np.abs(atoms @ residual).argmax()))
        codes = np.linalg.lstsq(atoms[chosen].T, sample, rcond=None)[0]
        residual = sample - codes @ atoms[chosen]
    return chosen, codes


def test_pursuit_is_the_textbooks() -> None:
    atoms, samples = unit_rows(40, 10, 0), unit_rows(600, 10, 1) * 2
    index, codes = pursue(samples, atoms, 3)
    for sample, found, code in zip(samples, index, codes, strict=True):
        wanted, values = omp(sample.astype(np.float64), atoms.astype(np.float64), 3)
        assert found.tolist() == wanted
        np.testing.assert_allclose(code, values, atol=1e-4)


def test_pursuit_never_takes_an_atom_twice_and_survives_equal_atoms_and_zeros() -> None:
    atoms = unit_rows(8, 4, 0)
    atoms[5] = atoms[2]
    samples = np.concatenate((atoms[[2, 3]], np.zeros((1, 4), np.float32)))
    index, codes = pursue(samples, atoms, 3)
    assert all(len(set(row)) == 3 for row in index.tolist())
    np.testing.assert_allclose(reconstruct(index, codes, atoms), samples, atol=1e-3)


def test_ksvd_finds_planted_atoms() -> None:
    rng = np.random.default_rng(2)
    planted = unit_rows(12, 8, 7)
    index = np.stack([rng.choice(12, 2, replace=False) for _ in range(3000)])
    samples = reconstruct(index, rng.standard_normal((3000, 2)).astype(np.float32), planted)
    atoms = ksvd(samples, 12, 2, 30, np.random.default_rng(0), silent)
    np.testing.assert_allclose(np.linalg.norm(atoms, axis=1), 1, atol=1e-5)
    found = np.abs(planted @ atoms.T).max(axis=1) > 0.99
    assert found.sum() >= 10


def test_ksvd_represents_better_with_every_few_iterations() -> None:
    samples = unit_rows(2000, 10, 3) * np.linspace(2, 0.1, 10, dtype=np.float32)

    def error(iterations: int) -> float:
        atoms = ksvd(samples, 20, 3, iterations, np.random.default_rng(0), silent)
        return float(((samples - reconstruct(*pursue(samples, atoms, 3), atoms)) ** 2).sum())

    assert error(0) > error(3) > error(10)


def test_ksvd_is_decided_by_its_generator() -> None:
    samples = unit_rows(500, 6, 4)
    first, again, other = (ksvd(samples, 10, 2, 3, np.random.default_rng(seed), silent) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_an_unused_atom_becomes_a_sample() -> None:
    # Two clusters on two axes; three of the four starting atoms lie on one of them and one sample stands apart.
    samples = np.zeros((200, 3), np.float32)
    samples[:100, 0] = np.linspace(1, 2, 100)
    samples[100:199, 1] = np.linspace(1, 2, 99)
    samples[199, 2] = 5
    atoms = ksvd(samples, 4, 1, 5, np.random.default_rng(0), silent)
    np.testing.assert_allclose(np.abs(atoms).max(axis=0), 1, atol=1e-5)


def test_flat_windows_cannot_start_a_dictionary() -> None:
    with pytest.raises(DataError, match="not flat"):
        ksvd(np.zeros((100, 4), np.float32), 8, 2, 1, np.random.default_rng(0), silent)


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


def small_arrays() -> dict[str, NDArray[Any]]:
    atoms = np.ldexp(np.rint(np.ldexp(unit_rows(6, 4, 0).astype(np.float64) * 0.99, 15)), -15)
    details = np.zeros((6, 36))
    return Dictionary(Projection(np.ones((144, 4), np.int16)), atoms, details).arrays()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("atoms", None),
        ("atoms", np.zeros((6, 5), np.int16)),
        ("atoms", np.zeros((6, 4), np.float32)),
        ("atoms", np.zeros((0, 4), np.int16)),
        ("projection", np.zeros((324, 4), np.int16)),
        ("details", np.zeros((6, 81), np.float16)),
        ("details", np.full((6, 36), np.nan, np.float16)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name: str, value: NDArray[Any] | None) -> None:
    arrays = small_arrays()
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    with pytest.raises(WeightsError, match=name):
        read_dictionary(arrays, 2)


@pytest.mark.parametrize(("neighbours", "ridge"), [(0, 0.1), (7, 0.1), (3, 0.0), (3, -1.0)])
def test_impossible_neighbours_are_refused(neighbours: int, ridge: float) -> None:
    with pytest.raises(WeightsError, match="neighbours"):
        take_neighbours({"neighbours": np.array(neighbours), "ridge": np.array(ridge)}, 6)
