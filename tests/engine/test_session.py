"""Sessions: both engines, several threads, what is missing."""

import os
import pickle
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.cores import usable_cores
from srcnn.engine.kept import Kept
from srcnn.engine.session import open_session
from srcnn.errors import MissingExtraError, WeightsError
from srcnn.weights import find

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
    np.testing.assert_array_equal(
        session.run(x[..., ::2, ::2]), session.run(x[..., ::2, ::2].astype(np.float32).copy())
    )


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_onnxruntime_starts_no_thread_and_so_tells_nobody(make_network: Any, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(make_network())
    program = """
import os, sys
import numpy as np
from srcnn.engine.session import open_session

before = len(os.listdir("/proc/self/task"))  # NumPy's own
session = open_session(open(sys.argv[1], "rb").read(), engine="onnxruntime")
session.run(np.zeros((1, 1, 40, 40), np.float32))
print(len(os.listdir("/proc/self/task")) - before)
"""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    command = [sys.executable, "-c", program, str(tmp_path / "model.onnx")]
    assert (
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120).stdout.strip()
        == "0"
    )


def test_openvino_is_imported_without_its_converter_and_telemetry() -> None:
    pytest.importorskip("openvino")
    program = """
import sys
from srcnn.engine.by_openvino import import_openvino
import_openvino(), import_openvino()
print(*(name in sys.modules for name in ("openvino.tools.ovc", "openvino_telemetry")))
import openvino
print(openvino.convert_model.__name__, hasattr(openvino, "convert_model_of_nobody"))
"""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}  # where it reports nothing
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, timeout=120
    )
    assert done.stdout.split() == ["False", "False", "convert_model", "False"]


# MB that may be added. ONNX Runtime: 55 where freed memory stays with the C library. OpenVINO: 40 where oneDNN keeps as
# many layers as it likes.
@pytest.mark.slow
@pytest.mark.parametrize(("engine", "count", "most"), [("onnxruntime", 600, 35), ("openvino", 200, 25)])
def test_memory_does_not_creep_with_new_sizes(
    make_network: Any, tmp_path: Path, engine: str, count: int, most: int
) -> None:
    pytest.importorskip("resource")
    pytest.importorskip(engine)
    # Working memory shows with wide layers, what is kept of layers with many.
    network = make_network((5, 3), (96,)) if engine == "onnxruntime" else find("plain-s", 3).read()
    (tmp_path / "model.onnx").write_bytes(network)
    program = """
import resource, sys
import numpy as np
from srcnn.engine.session import open_session

engine, count = sys.argv[2], int(sys.argv[3])
session = open_session(open(sys.argv[1], "rb").read(), engine=engine, threads=1)
rng = np.random.default_rng(0)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)

sizes = rng.integers(5, 28, (40 + count, 2)) * 8
session.run(np.zeros((1, 1, 224, 224), np.float32))
for height, width in sizes[:40]:
    session.run(np.zeros((1, 1, height, width), np.float32))
early = peak()
for height, width in sizes[40:]:
    session.run(np.zeros((1, 1, height, width), np.float32))
print(peak() - early)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "model.onnx"), engine, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert float(done.stdout) < most


def test_what_the_engine_raises_when_it_runs_is_an_error_of_the_weights(make_network: Any, engine: str) -> None:
    session = open_session(make_network(), engine=engine)
    with pytest.raises(WeightsError, match="cannot run the network on an input of 1x2x40x40"):
        session.run(np.zeros((1, 2, 40, 40), np.float32))


def test_a_session_can_be_pickled(make_network: Any, engine: str) -> None:
    session = open_session(make_network(), engine=engine, threads=3)
    again = pickle.loads(pickle.dumps(session))
    x = np.random.default_rng(0).random((1, 1, 40, 48), np.float32)
    assert (again.engine, again.threads) == (engine, 3)
    np.testing.assert_array_equal(again.run(x), session.run(x))


def test_openvino_is_told_to_compute_in_32_bits(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    plain, told = openvino.Core.compile_model, []

    def compile_model(core: Any, model: Any, device: str, settings: dict[str, Any]) -> Any:
        told.append(settings)
        return plain(core, model, device, settings)

    monkeypatch.setattr(openvino.Core, "compile_model", compile_model)
    open_session(make_network(), engine="openvino", threads=1).run(np.zeros((1, 1, 24, 24), np.float32))
    assert [settings["INFERENCE_PRECISION_HINT"] for settings in told] == ["f32"]


def test_what_is_made_for_a_shape_is_kept_and_the_one_longest_unused_let_go() -> None:
    class Made:
        pass

    made: list[tuple[int, ...]] = []

    def make(shape: tuple[int, ...]) -> Made:
        made.append(shape)
        return Made()

    kept = Kept(make, 2)
    first = weakref.ref(kept.of((1,)))
    assert kept.of((1,)) is first()
    second = kept.of((2,))
    assert first() is not None
    kept.of((3,))
    assert first() is None
    assert kept.of((2,)) is second
    kept.of((1,))
    assert made == [(1,), (2,), (3,), (1,)]
    again = weakref.ref(kept.of((2,)))  # used last, so (1,) goes before it
    del second
    kept.of((3,))
    assert again() is not None
    kept.clear()
    assert again() is None
    assert made == [(1,), (2,), (3,), (1,), (3,)]


def test_only_large_blocks_get_a_session_of_their_own_once(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    plain, opened = onnxruntime.InferenceSession, []

    def open_one(*arguments: Any, **more: Any) -> Any:
        opened.append(plain(*arguments, **more))
        return opened[-1]

    monkeypatch.setattr(onnxruntime, "InferenceSession", open_one)
    session = open_session(make_network((3, 3), (2,)), engine="onnxruntime", threads=1)
    for side in (40, 60, 40, 190, 200, 200, 190):
        session.run(np.zeros((1, 1, side, side), np.float32))
    assert len(opened) == 3
