"""The dictionary's arrays."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.methods.dictionary import (
    Dictionary,
    read_dictionary,
    take_neighbours,
)
from srcnn.methods.features import Projection


def unit_rows(n: int, width: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


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
