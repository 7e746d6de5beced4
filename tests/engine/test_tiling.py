"""Grids, windows and strips: whatever is cut, the numbers are those of the whole."""

import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.engine.tiling import around, cut, in_threads, make_grid, resized_window, seen_by_cut, seen_by_resizing
from srcnn.image.raster import Held, Window, piece
from srcnn.image.resize import bicubic_taps, imresize
from srcnn.weights.card import PADDING

SIDES = st.integers(1, 2000)


@given(
    SIDES,
    SIDES,
    st.tuples(st.integers(8, 256), st.integers(8, 512)),
    st.one_of(st.none(), st.integers(1, 4000)),
    st.integers(1, 8),
)
def test_blocks_cover_the_image_once(
    height: int, width: int, largest: tuple[int, int], tile: int | None, threads: int
) -> None:
    grid = make_grid(height, width, largest)
    blocks = [block for group in grid.tiles(tile, threads) for block in group]
    assert {block.shape for block in blocks} == {grid.block}
    assert all(side % 8 == 0 for side in grid.block)
    assert all(side <= most + 7 for side, most in zip(grid.block, largest, strict=True))
    down, across = {b.top for b in blocks}, {b.left for b in blocks}
    assert len(blocks) == len(down) * len(across) == len({(b.top, b.left) for b in blocks})
    assert sorted(down) == list(range(0, height, grid.block[0]))
    assert sorted(across) == list(range(0, width, grid.block[1]))


@given(SIDES, SIDES, st.integers(1, 4000), st.integers(1, 8))
def test_tile_bounds_what_is_in_work(height: int, width: int, tile: int, threads: int) -> None:
    grid = make_grid(height, width)
    for group in grid.tiles(tile, threads):
        assert all(a <= max(tile, b) for a, b in zip(around(group, 0).shape, grid.block, strict=True))


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 20))
def test_cut_mirrors_as_numpy_does(height: int, width: int, halo: int) -> None:
    image = np.random.default_rng(0).random((height, width))
    expected = np.pad(image, halo, mode="symmetric")
    np.testing.assert_array_equal(
        cut(Held(image), Window(-halo, height + halo, -halo, width + halo), "symmetric"), expected
    )


def test_cut_repeats_the_edge() -> None:
    image = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(cut(Held(image), Window(-2, 4, -1, 5)), np.pad(image, ((2, 2), (1, 2)), mode="edge"))


@given(st.data())
def test_window_of_a_resized_image_is_that_of_the_whole(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    scale = data.draw(st.integers(2, 4))
    image = np.random.default_rng(height * 31 + width).random((height, width), np.float32)
    whole = np.pad(imresize(image, scale), 9, mode="edge")
    top, left = data.draw(st.integers(-9, height * scale + 8)), data.draw(st.integers(-9, width * scale + 8))
    bottom = data.draw(st.integers(top + 1, height * scale + 9))
    right = data.draw(st.integers(left + 1, width * scale + 9))
    rows, columns = (bicubic_taps(n, n * scale, Fraction(scale)) for n in image.shape)
    window = Window(top, bottom, left, right)
    part = piece(Held(image), seen_by_resizing(rows, columns, window))
    for raster in (Held(image), part):
        found = resized_window(raster, rows, columns, window)
        np.testing.assert_array_equal(found, whole[top + 9 : bottom + 9, left + 9 : right + 9])
    for padding in PADDING.values():
        part = piece(Held(image), seen_by_cut(Held(image), window, padding))
        np.testing.assert_array_equal(cut(part, window, padding), cut(Held(image), window, padding))


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_keep_the_order(threads: int) -> None:
    assert in_threads(lambda n: n * n, range(20), threads) == [n * n for n in range(20)]


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_thread_comes_out(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda n: 1 // n, range(20), threads)


def test_after_an_error_no_further_item_is_begun() -> None:
    begun: list[int] = []
    failed = threading.Event()

    def work(n: int) -> None:
        begun.append(n)
        if n == 0:
            failed.set()
            raise ZeroDivisionError
        failed.wait(60)
        time.sleep(0.02)

    with pytest.raises(ZeroDivisionError):
        in_threads(work, range(200), 2)
    assert len(begun) < 100
