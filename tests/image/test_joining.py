"""Colour from luma and chroma by phases: the values of bicubic interpolation, and the same bytes for every window."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.engine.tiling import cut
from srcnn.image.arrays import to_integers
from srcnn.image.colour import rgb_to_chroma, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.joining import HALO, join_colour, phase_taps, small_window
from srcnn.image.raster import Held, Window
from srcnn.image.resize import imresize

rng = np.random.default_rng(0)
SMALL = rng.random((17, 23, 3), np.float32)


def joined(luma: Any, window: Window, scale: int, dtype: Any) -> Any:
    out = np.empty((*window.shape, 3), dtype)
    part = luma[window.top : window.bottom, window.left : window.right]
    join_colour(part, cut(Held(rgb_to_chroma(SMALL)), small_window(window, scale)), window, scale, out)
    return out


def whole(scale: int) -> tuple[Any, Window]:
    shape = (SMALL.shape[0] * scale, SMALL.shape[1] * scale)
    return rng.random(shape, np.float32) * np.float32(0.9), Window(0, shape[0], 0, shape[1])


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5, 6, 8])
def test_it_is_bicubic_interpolation_of_chroma(scale: int) -> None:
    luma, window = whole(scale)
    chroma = imresize(rgb_to_ycbcr(SMALL.astype(np.float64)), scale)[..., 1:]
    expected = ycbcr_to_rgb(np.dstack([luma, chroma]))
    np.testing.assert_allclose(joined(luma, window, scale, np.float32), np.clip(expected, 0, 1), atol=2e-6)
    for dtype, most in ((np.uint8, 1e-3), (np.uint16, 2e-2)):
        found, rounded = joined(luma, window, scale, dtype), to_integers(expected, dtype)
        difference = np.abs(found.astype(int) - rounded)
        assert difference.max() <= 1  # where a value lies within float32 of a half
        assert (difference > 0).mean() < most


@given(st.integers(1, 6), st.data())
def test_a_window_has_the_bytes_of_the_whole(scale: int, data: st.DataObject) -> None:
    luma, window = whole(scale)
    top = data.draw(st.integers(0, window.bottom - 1))
    bottom = data.draw(st.integers(top + 1, window.bottom))
    left = data.draw(st.integers(0, window.right - 1))
    right = data.draw(st.integers(left + 1, window.right))
    part = joined(luma, Window(top, bottom, left, right), scale, np.uint16)
    np.testing.assert_array_equal(part, joined(luma, window, scale, np.uint16)[top:bottom, left:right])


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1), (np.float64, 1)])
def test_what_exceeds_white_and_black_is_clipped(dtype: Any, white: float) -> None:
    window = Window(0, 4, 0, 4)
    chroma = np.zeros((2 + 2 * HALO, 2 + 2 * HALO, 2), np.float32)
    for luma, expected in ((3.0, white), (-3.0, 0)):
        out = np.empty((4, 4, 3), dtype)
        join_colour(np.full((4, 4), luma, np.float32), chroma, window, 2, out)
        assert (out == expected).all()


def test_grey_stays_grey() -> None:
    grey = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, 2)
    luma = rgb_to_ycbcr(np.repeat(grey, 2, 1))[..., 0].repeat(2, 0)
    out = np.empty((2, 512, 3), np.uint8)
    window = Window(0, 2, 0, 512)
    join_colour(luma, cut(Held(rgb_to_chroma(grey)), small_window(window, 2)), window, 2, out)
    assert (out == np.arange(256).repeat(2)[None, :, None]).all()


def test_taps_sum_to_one_and_stay_within_the_halo() -> None:
    for scale in range(1, 9):
        for taps in phase_taps(scale):
            assert sum(weight for _, weight in taps) == pytest.approx(1, abs=1e-12)
            assert all(abs(offset) <= HALO for offset, _ in taps)
    assert phase_taps(1) == (((0, 1.0),),)
