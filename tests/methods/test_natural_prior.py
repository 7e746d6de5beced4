"""The natural image prior marks major edges only, and prefers one clean step to a ramp."""

import numpy as np

from srcnn.methods.kernel_stages import laplacian
from srcnn.methods.natural_prior import EdgePrior, major_edges, sharpen_edges, window_sum

PRIOR = EdgePrior(side=7, least_laplacian=3.5, least_range=0.9, strength=0.1)


def edge() -> tuple[
    np.ndarray[tuple[int, ...], np.dtype[np.float32]], np.ndarray[tuple[int, ...], np.dtype[np.float32]]
]:
    """A vertical edge with one pixel of ramp, and its Laplacian."""
    plane = np.full((20, 24), -0.8, np.float32)
    plane[:, 12] = 0.1
    plane[:, 13:] = 0.8
    return plane, laplacian(np.pad(plane, 1, mode="edge"))


def test_only_strong_edges_are_marked() -> None:
    plane, lap = edge()
    marked = major_edges(plane, lap, PRIOR)
    assert marked[8:12, 11:14].all()
    assert not marked[:, :6].any()
    assert not major_edges(plane * np.float32(0.1), lap * np.float32(0.1), PRIOR).any()


def test_a_blurred_pixel_joins_the_step_where_its_candidates_allow_it() -> None:
    plane, lap = edge()
    blurred = plane.copy()
    blurred[:, 12] = 0.8
    blurred[10, 12] = 0.1
    candidates = np.stack([blurred, np.where(blurred == np.float32(0.1), np.float32(0.8), blurred)])
    sharp = sharpen_edges(plane, lap, blurred, candidates, EdgePrior(7, 3.5, 0.9, 1.0))
    assert sharp[10, 12] == np.float32(0.8)
    np.testing.assert_array_equal(np.delete(sharp, 10, axis=0), np.delete(blurred, 10, axis=0))


def test_nothing_changes_without_strength() -> None:
    plane, lap = edge()
    candidates = np.stack([plane, plane + np.float32(0.2)])
    np.testing.assert_array_equal(sharpen_edges(plane, lap, plane, candidates, EdgePrior(7, 3.5, 0.9, 0.0)), plane)


def test_window_sums() -> None:
    plane = np.arange(30, dtype=np.float32).reshape(5, 6)
    assert window_sum(plane, 3)[2, 3] == plane[1:4, 2:5].sum()
    assert window_sum(plane, 3)[0, 0] == plane[:2, :2].sum()
