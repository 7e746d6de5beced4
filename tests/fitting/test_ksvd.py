"""Matching pursuit and K-SVD."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn.errors import DataError
from srcnn.fitting.ksvd import ksvd, pursue, reconstruct
from srcnn.fitting.recipe import silent
from srcnn.image.arrays import Floats


def unit_rows(n: int, width: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


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
