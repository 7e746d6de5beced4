"""Bicubic as a method."""

import numpy as np
import pytest

from srcnn import load
from srcnn.errors import RangeError
from srcnn.image.resize import imresize


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1)])
@pytest.mark.parametrize("scale", [1, 2, 3, 4, 7])
def test_it_is_imresize(shape: tuple[int, ...], scale: int) -> None:
    lr = np.random.default_rng(0).random(shape, np.float32)
    sr = load("bicubic", scale)(lr)
    assert sr.dtype == np.float32
    np.testing.assert_array_equal(sr, imresize(lr, scale))


def test_nan_is_refused() -> None:
    with pytest.raises(RangeError, match="NaN"):
        load("bicubic", 2)(np.full((4, 4), np.nan))
