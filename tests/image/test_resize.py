"""``imresize`` against MATLAB's numbers, and what is true of every resampling."""

import math
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from srcnn.errors import OptionError, RangeError, ShapeError
from srcnn.image.arrays import Floats
from srcnn.image.resize import PadMode, apply_taps, bicubic_taps, cubic_kernel, imresize, kernel_taps, modcrop, shave

FACTORS: dict[str, Fraction] = {
    "1_2": Fraction(1, 2),
    "1_3": Fraction(1, 3),
    "1_4": Fraction(1, 4),
    "2": Fraction(2),
    "3": Fraction(3),
    "4": Fraction(4),
}
PAD_MODES: dict[str, PadMode] = {"replicate": "edge", "symmetric": "symmetric"}
edges = st.sampled_from(["edge", "symmetric"])
factors = st.fractions(Fraction(1, 5), 5, max_denominator=6)
images = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(0, 1))


@pytest.mark.parametrize("padding", PAD_MODES)
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("name", ["gray23x31", "gray64x48", "rgb40x52"])
def test_imresize_agrees_with_matlab(goldens_dir: Path, name: str, factor: str, padding: str) -> None:
    golden = np.load(goldens_dir / "imresize.npz")
    resized = imresize(golden[f"input/{name}"], FACTORS[factor], padding=PAD_MODES[padding])
    np.testing.assert_allclose(resized, golden[f"{padding}/{name}/{factor}"], rtol=0, atol=1e-9)


def test_weights_by_hand() -> None:
    """Keys' kernel at the positions of factors 2 and 1/2, worked out on paper; the same fractions as in MATLAB's
    documentation.
    """
    np.testing.assert_allclose(bicubic_taps(9, 18, Fraction(2)).weight[8, -4:] * 128, [-3, 29, 111, -9], atol=1e-12)
    np.testing.assert_allclose(bicubic_taps(9, 18, Fraction(2)).weight[9, :4] * 128, [-9, 111, 29, -3], atol=1e-12)
    halved = bicubic_taps(20, 10, Fraction(1, 2))
    np.testing.assert_allclose(halved.weight[5] * 256, [-3, -9, 29, 111, 111, 29, -9, -3], atol=1e-12)
    np.testing.assert_array_equal(halved.index[5], np.arange(7, 15))


def test_edges_by_hand() -> None:
    repeat, mirror = (bicubic_taps(10, 5, Fraction(1, 2), padding).index[0] for padding in PAD_MODES.values())
    np.testing.assert_array_equal(repeat, [0, 0, 0, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(mirror, [2, 1, 0, 0, 1, 2, 3, 4])


def test_a_mirror_wider_than_the_image_folds_again() -> None:
    np.testing.assert_allclose(imresize(np.array([[0.0, 1.0]]), shape=(1, 1), padding="symmetric"), [[0.5]], atol=1e-12)


def test_kernel_is_keys_kernel() -> None:
    np.testing.assert_array_equal(cubic_kernel(np.array([0.0, 1.0, -1.0, 2.0, 2.5])), [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(cubic_kernel(np.array([0.5, -0.5, 1.5])), [0.5625, 0.5625, -0.0625])


@given(st.integers(1, 30), st.integers(1, 30), factors, edges)
def test_output_has_the_ceiling_of_the_size(height: int, width: int, factor: Fraction, padding: PadMode) -> None:
    shape = math.ceil(factor * height), math.ceil(factor * width)
    assert imresize(np.zeros((height, width)), factor, padding=padding).shape == shape
    assert imresize(np.zeros((height, width, 3)), factor, padding=padding).shape == (*shape, 3)


def test_the_size_of_a_float_factor_does_not_suffer_from_rounding() -> None:
    assert imresize(np.zeros((3, 9)), 1 / 3).shape == (1, 3)
    assert imresize(np.zeros((10, 10)), 1.1).shape == (11, 11)


@given(st.floats(0, 1), st.integers(1, 12), st.integers(1, 12), factors, edges)
def test_a_constant_image_stays_constant(
    value: float, height: int, width: int, factor: Fraction, padding: PadMode
) -> None:
    resized = imresize(np.full((height, width), value), factor, padding=padding)
    np.testing.assert_allclose(resized, value, atol=1e-12)


@given(images, factors, edges)
def test_axes_are_separable(image: NDArray[np.float64], factor: Fraction, padding: PadMode) -> None:
    np.testing.assert_allclose(
        imresize(image.T, factor, padding=padding).T, imresize(image, factor, padding=padding), atol=1e-12
    )


@given(images, st.sampled_from([2, 3, 4]), st.booleans(), edges)
def test_flipping_commutes(image: Floats, scale: int, shrink: bool, padding: PadMode) -> None:
    """Where input and output end at the same edges, nothing prefers a side."""
    if shrink:
        image = np.kron(image, np.ones((scale, scale)))
    factor = Fraction(1, scale) if shrink else Fraction(scale)
    resized = imresize(image, factor, padding=padding)
    np.testing.assert_allclose(imresize(image[::-1, ::-1], factor, padding=padding), resized[::-1, ::-1], atol=1e-12)


@given(images, images, edges)
def test_resizing_is_linear(one: NDArray[np.float64], other: NDArray[np.float64], padding: PadMode) -> None:
    height, width = (min(a, b) for a, b in zip(one.shape, other.shape, strict=True))
    one, other = one[:height, :width], other[:height, :width]
    both = imresize(one - 2 * other, 3, padding=padding)
    np.testing.assert_allclose(
        both, imresize(one, 3, padding=padding) - 2 * imresize(other, 3, padding=padding), atol=1e-12
    )


@given(hnp.arrays(np.float32, (7, 5), elements=st.floats(0, 1, width=32)))
def test_bands_do_not_mix(plane: NDArray[np.float32]) -> None:
    colour = np.dstack([plane, plane[::-1], plane * np.float32(0.5)])
    resized = imresize(colour, 3)
    for band in range(3):
        np.testing.assert_array_equal(resized[..., band], imresize(np.ascontiguousarray(colour[..., band]), 3))


@given(st.data(), st.sampled_from([np.float32, np.float64]), st.sampled_from([0, 1]), edges)
def test_a_range_of_rows_is_that_of_the_whole(
    data: st.DataObject, dtype: type[np.float32], axis: int, padding: PadMode
) -> None:
    """Byte for byte: what lets an image be enlarged piece by piece."""
    image = data.draw(hnp.arrays(dtype, (9, 8, 3), elements=st.floats(0, 1, width=32)))
    factor = data.draw(factors)
    n_out = math.ceil(factor * image.shape[axis])
    taps = bicubic_taps(image.shape[axis], n_out, factor, padding)
    start = data.draw(st.integers(0, n_out - 1))
    stop = data.draw(st.integers(start + 1, n_out))
    whole = apply_taps(image, taps, axis)
    part = apply_taps(image, taps[start:stop], axis)
    assert part.dtype == whole.dtype == dtype
    assert part.tobytes() == np.ascontiguousarray(whole[start:stop] if axis == 0 else whole[:, start:stop]).tobytes()


def test_rows_outside_the_taps_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    image = rng.random((40, 6))
    changed = image.copy()
    changed[20:] = rng.random((20, 6))
    np.testing.assert_array_equal(imresize(image, 2)[:36], imresize(changed, 2)[:36])


def test_enlarging_repeats_or_mirrors_only_at_the_edge() -> None:
    image = np.random.default_rng(2).random((16, 16))
    repeat, mirror = imresize(image, 3, padding="edge"), imresize(image, 3, padding="symmetric")
    np.testing.assert_array_equal(repeat[6:-6, 6:-6], mirror[6:-6, 6:-6])
    assert np.abs(repeat - mirror).max() > 1e-3


def test_integers_are_treated_as_their_values() -> None:
    image = np.random.default_rng(3).integers(0, 256, (8, 9), dtype=np.uint8)
    np.testing.assert_array_equal(imresize(image, 2), imresize(image.astype(np.float64), 2))


def test_each_axis_is_stored_in_the_images_own_precision() -> None:
    image = np.random.default_rng(4).random((8, 9)).astype(np.float32)
    rows = apply_taps(image, bicubic_taps(8, 16, Fraction(2)), 0)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(imresize(image, 2), apply_taps(rows, bicubic_taps(9, 18, Fraction(2)), 1))


def test_a_shape_gives_each_axis_its_own_factor() -> None:
    image = np.random.default_rng(5).random((12, 10))
    resized = imresize(image, shape=(6, 20))
    rows = apply_taps(image, bicubic_taps(12, 6, Fraction(1, 2)), 0)
    np.testing.assert_array_equal(resized, apply_taps(rows, bicubic_taps(10, 20, Fraction(2)), 1))
    np.testing.assert_array_equal(imresize(image, shape=(12, 10)), image)


def test_a_gradient_is_not_shifted() -> None:
    """Pixel centres lie where they should: a ramp, enlarged, is the ramp of the new centres."""
    ramp = np.tile(np.arange(20.0), (3, 1))
    resized = imresize(ramp, 4)[0]
    np.testing.assert_allclose(resized[12:-12], ((np.arange(80) + 0.5) / 4 - 0.5)[12:-12], atol=1e-12)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, OptionError, "either factor or shape"),
        ({"factor": 2, "shape": (2, 2)}, OptionError, "either factor or shape"),
        ({"factor": 0}, OptionError, "positive"),
        ({"factor": -1}, OptionError, "positive"),
        ({"shape": (0, 3)}, ShapeError, "at least one pixel"),
        ({"factor": 2, "padding": "wrap"}, OptionError, "edge, symmetric"),
    ],
)
def test_impossible_requests_are_refused(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        imresize(np.zeros((4, 4)), **options)


def test_images_are_checked() -> None:
    with pytest.raises(RangeError):
        imresize(np.full((2, 2), np.nan), 2)
    with pytest.raises(ShapeError):
        imresize(np.zeros((2, 2, 4)), 2)


def test_taps_that_are_shared_cannot_be_changed() -> None:
    taps = bicubic_taps(5, 10, Fraction(2))
    with pytest.raises(ValueError, match="read-only"):
        taps.weight[0, 0] = 1


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5))
def test_modcrop_leaves_the_largest_multiple(height: int, width: int, scale: int) -> None:
    image = np.arange(height * width).reshape(height, width)
    if min(height, width) < scale:
        with pytest.raises(ShapeError, match="too small"):
            modcrop(image, scale)
        return
    cut = modcrop(image, scale)
    assert cut.shape == (height // scale * scale, width // scale * scale)
    np.testing.assert_array_equal(cut, image[: cut.shape[0], : cut.shape[1]])


def test_shave_cuts_every_side() -> None:
    image = np.arange(30).reshape(5, 6)
    np.testing.assert_array_equal(shave(image, 2), [[14, 15]])
    np.testing.assert_array_equal(shave(image, 0), image)
    for border in (3, -1):
        with pytest.raises(ShapeError, match="cannot crop"):
            shave(image, border)


def test_kernel_weights_sum_to_one() -> None:
    taps = kernel_taps(7, 3, Fraction(3, 7), lambda t: np.exp(-(t**2)), 6.0)
    np.testing.assert_allclose(taps.weight.sum(axis=1), 1, atol=1e-14)


@pytest.mark.parametrize("padding", PAD_MODES.values())
@pytest.mark.parametrize("factor", ["1_2", "1_3", "1_4", "2", "3"])
@pytest.mark.parametrize("name", ["grey7x9", "grey12x8", "rgb5x7"])
def test_imresize_agrees_with_its_formula(name: str, factor: str, padding: PadMode) -> None:
    # scripts/make_goldens.py made the values sample by sample, in a form that agrees with MATLAB's to 2e-13.
    golden = np.load(Path(__file__).parents[1] / "golden" / "imresize.npz")
    resized = imresize(golden[f"input/{name}"].astype(np.float64), FACTORS[factor], padding=padding)
    np.testing.assert_allclose(resized, golden[f"{padding}/{name}/{factor}"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("padding", PAD_MODES.values())
@pytest.mark.parametrize(("n_in", "n_out"), [(9, 40), (40, 9), (5, 5)])
def test_an_axis_in_parts_has_the_same_taps(
    n_in: int, n_out: int, padding: PadMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bicubic_taps.__wrapped__(n_in, n_out, Fraction(n_out, n_in), padding)
    monkeypatch.setattr("srcnn.image.resize._PART", 4)
    parts = bicubic_taps.__wrapped__(n_in, n_out, Fraction(n_out, n_in), padding)
    assert parts.index.tobytes() == whole.index.tobytes()
    assert parts.weight.tobytes() == whole.weight.tobytes()


def test_a_long_axis_takes_little_more_memory_than_its_taps() -> None:
    tracemalloc.start()
    taps = bicubic_taps.__wrapped__(10_000, 1_000_000, Fraction(100))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * (taps.index.nbytes + taps.weight.nbytes)
