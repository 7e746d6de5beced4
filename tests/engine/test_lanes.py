"""The networks' files: cards, the widened last layer, damage."""

from typing import Any

import numpy as np
import pytest

from srcnn.engine.lanes import LANES, interleave, widen_last_layer
from srcnn.engine.onnx_file import read_card
from srcnn.engine.session import open_session
from srcnn.errors import WeightsError


@pytest.mark.parametrize("sizes", [(9, 5, 5), (9, 1, 5), (9, 1, 3), (5, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_widened_network_makes_the_same_pixels(make_network: Any, sizes: tuple[int, ...], channels: int) -> None:
    data = make_network(sizes, (8, 4)[: len(sizes) - 1], channels=channels)
    wide = widen_last_layer(data)
    assert wide.lanes == LANES
    halo = sum(size // 2 for size in sizes)
    x = np.random.default_rng(1).random((1, channels, 24 + 2 * halo, 16 + 2 * halo), np.float32)
    plain = open_session(data, engine="onnxruntime", threads=1).run(x)[0]
    found = interleave(open_session(wide.data, engine="onnxruntime", threads=1).run(x)[0], wide.lanes)
    assert found.shape == plain.shape == (channels, 24, 16)
    np.testing.assert_allclose(found, plain, atol=2e-6)


def test_widened_file_is_sound(make_network: Any) -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(onnx.load_from_string(widen_last_layer(make_network()).data), full_check=True)


def test_network_that_ends_otherwise_is_left_as_it_is(make_network: Any) -> None:
    data = make_network(domain="lr")
    network = widen_last_layer(data)
    assert network.data == data
    assert network.lanes == (1, 1)


def test_padded_convolution_is_left_as_it_is(make_network: Any) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(make_network())
    model.graph.node[-1].attribute.append(onnx.helper.make_attribute("pads", [2, 2, 2, 2]))
    assert widen_last_layer(model.SerializeToString()).lanes == (1, 1)


def test_packed_and_float_data_fields_are_read(make_network: Any) -> None:
    # Other exporters write numbers in other fields than onnx.numpy_helper.
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(make_network())
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.helper.make_tensor(tensor.name, 1, values.shape, values.ravel()))
    x = np.random.default_rng(1).random((1, 1, 24, 24), np.float32)
    wide = widen_last_layer(model.SerializeToString())
    assert wide.lanes == LANES
    found = interleave(open_session(wide.data, engine="onnxruntime").run(x)[0], wide.lanes)
    np.testing.assert_allclose(found, open_session(make_network(), engine="onnxruntime").run(x)[0], atol=2e-6)


def test_card_travels_inside(make_network: Any) -> None:
    card = read_card(make_network((9, 1, 5), scale=4))
    assert (card.name, card.scale, card.halo) == ("random", 4, 6)


def test_card_survives_widening(make_network: Any) -> None:
    data = make_network()
    assert read_card(widen_last_layer(data).data) == read_card(data)


def test_network_without_card_is_refused(make_network: Any) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(make_network())
    del model.metadata_props[:]
    with pytest.raises(WeightsError, match="no card"):
        read_card(model.SerializeToString())


@pytest.mark.parametrize("data", [b"", b"\x00", b"not a network at all", b"\x89PNG\r\n\x1a\n" * 8, b"\xff" * 64])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(WeightsError):
        read_card(data)


def test_cut_file_is_refused(make_network: Any) -> None:
    data = make_network()
    for length in (1, 10, len(data) // 2, len(data) - 1):
        with pytest.raises(WeightsError):
            read_card(data[:length])


def _subpixel(name: str = "plain-8-2", scale: int = 2) -> tuple[bytes, int]:
    """A network at low resolution with random weights: its file, and its halo."""
    torch = pytest.importorskip("torch")
    from srcnn.nets import build, shape_of
    from srcnn.training.config import TrainConfig
    from srcnn.training.export import make_card, to_onnx

    net = build(name, scale)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    card = make_card(net, TrainConfig(net=name, scale=scale, steps=1), None, None)
    return to_onnx(net, card), shape_of(net).halo


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("name", ["plain-8-2", "espcn"])
def test_widened_network_before_a_pixel_shuffle_makes_the_same_pixels(name: str, engine: str) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    data, halo = _subpixel(name)
    wide = widen_last_layer(data)
    assert wide.data != data
    assert wide.lanes == (1, 1)
    x = np.random.default_rng(1).random((1, 1, 12 + 2 * halo, 16 + 2 * halo), np.float32)
    found, plain = (open_session(d, engine=engine, threads=1).run(x) for d in (wide.data, data))
    assert found.shape == plain.shape == (1, 1, 24, 32)
    np.testing.assert_allclose(found, plain, atol=2e-6)


@pytest.mark.parametrize("scale", [3, 4])
def test_network_whose_last_layer_fills_its_lanes_is_left_as_it_is(scale: int) -> None:
    data, _ = _subpixel(scale=scale)
    assert widen_last_layer(data).data == data


def test_file_widened_before_a_pixel_shuffle_is_sound() -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(onnx.load_from_string(widen_last_layer(_subpixel()[0]).data), full_check=True)


def test_sum_with_planes_of_its_own_is_left_as_it_is() -> None:
    # A network that adds a plane to each of its four channels, from a convolution: not the one plane that is spread over blocks.
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(_subpixel()[0])
    total = next(node for node in model.graph.node if node.op_type == "Add")
    four = np.random.default_rng(1).random((4, 1, 1, 1), np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(four, "four"))
    spread = onnx.helper.make_node("Conv", [total.input[1], "four"], ["spread"], kernel_shape=[1, 1])
    total.input[1] = "spread"
    model.graph.node.insert(list(model.graph.node).index(total), spread)
    data = model.SerializeToString()
    assert widen_last_layer(data).data == data
    open_session(data, engine="onnxruntime", threads=1)
