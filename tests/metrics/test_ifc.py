import numpy as np
import pytest

from srcnn.metrics import ifc
from srcnn.metrics.ifc import pad


@pytest.mark.parametrize(
    ("shape", "padded"),
    [((128, 128), (128, 128)), ((97, 131), (128, 160)), ((129, 160), (160, 160)), ((2, 5), (128, 128))],
)
def test_padding_reaches_multiples_of_32_from_128_on(shape: tuple[int, int], padded: tuple[int, int]) -> None:
    plane = np.random.default_rng(0).random(shape)
    out = pad(plane)
    assert out.shape == padded
    top, left = ((after - before + 1) // 2 for before, after in zip(shape, padded, strict=True))
    np.testing.assert_array_equal(out[top : top + shape[0], left : left + shape[1]], plane)


def test_padding_mirrors_the_sides_and_keeps_the_corners_constant() -> None:
    plane = np.random.default_rng(0).random((100, 120))
    out = pad(plane)  # 14 rows above and below, 4 columns left and right
    np.testing.assert_array_equal(out[13, 4:124], plane[1])
    np.testing.assert_array_equal(out[0, 4:124], plane[14])
    np.testing.assert_array_equal(out[-1, 4:124], plane[-15])
    np.testing.assert_array_equal(out[14:114, 3], plane[:, 1])
    np.testing.assert_array_equal(out[14:114, -1], plane[:, -5])
    assert (out[:14, :4] == plane[1, 1]).all()
    assert (out[:14, 124:] == plane[1, -2]).all()
    assert (out[114:, :4] == plane[-2, 1]).all()
    assert (out[114:, 124:] == plane[-2, -2]).all()


def test_an_odd_rest_goes_above() -> None:
    plane = np.random.default_rng(0).random((125, 128))
    np.testing.assert_array_equal(pad(plane)[2:127], plane)


def test_padding_further_than_the_image_repeats_its_last_row() -> None:
    plane = np.random.default_rng(0).random((20, 128))
    out = pad(plane)
    np.testing.assert_array_equal(out[0], plane[-1])
    np.testing.assert_array_equal(out[-1], plane[0])


def test_a_flat_truth_has_no_information() -> None:
    noise = np.random.default_rng(0).random((130, 140))
    assert ifc(np.full((130, 140), 0.5), noise) == 0


def test_more_contrast_than_the_truth_is_no_loss() -> None:
    # the channel model takes gain as gain: the one of the six metrics that rewards a sharper image than the truth
    rng = np.random.default_rng(0)
    hr = 0.5 + 0.1 * rng.normal(size=(128, 128)).clip(-2, 2)
    noise = 0.02 * rng.normal(size=hr.shape).clip(-2, 2)
    assert ifc(hr, 0.5 + 1.5 * (hr - 0.5) + noise) > ifc(hr, hr + noise) > ifc(hr, 0.5 + 0.7 * (hr - 0.5) + noise)
