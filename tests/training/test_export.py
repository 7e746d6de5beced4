"""ONNX and torch give the same pixels, and the card travels inside."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from srcnn.engine.onnx_file import BASELINES_KEY, CARD_KEY, LOG_KEY, read_metadata
from srcnn.errors import OptionError, WeightsError
from srcnn.nets import build
from srcnn.training.config import TrainConfig
from srcnn.training.export import (
    TOLERANCE,
    check,
    check_exportable,
    dead_leaves,
    export,
    exportable,
    make_card,
    to_onnx,
)
from srcnn.training.finish import with_card
from srcnn.training.loop import train
from srcnn.training.predict import predict
from srcnn.training.run_folder import BEST, LOG
from srcnn.weights.card import Card


@pytest.mark.parametrize("name", ["srcnn-9-5-5", "srcnn-9-1-1-5", "srcnn-9-1-5-rgb"])
def test_same_pixels_for_every_shape(name: str) -> None:
    net = build(name, 3, start="he")
    card = make_card(net, TrainConfig(net=name, steps=1), None, None)
    data = to_onnx(net, card)
    assert check(net, data) <= TOLERANCE
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).random((2, net.shape.channels, 31, 47), np.float32)  # type: ignore[union-attr,arg-type]
    with torch.no_grad():
        expected = net(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=0, atol=TOLERANCE * np.ptp(expected))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", ["fsrcnn", "espcn", "plain-8-3", "residual-8-2x2"])
def test_networks_at_low_resolution_lose_their_padding_and_no_pixel(name: str, scale: int) -> None:
    net = build(name, scale)
    with torch.no_grad():
        for parameter in net.parameters():  # a start near zero would hide a shifted frame
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    data = to_onnx(net, make_card(net, TrainConfig(net=name, scale=scale, steps=1), None, None))
    assert check(net, data) <= TOLERANCE


def test_a_wrong_export_is_noticed() -> None:
    net, other = build("srcnn-9-1-5", 3, start="he", seed=0), build("srcnn-9-1-5", 3, start="he", seed=1)
    data = to_onnx(other, make_card(other, TrainConfig(net="srcnn-9-1-5", steps=1), None, None))
    with pytest.raises(WeightsError, match="differ by"):
        check(net, data)


@pytest.mark.parametrize("name", ["srcnn-9-1-5", "plain-8-3", "residual-8-2x2"])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_the_check_is_relative_to_what_the_network_gives(name: str, size: float) -> None:
    net = build(name, 3, start="he")
    with torch.no_grad():
        last = [layer for layer in net.modules() if isinstance(layer, torch.nn.Conv2d)][-1]
        last.weight *= size
    data = to_onnx(net, make_card(net, TrainConfig(net=name, steps=1), None, None))
    assert check(net, data) <= TOLERANCE
    assert last.bias is not None
    with torch.no_grad():
        last.bias += 1e-3 * float(np.ptp(predict(net, dead_leaves(1, 80, 112))))
    with pytest.raises(WeightsError, match="of the output's range"):
        check(net, data)


def test_what_is_compared_is_like_a_natural_image() -> None:
    image = dead_leaves(3, 64, 96)
    assert image.shape == (3, 64, 96)
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 1
    np.testing.assert_array_equal(image, dead_leaves(3, 64, 96))
    # Neighbours are mostly alike, and sometimes not at all.
    steps = np.abs(np.diff(image[0], axis=1))
    assert np.median(steps) == 0
    assert steps.max() > 0.5
    noise = np.random.default_rng(0).random(image.shape)
    power = [np.abs(np.fft.fft(planes - planes.mean(), axis=2))[..., 1:49].mean((0, 1)) for planes in (image, noise)]
    falls = [p[:6].mean() / p[-6:].mean() for p in power]
    assert falls[0] > 4
    assert falls[1] < 2


def test_card_says_what_made_the_model(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    recipe = tmp_path / "small.toml"
    recipe.write_text("steps = 12\n", encoding="utf-8")
    result = train(config, photos, tmp_path / "run")
    data, card = export(tmp_path / "run" / BEST, recipe=recipe, images=result.images)
    inside = {p.key: p.value for p in onnx.load_from_string(data).metadata_props}
    assert Card.from_json(inside[CARD_KEY]) == card
    assert card.parameters == 8 * 25 + 8 + 4 * 8 + 4 + 4 * 9 + 1
    assert (card.name, card.scale, card.halo, card.input_size) == ("srcnn-5-1-3", 2, 3, "hr")
    assert card.recipe == "small.toml"
    assert card.training_data_sha256 == result.images.digest()
    assert card.scores["validation"]["psnr"] == pytest.approx(result.val_psnr, abs=1e-4)


def test_scores_can_be_entered_later_without_touching_the_weights() -> None:
    net = build("srcnn-9-1-5", 3, start="he")
    card = make_card(net, TrainConfig(net="srcnn-9-1-5", steps=1), None, None)
    scored = replace(card, scores={"Set5": {"psnr": 1.0}})
    data = with_card(to_onnx(net, card), scored)
    assert check(net, data) <= TOLERANCE
    assert [p.value for p in onnx.load_from_string(data).metadata_props] == [scored.to_json()]


def test_log_and_baselines_travel_inside(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    result = train(config, photos, tmp_path / "run")
    data, card = export(result.best, baselines={"bicubic": 28.09})
    told = read_metadata(with_card(data, replace(card, notes="another")))
    assert told[LOG_KEY] == (tmp_path / "run" / LOG).read_text()
    assert told[BASELINES_KEY] == '{"bicubic": 28.09}'


def test_teachers_are_not_exported() -> None:
    net = build("subpixel-4-1", 3)
    assert not exportable(TrainConfig(net="subpixel-4-1", steps=1))
    with pytest.raises(WeightsError, match="cannot write"):
        to_onnx(net, make_card(net, TrainConfig(net="subpixel-4-1", steps=1), None, None))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "mine/first"}, "card says name = 'mine/first'"),
        ({"scale": 17}, "card says scale = 17"),
        ({"net": "srcnn-201-91-3"}, "card says halo = 146"),
        ({"net": "srcnn-1-1", "widths": (4,)}, "must see 1 pixels around each"),
        ({"net": "srcnn-99999999999-1-5"}, "cannot be made"),
    ],
)
def test_a_network_that_could_not_be_used_is_not_trained(
    config: TrainConfig, changed: dict[str, Any], words: str
) -> None:
    check_exportable(config)
    check_exportable(replace(config, net="subpixel-8-3"))  # only a teacher
    with pytest.raises(OptionError, match=words):
        check_exportable(replace(config, **changed))
