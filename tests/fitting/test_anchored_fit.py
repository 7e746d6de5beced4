"""Fitting ANR and A+ against their definitions."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import enlarge
from srcnn.errors import DataError, WeightsError
from srcnn.fitting.anchored_fit import AnrRecipe, APlusRecipe, fit_a_plus, fit_anr, nearest_windows, training_pool
from srcnn.fitting.recipe import Fitted, silent
from srcnn.fitting.windows import training_windows
from srcnn.image.resize import imresize
from srcnn.methods.anchored import read
from srcnn.methods.features import Projection
from srcnn.weights import Entry, npz
from srcnn.weights.card import Card


def image(rows: int, columns: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def some_projection(scale: int, width: int, seed: int = 0) -> Projection:
    matrix = np.linalg.qr(np.random.default_rng(seed).standard_normal((36 * scale**2, width)))[0]
    return Projection(np.rint(matrix * 2**15).astype(np.int16))


def stored(fitted: Fitted, name: str, scale: int, folder: Path) -> Entry:
    card = Card(name=name, scale=scale, architecture=fitted.architecture, parameters=fitted.parameters)
    return weights.write(npz.pack(fitted.arrays, card), card, "npz", folder)


def test_the_nearest_windows_are_those_of_smallest_distance() -> None:
    rng = np.random.default_rng(0)
    unit = rng.standard_normal((20_000, 6))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    anchors = unit[[5, 77, 1234]].astype(np.float32) * np.array([[1], [-1], [1]], np.float32)
    for anchor, near in zip(anchors, nearest_windows(anchors, unit.astype(np.float32), 300), strict=True):
        distance = ((unit - anchor) ** 2).sum(axis=1)
        assert len(set(near)) == 300
        assert (np.diff(near) > 0).all()
        assert distance[near].max() <= np.sort(distance)[299] + 1e-6


def test_the_nearest_windows_are_found_where_a_sample_misleads() -> None:
    # All windows that the sample looks at (every 50th) are near: the limit guessed from them lets too few through.
    unit = np.tile(np.array([[0.6, 0.8]], np.float32), (5000, 1))
    unit[::50] = [1, 0]
    (near,) = nearest_windows(np.array([[1, 0]], np.float32), unit, 1000)
    assert len(set(near)) == 1000
    assert set(range(0, 5000, 50)) <= set(near)


def test_the_pool_holds_all_images_at_one_size_then_at_the_next() -> None:
    images = [image(24, 20), image(9, 9, 1), image(30, 21, 2)]  # the second has no window
    recipe = APlusRecipe(method="a+", scale=2, sizes=2, shrink=0.9, weakest=0.5)
    projection = some_projection(2, 8)
    unit, targets = training_pool(images, projection, recipe, silent)
    smaller = [imresize(luma, 0.9) for luma in images]
    parts = [
        part
        for luma in [*images, *smaller]
        if min(luma.shape) >= 10
        for part in training_windows([luma], 2, projection, 1)
    ]
    features, details = (np.concatenate(part) for part in zip(*parts, strict=True))
    length = np.linalg.norm(features, axis=1, keepdims=True)
    assert (length < 0.5).any()
    assert (length > 0.5).any()
    np.testing.assert_allclose(unit, features / length, atol=1e-5)
    np.testing.assert_allclose(targets, np.where(length >= 0.5, details / length, details), atol=1e-5)
    limited = training_pool(
        images, projection, APlusRecipe(method="a+", scale=2, sizes=2, shrink=0.9, weakest=0.5, pool=50), silent
    )
    np.testing.assert_array_equal(limited[0], unit[:50])
    np.testing.assert_array_equal(limited[1], targets[:50])


A_PLUS = APlusRecipe(method="a+", scale=2, atoms=20, iterations=2, neighbours=100, sizes=2)


def test_a_plus_learns_what_bicubic_misses(tmp_path: Path) -> None:
    """Stripes of one kind: what was learned on some of them restores others."""

    def stripes(phase: float) -> NDArray[np.float32]:
        y, x = np.mgrid[:60, :60]
        return np.asarray(0.5 + 0.3 * np.sign(np.sin((x + 0.3 * y) / 2.2 + phase)), np.float32)

    method = read(stored(fit_a_plus([stripes(p) for p in (0, 1, 2)], A_PLUS, silent), "a+", 2, tmp_path))
    hr = stripes(0.5)
    lr = imresize(hr, 0.5)
    inner = (slice(4, -4), slice(4, -4))
    error = np.square(method.upscale(lr) - hr)[inner].mean()
    assert error < 0.6 * np.square(enlarge(lr, 2) - hr)[inner].mean()


def test_fitting_is_decided_by_recipe_and_images() -> None:
    first, again = (fit_a_plus([image(40, 44)], A_PLUS, silent).arrays for _ in range(2))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in again.items()
    }


def test_progress_goes_from_nothing_to_all() -> None:
    seen: list[float] = []
    fit_a_plus([image(40, 44)], A_PLUS, lambda done, text: seen.append(done))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert 0.9 < seen[-1] <= 1


def test_anr_is_solved_when_it_is_read(tmp_path: Path) -> None:
    recipe = AnrRecipe(method="anr", scale=2, atoms=20, iterations=2, neighbours=6)
    fitted = fit_anr([image(40, 44)], recipe, silent)
    assert "regressors" not in fitted.arrays
    method = read(stored(fitted, "anr", 2, tmp_path), block=5)
    assert (method.name, method.scale, method.channels, method.block) == ("anr", 2, "luma", 5)
    assert method(image(9, 8)).shape == (18, 16)


def test_too_few_windows_for_a_regressor_are_refused() -> None:
    with pytest.raises(DataError, match="fewer than the 5000"):
        fit_a_plus([image(40, 44)], APlusRecipe(method="a+", scale=2, atoms=20, iterations=1, neighbours=5000), silent)


@pytest.mark.parametrize("missing", ["regressors", "factors", "atoms", "projection"])
def test_a_file_that_lacks_a_part_is_refused(missing: str, tmp_path: Path) -> None:
    fitted = fit_a_plus([image(40, 44)], A_PLUS, silent)
    del fitted.arrays[missing]
    with pytest.raises(WeightsError, match=missing):
        read(stored(fitted, "a+", 2, tmp_path))
