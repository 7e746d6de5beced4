"""Feature maps: what the layers make, of the size of what is looked at."""

import numpy as np
import pytest

from srcnn.degrade import enlarge
from srcnn.image.arrays import Bytes
from srcnn.methods import load
from srcnn.methods.protocol import make_hr, make_lr
from srcnn.visualise.features import LONGEST, draw_features, feature_maps, network_input, shown
from srcnn.visualise.layers import summarise

PHOTO: Bytes = np.random.default_rng(0).integers(0, 256, (38, 50), np.uint8)


@pytest.mark.parametrize("name", ["srcnn-9-1-5", "plain-s"])
def test_the_last_layer_makes_the_result(name: str) -> None:
    summary = summarise(name, 3)
    rows, columns = np.mgrid[: PHOTO.shape[0], : PHOTO.shape[1]]
    photo = np.round(128 + 60 * np.sin(rows / 7) * np.cos(columns / 5)).astype(np.uint8)
    *_, (layer, maps) = feature_maps(summary, photo)
    lr = make_lr(make_hr(photo, 3), 3, "luma")
    sr = load(name, 3, engine="onnxruntime").upscale(lr)
    if summary.card.input_size == "lr":  # the residual, before it is shuffled to pixels
        depth = maps.reshape(3, 3, *lr.shape)
        residual = depth.transpose(2, 0, 3, 1).reshape(sr.shape)
        # But for what settles greys, and is missing in the result when it is downscaled again.
        np.testing.assert_allclose(residual + lr.repeat(3, 0).repeat(3, 1), sr, atol=4e-3)
    else:
        np.testing.assert_allclose(maps[0], sr, atol=2e-6)
    assert layer.channels[1] == len(maps)


def test_the_network_sees_what_it_sees_in_use() -> None:
    summary = summarise("srcnn-9-1-5", 3)
    halo = summary.card.halo
    ilr = enlarge(make_lr(make_hr(PHOTO, 3), 3, "luma"), 3)
    np.testing.assert_allclose(network_input(summary, PHOTO)[0, halo:-halo, halo:-halo], ilr, atol=1e-6)


def test_of_a_large_image_the_middle_is_seen() -> None:
    large = np.zeros((900, 700), np.uint8)
    large[300:600, 200:500] = 255
    maps = next(iter(feature_maps(summarise("plain-s", 3), large)))[1]
    assert maps.shape == (16, LONGEST // 3, LONGEST // 3)
    part = network_input(summarise("plain-s", 3), large)[0]
    middle = len(part) // 2
    assert part[middle - 40 : middle + 40, middle - 40 : middle + 40].min() > 0.9


def test_a_sheet_for_each_layer_with_all_its_maps() -> None:
    sheets = list(draw_features(summarise("srcnn-9-1-5", 3), PHOTO, "noise"))
    assert [len(sheet.images) for sheet in sheets] == [64, 32, 1]
    assert sheets[1].words[0].text == "srcnn-9-1-5 x3: layer 2, convolution, ReLU, of noise"


def test_maps_reach_from_black_to_white() -> None:
    np.testing.assert_array_equal(shown(np.array([[-1.0, 0.0, 1.0]])), [[0, 128, 255]])
    np.testing.assert_array_equal(shown(np.full((2, 2), 7.0)), np.full((2, 2), 128))
