"""Windows, features and the putting together of images, against definitions written out window by window."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from srcnn.degrade import enlarge
from srcnn.errors import RangeError, ShapeError
from srcnn.fitting.windows import join_windows
from srcnn.image.arrays import Floats
from srcnn.methods.features import (
    Projection,
    block_size,
    feature_cells,
    to_grid,
    unit_features,
    upscale_windows,
)


def noise(rows: int, columns: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def some_projection(scale: int, width: int = 5, seed: int = 0) -> Projection:
    return Projection(np.random.default_rng(seed).integers(-3000, 3000, (36 * scale**2, width)).astype(np.int16))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_features_are_the_four_filters(scale: int) -> None:
    ilr = to_grid(noise(6 * scale, 7 * scale), 20)
    cells = feature_cells(ilr, scale)
    assert cells.shape == (4, 5, 4 * scale**2)
    near, far = scale // 2, scale - scale // 2
    for row, column, y, x in np.ndindex(4, 5, scale, scale):
        i, j = (row + 1) * scale + y, (column + 1) * scale + x
        wanted = [
            ilr[i, j + near] - ilr[i, j - far],
            ilr[i + near, j] - ilr[i - far, j],
            0.5 * (ilr[i, j - scale] - 2 * ilr[i, j] + ilr[i, j + scale]),
            0.5 * (ilr[i - scale, j] - 2 * ilr[i, j] + ilr[i + scale, j]),
        ]
        assert cells[row, column].reshape(4, scale, scale)[:, y, x].tolist() == wanted


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_projecting_cells_equals_projecting_windows(scale: int) -> None:
    cells = feature_cells(noise(9 * scale, 8 * scale), scale)
    projection = some_projection(scale)
    wanted = to_grid(join_windows(cells) @ np.ldexp(projection.matrix.astype(np.float64), -15), 20)
    np.testing.assert_array_equal(projection(cells).reshape(-1, 5), wanted)


def test_unit_features_are_the_features_but_for_a_power_of_two() -> None:
    features = np.random.default_rng(0).standard_normal((50, 30)) * np.logspace(-5, -1, 50)[:, None]
    unit, exponent = unit_features(features)
    length = np.linalg.norm(unit, axis=1)
    assert unit.dtype == np.float32
    assert length.min() >= 0.499
    assert length.max() <= 1.001
    np.testing.assert_allclose(np.ldexp(unit, exponent[:, None]), features, atol=1e-3)
    np.testing.assert_array_equal(unit * 4096, np.rint(unit * 4096))


def test_unit_features_of_nothing_are_nothing() -> None:
    unit, exponent = unit_features(np.zeros((2, 30)))
    assert not unit.any()
    assert not exponent.any()


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("shape", [(5, 5), (5, 9), (11, 6)])
def test_without_details_a_image_is_its_ilr(scale: int, shape: tuple[int, int]) -> None:
    lr = noise(*shape)
    sr = upscale_windows(lr, scale, some_projection(scale), lambda f: np.zeros((len(f), 9 * scale**2), np.float32))
    assert sr.dtype == np.float32
    np.testing.assert_array_equal(sr, enlarge(lr, scale))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_details_are_averaged_over_all_windows_but_not_in_the_frame(scale: int) -> None:
    lr = noise(8, 7)
    calls: list[NDArray[np.float32]] = []

    def predict(features: NDArray[np.float64]) -> NDArray[np.float32]:
        calls.append(np.random.default_rng(3).random((len(features), 9 * scale**2), dtype=np.float32))
        return calls[-1]

    sr = upscale_windows(lr, scale, some_projection(scale), predict)
    details = calls[0].reshape(4, 3, 3, 3, scale, scale).swapaxes(3, 4).reshape(4, 3, 3 * scale, 3 * scale)
    total, count = np.zeros(sr.shape), np.zeros(sr.shape)
    for row, column in np.ndindex(4, 3):
        window = (slice((row + 1) * scale, (row + 4) * scale), slice((column + 1) * scale, (column + 4) * scale))
        total[window] += details[row, column]
        count[window] += 1
    np.testing.assert_allclose(sr, enlarge(lr, scale) + total / np.maximum(count, 1), atol=1e-6)
    assert (count[scale:-scale, scale:-scale] > 0).all()


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(5, 14),
    columns=st.integers(5, 14),
    scale=st.sampled_from([2, 3, 4]),
    block=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_the_block_changes_no_bit(rows: int, columns: int, scale: int, block: int, seed: int) -> None:
    lr, projection = noise(rows, columns, seed), some_projection(scale)
    spread = np.random.default_rng(seed).random((5, 9 * scale**2))

    def predict(features: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.asarray((features[:, :, None] * spread).sum(axis=1), np.float32)

    whole = upscale_windows(lr, scale, projection, predict)
    assert whole.tobytes() == upscale_windows(lr, scale, projection, predict, block=block).tobytes()


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (4, 40), (40, 3)])
def test_a_image_without_a_whole_window_is_its_ilr(shape: tuple[int, int]) -> None:
    lr = noise(*shape)
    sr = upscale_windows(lr, 3, some_projection(3), lambda f: np.ones((len(f), 81), np.float32))
    np.testing.assert_array_equal(sr, enlarge(lr, 3))


def test_nan_is_refused() -> None:
    lr = noise(8, 8)
    lr[3, 3] = np.nan
    with pytest.raises(RangeError, match="NaN"):
        upscale_windows(lr, 3, some_projection(3), lambda f: np.ones((len(f), 81), np.float32))


@pytest.mark.parametrize("shape", [(8, 8, 3), (0, 8)])
def test_anything_but_a_plane_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="lr"):
        upscale_windows(np.zeros(shape, np.float32), 3, some_projection(3), lambda f: np.ones((len(f), 81), np.float32))


def test_the_given_image_is_left_alone() -> None:
    lr = noise(9, 9)
    before = lr.copy()
    upscale_windows(lr, 2, some_projection(2), lambda f: np.ones((len(f), 36), np.float32))
    np.testing.assert_array_equal(lr, before)


def test_a_tile_is_a_square_of_windows() -> None:
    assert block_size(64) == 64 * 64
    assert block_size(None) > block_size(64)
