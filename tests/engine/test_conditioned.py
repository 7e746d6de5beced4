"""A network that is told the wear, as one that knows it."""

from typing import Any

import numpy as np
import pytest

from srcnn import weights
from srcnn.engine.conditioned import WEAR, knowing, with_constant
from srcnn.engine.session import open_session
from srcnn.errors import WeightsError
from srcnn.wear import NO_WEAR, Wear

PHOTO = weights.find("photo", 2)
RNG = np.random.default_rng(3)
WEARS = [NO_WEAR, Wear(75), Wear(30, 5), Wear(None, 25)]


def small(**changes: Any) -> bytes:
    """``y = x * leaky(wear @ w.T + b)``, and no more; ``changes`` replace a part of it."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    parts: dict[str, Any] = {"kind": "LeakyRelu", "settings": {"alpha": 0.5}, "inputs": ("x", "wear"), "numbers": 1.0}
    parts |= changes
    arrays = [
        numpy_helper.from_array(np.full((1, 2), parts["numbers"], np.float32), "w"),
        numpy_helper.from_array(np.full((1,), -3, np.float32), "b"),
    ]
    nodes = [
        helper.make_node("Gemm", ["wear", "w", "b"], ["sum"], transB=1),
        helper.make_node(parts["kind"], ["sum"], ["gain"], **parts["settings"]),
        helper.make_node("Mul", ["x", "gain"], ["y"]),
    ]
    sizes = {"x": ["n", 1, "h", "w"], "wear": [1, 2], "y": ["n", 1, "h", "w"]}
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in sizes.items()}
    graph = helper.make_graph(nodes, "small", [values[name] for name in parts["inputs"]], [values["y"]], arrays)
    return bytes(onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())


def run(data: bytes, x: Any) -> Any:
    return open_session(data, engine="onnxruntime", threads=1).run(x)


@pytest.mark.parametrize(("told", "gain"), [((1, 4), 2.0), ((1, 1), -0.5)])
def test_what_depends_on_the_constant_alone_is_computed(told: tuple[float, float], gain: float) -> None:
    x = RNG.random((1, 1, 3, 4), np.float32)
    data = with_constant(small(), WEAR, np.array([told], np.float32))
    np.testing.assert_allclose(run(data, x), gain * x, rtol=1e-6)
    assert b"Gemm" not in data
    assert b"LeakyRelu" not in data


@pytest.mark.parametrize("wear", WEARS)
def test_a_network_that_knows_gives_what_one_gives_that_is_told(wear: Wear) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    data = PHOTO.read()
    x = RNG.random((1, 3, 60, 52), np.float32)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    told = session.run(None, {"x": x, WEAR: np.array([wear.planes], np.float32)})[0]
    np.testing.assert_allclose(run(knowing(data, PHOTO.card, wear), x), told, atol=2e-5)


def test_wear_changes_the_result() -> None:
    x = RNG.random((1, 3, 60, 52), np.float32)
    results = [run(knowing(PHOTO.read(), PHOTO.card, wear), x) for wear in WEARS]
    assert all(np.abs(one - results[0]).max() > 0.05 for one in results[1:])


def test_a_network_that_is_not_told_stays_as_it_is() -> None:
    plain = weights.find("plain-s", 2)
    assert knowing(plain.read(), plain.card, Wear(50)) == plain.read()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: b"no network", "not an ONNX file"),
        (lambda: weights.find("plain-s", 2).read(), "no input 'wear'"),
        (lambda: small(kind="Exp", settings={}), "computes 'Exp' of what it is told"),
        (lambda: small(numbers=np.inf), "makes no sense"),
        (lambda: PHOTO.read()[:-5000], "cut short|not an ONNX file"),
    ],
)
def test_another_file_is_refused(data: Any, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        with_constant(data(), WEAR, np.ones((1, 2), np.float32))
