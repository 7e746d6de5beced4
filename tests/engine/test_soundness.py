"""Networks from strangers: what is wrong with a file is found before an engine computes, or by one run on a small
image.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srcnn import weights
from srcnn.engine.onnx_file import read_card
from srcnn.engine.soundness import check_network
from srcnn.errors import OptionError, WeightsError
from srcnn.methods import load
from srcnn.methods.base import ENGINES, Engine, Options
from srcnn.methods.network import from_bytes
from srcnn.weights import Entry

NETWORKS = [entry for entry in weights.entries() if entry.kind == "onnx"]
Change = Callable[[Any, Any], object]  # of the onnx package and a model


def changed(data: bytes, change: Change) -> bytes:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(data)
    change(onnx, model)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("entry", NETWORKS, ids=lambda entry: entry.path.stem)
def test_shipped_networks_are_sound(entry: Entry) -> None:
    check_network(entry.read(), entry.card)


@pytest.mark.parametrize("entry", NETWORKS[::4], ids=lambda entry: entry.path.stem)
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_shipped_networks_pass_as_those_of_strangers(entry: Entry, engine: Engine) -> None:
    pytest.importorskip(engine)
    from_bytes(entry.read(), entry.card, Options(engine=engine))


@pytest.mark.parametrize("input_size", ["hr", "lr"])
@pytest.mark.parametrize("lie", [{"scale": 2}, {"halo": 3}, {"halo": 128}, {"channels": "rgb"}])
def test_a_card_that_describes_another_network_is_found_out(
    make_network: Any, input_size: str, lie: dict[str, Any]
) -> None:
    data = make_network(input_size=input_size)
    if (input_size, lie) == ("hr", {"scale": 2}):  # one that sees the enlarged image works at every scale
        check_network(data, replace(read_card(data), **lie))
        return
    with pytest.raises(WeightsError, match="does not describe the network"):
        check_network(data, replace(read_card(data), **lie))


def test_a_domain_that_is_wrong_is_found_out(make_network: Any) -> None:
    data = make_network(input_size="lr")
    with pytest.raises(WeightsError, match="does not describe the network"):
        check_network(data, replace(read_card(data), input_size="hr"))


def _bad_weight(onnx: Any, model: Any, value: float) -> None:
    tensor = model.graph.initializer[0]
    values = onnx.numpy_helper.to_array(tensor).copy()
    values.flat[7] = value
    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))


def _external(onnx: Any, model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def _too_few(onnx: Any, model: Any) -> None:
    model.graph.initializer[0].dims[0] = 2**40


def _half(onnx: Any, model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor).astype(np.float16), tensor.name))


def _setting(name: str, values: list[int]) -> Change:
    def change(onnx: Any, model: Any) -> None:
        model.graph.node[0].attribute.append(onnx.helper.make_attribute(name, values))

    return change


def _kind(kind: str, domain: str = "") -> Change:
    def change(onnx: Any, model: Any) -> None:
        model.graph.node[1].op_type, model.graph.node[1].domain = kind, domain

    return change


def _branch(onnx: Any, model: Any) -> None:
    body = onnx.helper.make_graph([], "body", [], [])
    model.graph.node[1].attribute.append(onnx.helper.make_attribute("alpha", body))


def _fixed_size(onnx: Any, model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 64


def _unknown_input(onnx: Any, model: Any) -> None:
    model.graph.node[1].input[0] = "nobody"


def _two_outputs(onnx: Any, model: Any) -> None:
    model.graph.output.append(onnx.helper.make_tensor_value_info("relu0", 1, None))


def _function(onnx: Any, model: Any) -> None:
    relu = onnx.helper.make_node("Relu", ["a"], ["b"])
    model.functions.append(onnx.helper.make_function("mine", "f", ["a"], ["b"], [relu], model.opset_import))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda onnx, model: _bad_weight(onnx, model, np.nan), "hold NaN or infinite"),
        (lambda onnx, model: _bad_weight(onnx, model, -np.inf), "hold NaN or infinite"),
        (_external, "another file"),
        (_too_few, "hold a different number of values"),
        (_half, "not 32-bit floats"),
        (_setting("pads", [20_000] * 4), "does not describe|MB"),
        (_setting("strides", [0, 0]), "strides"),
        (_setting("dilations", [-1, 1]), "dilations"),
        (_setting("dilations", [3000, 3000]), "has an empty result"),
        (_kind("Loop"), "operation 'Loop', which srcnn does not run"),
        (_kind("If"), "operation 'If'"),
        (_kind("GlobalAveragePool"), "operation 'GlobalAveragePool'"),
        (_kind("Relu", "com.stranger"), "'Relu' of com.stranger"),
        (_branch, "attribute 'alpha'"),
        (_fixed_size, "accepts only 64 rows"),
        (_unknown_input, "'nobody', which no earlier operation produces"),
        (_two_outputs, "one input and one output"),
        (_function, "functions"),
    ],
)
def test_what_is_wrong_is_said(make_network: Any, change: Change, told: str) -> None:
    data = changed(make_network(), change)
    with pytest.raises(WeightsError, match=told):
        check_network(data, read_card(data))


def test_a_layer_that_would_take_more_memory_than_there_is_is_refused(make_network: Any) -> None:
    # 4 million pixels of each pixel: a few bytes of file, and sizes that the card even tells.
    def change(onnx: Any, model: Any) -> None:
        weight = onnx.numpy_helper.from_array(np.zeros((1, 1, 1, 1), np.float32), "up")
        less = onnx.numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "down")
        model.graph.initializer.extend([weight, less])
        node = onnx.helper.make_node
        model.graph.node[-1].output[0] = "before"
        model.graph.node.append(
            node("ConvTranspose", ["before", "up"], ["large"], strides=[2000, 2000], output_padding=[1999, 1999])
        )
        model.graph.node.append(node("Conv", ["large", "down"], ["y"], strides=[2000, 2000]))

    data = changed(make_network(), change)
    with pytest.raises(WeightsError, match=r"one of its layers needs \d+ MB, more than"):
        check_network(data, read_card(data))


def test_a_network_that_would_take_hours_is_refused(make_network: Any) -> None:
    def change(onnx: Any, model: Any) -> None:
        model.graph.node[-1].output[0] = "before"
        model.graph.node.append(
            onnx.helper.make_node("AveragePool", ["before"], ["y"], kernel_shape=[20_001] * 2, pads=[10_000] * 4)
        )

    data = changed(make_network(), change)
    with pytest.raises(WeightsError, match="multiplications for a tile"):
        check_network(data, read_card(data))


@pytest.mark.parametrize("engine", ENGINES[1:])
class TestAnswers:
    """What only a run shows."""

    def test_padding_inside_gives_two_answers(self, make_network: Any, engine: Engine) -> None:
        pytest.importorskip(engine)
        data = changed(make_network((9, 5, 5)), _setting("pads", [4] * 4))
        with pytest.raises(WeightsError, match=r"different results, .* for the same pixels"):
            from_bytes(data, replace(read_card(data), halo=4), Options(engine=engine))

    def test_huge_weights_are_useless(self, make_network: Any, engine: Engine) -> None:
        pytest.importorskip(engine)
        data = changed(make_network(), lambda onnx, model: _bad_weight(onnx, model, 1e9))
        with pytest.raises(WeightsError, match="its weights are unusable"):
            from_bytes(data, read_card(data), Options(engine=engine))

    def test_a_path_is_checked_and_named(self, make_network: Any, engine: Engine, tmp_path: Path) -> None:
        pytest.importorskip(engine)
        path = tmp_path / "stranger.onnx"
        path.write_bytes(changed(make_network(), lambda onnx, model: _bad_weight(onnx, model, np.nan)))
        with pytest.raises(WeightsError, match=r"cannot use .*stranger\.onnx: the weights 'w0' hold NaN"):
            load(str(path), 3, engine=engine)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_no_number_makes_no_result(make_network: Any, value: float) -> None:
    class Engine:
        threads = 1

        def run(self, x: Any) -> Any:
            out = np.zeros((1, 1, *(side - 16 for side in x.shape[2:])), np.float32)
            out[0, 0, 3, 5] = value
            return out

    data = make_network()
    method = replace(from_bytes(data, read_card(data), Options(engine="onnxruntime")), session=Engine())  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match="NaN or infinite values"):
        method(np.zeros((30, 40), np.float32))


def test_other_operations_of_enlarging_networks_are_sound(make_network: Any) -> None:
    onnx = pytest.importorskip("onnx")
    node, array = onnx.helper.make_node, onnx.numpy_helper.from_array
    rng = np.random.default_rng(0)
    held = {
        "w": rng.normal(0, 0.1, (8, 1, 3, 3)).astype("f"), "b": np.zeros(8, "f"), "scale": np.ones(8, "f"),
        "mean": np.zeros(8, "f"),
        "depthwise": rng.normal(0, 0.1, (8, 1, 1, 1)).astype("f"), "up": rng.normal(0, 0.05, (16, 1, 2, 2)).astype("f"),
        "starts": np.array([1, 1]), "ends": np.array([-1, -1]), "axes": np.array([2, 3]), "low": np.array(-1, "f"),
        "high": np.array(1, "f"),
    }  # fmt: skip
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3]),
        node("BatchNormalization", ["c", "scale", "b", "mean", "scale"], ["n"]),
        node("Elu", ["n"], ["e"]),
        node("Conv", ["e", "depthwise"], ["d"], group=8),
        node("Concat", ["e", "d"], ["both"], axis=1),
        node("Clip", ["both", "low", "high"], ["clipped"]),
        node("ConvTranspose", ["clipped", "up"], ["large"], strides=[2, 2]),
        node("MaxPool", ["x"], ["top"], kernel_shape=[3, 3]),
        node("Slice", ["x", "starts", "ends", "axes"], ["inner"]),
        node("Sub", ["top", "inner"], ["range"]),
        node("Concat", ["range"] * 4, ["four"], axis=1),
        node("DepthToSpace", ["four"], ["bound"], blocksize=2, mode="CRD"),
        node("Min", ["large", "bound"], ["least"]),
        node("Neg", ["bound"], ["below"]),
        node("Max", ["least", "below"], ["y"]),
    ]
    ends = [[onnx.helper.make_tensor_value_info(name, 1, ["n", 1, f"{name}h", f"{name}w"])] for name in "xy"]
    graph = onnx.helper.make_graph(nodes, "net", *ends, [array(values, name) for name, values in held.items()])
    data = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    card = replace(read_card(make_network(input_size="lr", scale=2)), halo=1)
    assert from_bytes(data, card, Options(engine="onnxruntime"))(np.full((9, 7), 0.5, np.float32)).shape == (18, 14)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_give_a_network_or_an_error_of_the_weights(make_network: Any, data: st.DataObject) -> None:
    good = make_network((3, 3), (4,), input_size=data.draw(st.sampled_from(["hr", "lr"])))
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    try:
        method = from_bytes(bytes(bad), read_card(bytes(bad)), Options(engine="onnxruntime", threads=1))
        sr = method(np.full((9, 8) if method.channels == "luma" else (9, 8, 3), 0.4, np.float32))
    except (WeightsError, OptionError):
        return
    assert np.isfinite(sr).all()


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os = pytest.importorskip("os")
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(WeightsError, match="not a file"):
        load(str(tmp_path / "pipe.onnx"), 3)


@pytest.mark.parametrize("numbers", [[13], [2**40], [12, 12, 12], []])
def test_a_result_cut_to_another_size_is_found_out(numbers: list[int]) -> None:
    entry = weights.find("srcnn-9-1-5", 3)

    def change(onnx: Any, model: Any) -> None:
        halo = next(i for i in model.graph.initializer if i.name == "bound.size.halo")
        halo.CopyFrom(onnx.numpy_helper.from_array(np.array(numbers, np.int64), halo.name))

    with pytest.raises(WeightsError):
        check_network(changed(entry.read(), change), entry.card)
