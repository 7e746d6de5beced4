"""Fitting KK."""

import numpy as np
import pytest

from srcnn.errors import DataError
from srcnn.fitting.kernel_fit import KkRecipe, basis_objective, fit_kk


def test_gradient_of_the_basis_is_the_objectives() -> None:
    rng = np.random.default_rng(0)
    x, t, basis = rng.random((40, 5)), rng.random((40, 3)), rng.random((6, 5))
    _, gradient = basis_objective(basis, x, t, 1.3, 0.1)
    step = 1e-4
    for index in ((0, 0), (3, 2), (5, 4)):
        moved = [basis.copy(), basis.copy()]
        moved[0][index] += step
        moved[1][index] -= step
        values = [basis_objective(b, x, t, 1.3, 0.1)[0] for b in moved]
        assert gradient[index] == pytest.approx((values[0] - values[1]) / (2 * step), rel=5e-3)


def test_same_recipe_same_model_and_small_images_are_refused() -> None:
    rng = np.random.default_rng(0)
    images = [np.kron(rng.random((12, 12)), np.ones((4, 4))).astype(np.float32) for _ in range(3)]
    recipe = KkRecipe(
        method="kk", scale=3, basis=8, windows=300, coefficient_windows=400, iterations=3, estimate_pixels=500
    )
    one, same = fit_kk(images, recipe).arrays, fit_kk(images, recipe).arrays
    assert all(np.array_equal(one[key], same[key]) for key in one)
    with pytest.raises(DataError, match="no image is larger"):
        fit_kk([np.zeros((6, 6), np.float32)], recipe)
    with pytest.raises(DataError, match="flat"):
        fit_kk([np.full((60, 60), 0.3, np.float32)], recipe)
