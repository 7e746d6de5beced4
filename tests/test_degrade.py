"""How low-resolution images are made: byte for byte as published for bicubic, as worded in the paper for Gaussian."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from srcnn.degrade import DEGRADATIONS, Degradation, degrade, enlarge, make_pair
from srcnn.errors import OptionError, ShapeError
from srcnn.files.io import read_image
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import PadMode, imresize, modcrop, shave

SCALES = (2, 3, 4)
kinds = st.sampled_from(DEGRADATIONS)
edges = st.sampled_from(["edge", "symmetric"])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", ["baby", "bird", "butterfly", "head", "woman"])
def test_bicubic_gives_the_authors_images(data_dir: Path, goldens_dir: Path, name: str, scale: int) -> None:
    """The 8-bit, shaved bicubic images that the authors' MATLAB code made of Set5."""
    hr = to_floats(modcrop(luma_bytes(read_image(data_dir / "Set5" / f"{name}_GT.bmp").pixels), scale))
    made = shave(to_integers(enlarge(degrade(hr, scale), scale)), scale)
    golden = read_image(goldens_dir / "set5_bicubic" / f"{name}_x{scale}_bicubic.png").pixels
    np.testing.assert_array_equal(made, golden)


@given(st.integers(4, 24), st.integers(4, 24), st.sampled_from(SCALES), kinds, st.booleans())
def test_sizes(height: int, width: int, scale: int, kind: Degradation, colour: bool) -> None:
    hr = np.zeros((height, width, 3) if colour else (height, width), np.float32)
    cut, lr, ilr = make_pair(hr, scale, kind)
    assert lr.shape == (height // scale, width // scale, *hr.shape[2:])
    assert cut.shape == ilr.shape == (lr.shape[0] * scale, lr.shape[1] * scale, *hr.shape[2:])
    assert lr.dtype == ilr.dtype == np.float32


@given(st.floats(0, 1), st.sampled_from(SCALES), kinds, edges)
def test_flat_images_keep_their_value(value: float, scale: int, kind: Degradation, padding: PadMode) -> None:
    lr = degrade(np.full((12, 15), value), scale, kind, padding=padding)
    np.testing.assert_allclose(lr, value, atol=1e-12)


@pytest.mark.parametrize("kind", DEGRADATIONS)
@pytest.mark.parametrize("scale", SCALES)
def test_nothing_is_shifted(scale: int, kind: Degradation) -> None:
    """A ramp comes back from degrading and enlarging as the same ramp, away from the edges."""
    ramp = np.tile(np.arange(30 * scale) / 100, (4 * scale, 1))
    _, lr, ilr = make_pair(ramp, scale, kind)
    centres = (np.arange(30) * scale + (scale - 1) / 2) / 100
    np.testing.assert_allclose(lr[0, 8:-8], centres[8:-8], atol=1e-9)
    np.testing.assert_allclose(ilr[0, 10 * scale : -10 * scale], ramp[0, 10 * scale : -10 * scale], atol=1e-9)


@given(hnp.arrays(np.float64, (12, 12), elements=st.floats(0, 1)), st.sampled_from(SCALES), kinds, edges)
def test_flipping_commutes(hr: NDArray[np.float64], scale: int, kind: Degradation, padding: PadMode) -> None:
    flipped = degrade(hr[::-1, ::-1], scale, kind, padding=padding)
    np.testing.assert_allclose(flipped, degrade(hr, scale, kind, padding=padding)[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize("padding", ["edge", "symmetric"])
@pytest.mark.parametrize("scale", SCALES)
def test_gaussian_is_blur_then_subsampling(scale: int, padding: PadMode) -> None:
    """Against a direct two-dimensional sum: a Gaussian of sigma sqrt(scale^2 - 1)/2 about the centre of every large
    pixel.
    """
    hr = np.random.default_rng(scale).random((8 * scale, 7 * scale))
    sigma, reach = np.sqrt(scale**2 - 1) / 2, 12 * scale
    padded = np.pad(hr, reach, mode=padding)
    rows, columns = np.arange(padded.shape[0]) - reach, np.arange(padded.shape[1]) - reach
    expected = np.zeros((8, 7))
    for i in range(8):
        for j in range(7):
            y, x = i * scale + (scale - 1) / 2, j * scale + (scale - 1) / 2
            window = np.exp(-0.5 * ((rows[:, None] - y) ** 2 + (columns[None, :] - x) ** 2) / sigma**2)
            expected[i, j] = (window * padded).sum() / window.sum()
    # The kernel is cut at four standard deviations, where it has fallen to 3e-4 of its peak.
    np.testing.assert_allclose(degrade(hr, scale, "gaussian", padding=padding), expected, atol=3e-4)


@pytest.mark.parametrize("kind", ["bicubic", "gaussian"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, bool])
def test_integers_are_degraded_as_the_floats_they_are(dtype: Any, kind: Degradation) -> None:
    hr = np.random.default_rng(5).integers(0, 2 if dtype is bool else np.iinfo(dtype).max, (12, 14)).astype(dtype)
    cut, *made = make_pair(hr, 2, kind)
    _, *wanted = make_pair(hr.astype(np.float64), 2, kind)
    assert cut.dtype == dtype
    for image, of_floats in zip(made, wanted, strict=True):
        np.testing.assert_array_equal(image, of_floats, strict=True)


def test_bicubic_is_imresize_of_the_cut_image() -> None:
    hr = np.random.default_rng(7).random((20, 22, 3)).astype(np.float32)
    np.testing.assert_array_equal(degrade(hr, 3), imresize(hr[:18, :21], 1 / 3))


def test_lr_is_neither_clipped_nor_rounded() -> None:
    hr = np.zeros((24, 24), np.float32)
    hr[:, 12:] = 1
    lr = degrade(hr, 2)
    assert lr.min() < 0
    assert lr.max() > 1


def test_impossible_requests_are_refused() -> None:
    hr = np.zeros((8, 8))
    with pytest.raises(OptionError, match="at least 2"):
        degrade(hr, 1)
    with pytest.raises(OptionError, match="bicubic, gaussian"):
        degrade(hr, 2, "box")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="too small for scale 4"):
        degrade(np.zeros((3, 9)), 4)
