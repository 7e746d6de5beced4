"""Sessions: both engines, several threads, what is missing."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from srcnn.engine.session import open_session, usable_cores
from srcnn.errors import MissingExtraError, WeightsError

ENGINES = ["onnxruntime", "openvino"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    pytest.importorskip(name)
    return name


def test_engines_agree(make_network: Any, engine: str) -> None:
    x = np.random.default_rng(0).random((1, 1, 40, 48), np.float32)
    found = open_session(make_network(), engine=engine, threads=1).run(x)
    expected = open_session(make_network(), engine="onnxruntime", threads=1).run(x)
    assert found.shape == (1, 1, 24, 32)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_several_threads_give_the_same_bytes(make_network: Any, engine: str) -> None:
    rng = np.random.default_rng(0)
    inputs = [rng.random((1, 1, 24 + 8 * (i % 3), 40), np.float32) for i in range(12)]
    one = open_session(make_network(), engine=engine, threads=1)
    four = open_session(make_network(), engine=engine, threads=4)
    with ThreadPoolExecutor(4) as pool:
        for x, found in zip(inputs, pool.map(four.run, inputs), strict=True):
            np.testing.assert_array_equal(found, one.run(x))


def test_result_outlives_the_next_run(make_network: Any, engine: str) -> None:
    session = open_session(make_network(), engine=engine, threads=1)
    first = session.run(np.zeros((1, 1, 24, 24), np.float32))
    kept = first.copy()
    session.run(np.ones((1, 1, 24, 24), np.float32))
    np.testing.assert_array_equal(first, kept)


def test_input_need_not_be_contiguous_float32(make_network: Any, engine: str) -> None:
    x = np.random.default_rng(0).random((1, 1, 48, 48))
    session = open_session(make_network(), engine=engine, threads=1)
    np.testing.assert_array_equal(session.run(x[..., ::2, ::2]), session.run(x[..., ::2, ::2].astype(np.float32).copy()))


def test_auto_takes_onnxruntime_without_openvino(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert open_session(make_network(), engine="auto").engine == "onnxruntime"


def test_auto_survives_a_broken_openvino(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("no such processor")

    monkeypatch.setitem(sys.modules, "openvino", Broken())
    assert open_session(make_network(), engine="auto").engine == "onnxruntime"


def test_missing_openvino_names_the_extra(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'srcnn\[openvino\]'"):
        open_session(make_network(), engine="openvino")


def test_damaged_network_is_refused(engine: str) -> None:
    with pytest.raises(WeightsError, match="cannot load the network"):
        open_session(b"\x08\x07rubbish", engine=engine)


def test_threads_default_to_the_usable_cores(make_network: Any) -> None:
    assert open_session(make_network(), engine="onnxruntime").threads == usable_cores() >= 1


def test_a_network_made_for_one_size_gives_the_pixels_of_the_one_for_all(make_network: Any) -> None:
    # ONNX Runtime gets a session of its own for large blocks.
    run = open_session(make_network((5, 3), (4,)), engine="onnxruntime", threads=1)
    x = np.random.default_rng(1).random((1, 1, 200, 210), np.float32)
    whole, part = run.run(x), run.run(x[..., :60, :70])
    np.testing.assert_allclose(whole[..., :54, :64], part, atol=1e-6)
    for height in (190, 180, 170, 200):  # more sizes than are kept
        np.testing.assert_array_equal(run.run(x[..., :height, :])[..., :54, :64], whole[..., :54, :64])
