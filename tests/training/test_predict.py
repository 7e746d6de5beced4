"""Where a run begins and what teaches it: checkpoints, files and shipped models."""

from pathlib import Path

import numpy as np
import pytest
import torch

from srcnn import weights
from srcnn.errors import OptionError, WeightsError
from srcnn.methods import load
from srcnn.nets import build
from srcnn.training.config import TrainConfig
from srcnn.training.export import make_card, to_onnx
from srcnn.training.finish import finish
from srcnn.training.predict import load_start, load_teacher, predict
from srcnn.training.turned import turned


@pytest.mark.parametrize(
    ("net", "model"), [("srcnn-9-1-5", "srcnn-9-1-5"), ("fsrcnn", "fsrcnn"), ("plain-16-8", "plain-s")]
)
def test_shipped_weights_come_back_whole(net: str, model: str) -> None:
    begun = build(net, 3, seed=5)
    load_start(begun, f"{model}_x3")
    # Smooth, so that nothing reaches the bound in the shipped file, which a torch network does not have.
    rows, columns = np.mgrid[:24, :30].astype(np.float32)
    x = 0.5 + 0.3 * np.sin(rows / 5)[None] * np.cos(columns / 7)[None]
    shipped = load(model, 3, threads=1, engine="onnxruntime")
    if net.startswith("srcnn"):
        from srcnn.image.resize import imresize

        found, expected = predict(begun, imresize(x[0], 3)[None]), shipped(x[0])
    else:
        found, expected = predict(begun, x), shipped(x[0])
    # Greys were settled by a line; its slope, at most a quarter of an 8-bit level, is not part of the layers.
    np.testing.assert_allclose(found[0], expected, atol=1e-3)


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("scale", [2, 3])
def test_a_residual_network_begins_from_its_file(asked: bool, scale: int, tmp_path: Path) -> None:
    net, name = build("residual-8-2x2", scale, seed=1), "residual-8-2x2"
    card = make_card(net, TrainConfig(net=name, scale=scale, steps=1), None, None)
    plain = to_onnx(net, card), card
    (file := tmp_path / "start.onnx").write_bytes(finish(*turned(*plain))[0] if asked else finish(*plain)[0])
    begun = build(name, scale, seed=2)
    load_start(begun, str(file))
    expected = net.state_dict()
    for key, value in begun.state_dict().items():
        if key != "last.bias":  # greys are settled there
            wanted = net.first.zero_sum() if key == "first.weight" else expected[key]  # type: ignore[operator,union-attr]
            torch.testing.assert_close(value, wanted, rtol=0, atol=1e-6)


def test_another_scale_keeps_its_own_last_layer(tmp_path: Path) -> None:
    file = tmp_path / "start.onnx"
    file.write_bytes(weights.find("plain-s", 3).read())
    begun = build("plain-16-8", 2)
    fresh = {key: value.clone() for key, value in begun.state_dict().items()}
    load_start(begun, str(file))
    kept = {key for key, value in begun.state_dict().items() if torch.equal(value, fresh[key])}
    assert kept == {"last.weight", "last.bias"}


@pytest.mark.parametrize("source", ["plain-s", "plain-s_x7", "nothing_x3"])
def test_what_is_no_start_is_named(source: str) -> None:
    with pytest.raises(OptionError, match=r"plain-s|nothing"):
        load_start(build("plain-16-8", 3), source)


def test_other_widths_do_not_fit() -> None:
    with pytest.raises(WeightsError, match="no tensor"):
        load_start(build("srcnn-9-1-5", 3, widths=(7, 5)), "plain-s_x3")


def test_a_layer_is_taken_whole_or_not_at_all() -> None:
    begun = build("srcnn-9-1-5", 3)
    fresh = {key: value.clone() for key, value in begun.state_dict().items()}
    load_start(begun, "srcnn-9-5-5_x3")  # whose second layer has the same biases, but other filters
    kept = {key for key, value in begun.state_dict().items() if torch.equal(value, fresh[key])}
    assert kept == {"layers.1.weight", "layers.1.bias"}
    with pytest.raises(WeightsError, match="no tensor"):
        load_start(build("srcnn-3-1-3", 3), "srcnn-9-5-5_x3")


def test_shipped_model_teaches() -> None:
    lr = np.random.default_rng(0).random((12, 17), np.float32)
    assert load_teacher("plain-s", 3, ensemble=False)(lr).shape == (36, 51)
    np.testing.assert_allclose(load_teacher("plain-s", 3)(lr), load("plain-s+tta", 3)(lr), atol=1e-6)
