"""The windows of training images, and the projection of their features."""

import numpy as np

from srcnn.fitting.windows import detail_cells, fit_projection, join_windows
from srcnn.image.arrays import Floats


def noise(rows: int, columns: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def test_windows_are_three_cells_a_side_and_leave_a_frame() -> None:
    hr, ilr = noise(18, 21), noise(18, 21, 1)
    windows = join_windows(detail_cells(hr, ilr, 3), step=1)
    assert windows.shape == (2 * 3, 81)
    window = (hr - ilr)[6:15, 3:12]  # the second row of windows, first column
    by_cells = [window[3 * a : 3 * a + 3, 3 * b : 3 * b + 3].ravel() for a in range(3) for b in range(3)]
    np.testing.assert_array_equal(windows[3], np.concatenate(by_cells))


def test_a_step_of_two_takes_every_other_window() -> None:
    cells = noise(7, 8).reshape(7, 8, 1)
    every = join_windows(cells).reshape(5, 6, 9)
    np.testing.assert_array_equal(join_windows(cells, step=2), every[::2, ::2].reshape(-1, 9))


def test_principal_components_keep_all_but_the_cut() -> None:
    rng = np.random.default_rng(1)
    images = [rng.standard_normal((12, 12, 16)) * np.linspace(0.01, 1, 16) + 1 for _ in range(3)]
    vectors = np.concatenate([join_windows(cells, 2) for cells in images])
    projection = fit_projection(images, step=2, cut=0.05)
    matrix = projection.matrix / 2**15
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(projection.width), atol=2e-3)
    energy = np.linalg.eigvalsh(vectors.T @ vectors)
    dropped = np.cumsum(energy)[: len(energy) - projection.width] / energy.sum()
    assert (dropped < 0.05).all()
    assert np.cumsum(energy)[len(energy) - projection.width] / energy.sum() >= 0.05
    # Not centred: the constant part, the strongest here, is the first component.
    assert np.abs(matrix[:, 0]).min() > 0.05
