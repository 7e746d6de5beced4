"""Devices: which there are, by stubs of both engines, and what is said of one that is not there or does not work."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from srcnn.engine import by_onnxruntime
from srcnn.engine.devices import find, present
from srcnn.engine.session import open_session
from srcnn.errors import OptionError

X = np.random.default_rng(0).random((1, 1, 40, 48), np.float32)


class StubRuntime:
    """ONNX Runtime as if it had been built with further providers, which the processor stands in for."""

    def __init__(self, *providers: str, driver: bool = True) -> None:
        self.real = by_onnxruntime.silent_onnxruntime()
        self.providers = [*providers, "CPUExecutionProvider"]
        self.driver = driver
        self.opened: list[tuple[Any, bool]] = []
        self.SessionOptions = self.real.SessionOptions

    def get_available_providers(self) -> list[str]:
        return self.providers

    def InferenceSession(self, data: bytes, options: Any, providers: list[Any]) -> Any:  # noqa: N802 - as there
        self.opened.append((providers, options.enable_mem_pattern))
        session = self.real.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
        return SimpleNamespace(
            get_providers=lambda: names if self.driver else ["CPUExecutionProvider"],
            get_inputs=session.get_inputs,
            get_outputs=session.get_outputs,
            run=session.run,
        )


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(*providers: str, driver: bool = True) -> StubRuntime:
        stub = StubRuntime(*providers, driver=driver)
        monkeypatch.setattr(by_onnxruntime, "silent_onnxruntime", lambda: stub)
        return stub

    return install


@pytest.mark.parametrize(
    ("name", "provider"),
    [("cuda", "CUDAExecutionProvider"), ("directml", "DmlExecutionProvider"), ("coreml", "CoreMLExecutionProvider")],
)
def test_a_provider_is_used_when_it_is_named(make_network: Any, stub: Any, name: str, provider: str) -> None:
    there = stub(provider)
    assert name in [device.name for device in present()]
    session = open_session(make_network(), device=name, threads=2)
    assert (session.engine, session.device) == ("onnxruntime", name)
    expected = open_session(make_network(), engine="onnxruntime").run(X)
    np.testing.assert_array_equal(session.run(X), expected)
    providers, patterns = there.opened[0]
    # The processor takes what the device lacks.
    assert [p if isinstance(p, str) else p[0] for p in providers] == [provider, "CPUExecutionProvider"]
    assert patterns == (name != "directml")  # which refuses to run with them


def test_the_processor_is_the_default_whatever_else_there_is(make_network: Any, stub: Any) -> None:
    there = stub("CUDAExecutionProvider")
    for device in ("auto", "cpu"):
        session = open_session(make_network(), engine="onnxruntime", device=device)
        session.run(X)
    assert {tuple(providers) for providers, _ in there.opened} == {("CPUExecutionProvider",)}
    assert all(device.is_cpu for device in find("auto"))


def test_float32_is_not_rounded_on_a_card(make_network: Any, stub: Any) -> None:
    there = stub("CUDAExecutionProvider")
    open_session(make_network(), device="cuda")
    assert there.opened[0][0][0] == ("CUDAExecutionProvider", {"use_tf32": "0"})


def test_a_provider_without_its_driver_is_no_silent_processor(make_network: Any, stub: Any) -> None:
    stub("CUDAExecutionProvider", driver=False)
    with pytest.raises(OptionError, match="the device 'cuda' cannot be used: ONNX Runtime fell back"):
        open_session(make_network(), device="cuda")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cuda", "no device 'cuda' here .*onnxruntime-gpu.*; there are: auto, cpu"),
        ("gpu", "no device 'gpu' here; there are: auto, cpu"),
        ("openvino:GPU7", "no device 'openvino:GPU7' here"),
        ("", "no device '' here"),
    ],
)
def test_a_missing_device_names_those_present(name: str, what: str) -> None:
    with pytest.raises(OptionError, match=what):
        find(name)


def test_an_engine_that_cannot_use_the_device(stub: Any) -> None:
    stub("CUDAExecutionProvider")
    with pytest.raises(OptionError, match="the engine 'openvino' cannot use the device 'cuda'"):
        find("cuda", "openvino")


def test_openvino_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert [device.name for device in present()] == ["cpu"]
    with pytest.raises(OptionError, match=r"pip install 'srcnn\[openvino\]'"):
        find("openvino:GPU")


class StubOpenVino:
    """OpenVINO as if it had two cards, which the processor stands in for."""

    def __init__(self, real: Any, error: str = "") -> None:
        self.compiled: list[tuple[str, dict[str, Any]]] = []
        stub, core = self, real.Core()

        class Core:
            available_devices = ("CPU", "GPU.0", "GPU.1", "NPU")
            read_model = staticmethod(core.read_model)

            def compile_model(self, model: Any, device: str, settings: dict[str, Any]) -> Any:
                stub.compiled.append((device, settings))
                if error:
                    raise RuntimeError(error)
                return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

        self.Core = Core


@pytest.mark.parametrize(
    ("name", "target", "settings"),
    [
        ("openvino:GPU", "GPU", {"INFERENCE_PRECISION_HINT": "f32"}),
        ("openvino:gpu.1", "GPU.1", {"INFERENCE_PRECISION_HINT": "f32"}),
        ("openvino:NPU", "NPU", {}),
    ],
)
def test_a_device_of_openvino(
    make_network: Any, monkeypatch: pytest.MonkeyPatch, name: str, target: str, settings: dict[str, str]
) -> None:
    stub = StubOpenVino(pytest.importorskip("openvino"))
    monkeypatch.setitem(sys.modules, "openvino", stub)
    session = open_session(make_network(), device=name, threads=3)
    assert session.engine == "openvino"
    expected = open_session(make_network(), engine="onnxruntime").run(X)
    np.testing.assert_allclose(session.run(X), expected, atol=2e-6)
    assert stub.compiled == [(target, settings)]


def test_a_device_of_openvino_that_does_not_work(make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = StubOpenVino(pytest.importorskip("openvino"), error="no driver")
    monkeypatch.setitem(sys.modules, "openvino", stub)
    with pytest.raises(OptionError, match="the device 'openvino:GPU' cannot be used: no driver"):
        open_session(make_network(), device="openvino:GPU").run(X)
