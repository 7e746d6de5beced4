"""OpenVINO, on the processor or on another of its devices."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from srcnn import forks
from srcnn.engine.devices import Device, unusable
from srcnn.engine.kept import Kept
from srcnn.engine.running import Run, check_ends, size_of, told
from srcnn.errors import MissingExtraError, OptionError, WeightsError, interrupted, missing_extra
from srcnn.image.arrays import Floats

_COMPILED_KEPT = 4  # compiled networks, one per block shape
# Layers that oneDNN keeps for all shapes ever seen; its own 1024 take 80 MB before they are enough, and four networks
# have fewer than these.
_LAYERS_KEPT = 128


def import_openvino() -> Any:
    """The module ``openvino``, without its converter of models, which is imported when somebody asks for it.

    The converter takes longer to import than all the rest, and forks a process that reports the import to its makers.
    This package sends nothing anywhere.

    Returns
    -------
    module
        ``openvino``.

    Raises
    ------
    MissingExtraError
        If it is not installed, or cannot be loaded.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_LAYERS_KEPT))
    try:
        with _missing("openvino.tools.ovc"):
            import openvino
    except ModuleNotFoundError as error:
        raise missing_extra("the engine 'openvino'", "OpenVINO", "openvino") from error
    except ImportError as error:
        if interrupted(error):
            raise KeyboardInterrupt from error
        raise MissingExtraError(
            f"OpenVINO is installed but cannot be loaded: {error}; use --engine onnxruntime"
        ) from error
    if "convert_model" not in vars(openvino):
        openvino.__getattr__ = _converter
    return openvino


def _converter(name: str) -> Any:
    """What OpenVINO would have had without `_missing`, for others who use it in this process."""
    if name != "convert_model":
        raise AttributeError(f"module 'openvino' has no attribute {name!r}")
    from openvino.tools.ovc import convert_model

    return convert_model


@contextmanager
def _missing(module: str) -> Iterator[None]:
    """Let a module that was not imported yet be missing within the block."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # as the reference of `import` says
    try:
        yield
    finally:
        del sys.modules[module]


def open_openvino(data: bytes, threads: int, device: Device) -> Run:
    """Load a network.

    Parameters
    ----------
    data : bytes
        An ONNX file.
    threads : int
        That may call what is returned at once.
    device : Device
        Where it runs.

    Returns
    -------
    callable
        Runs it.

    Raises
    ------
    MissingExtraError
        If OpenVINO cannot be imported.
    WeightsError
        If OpenVINO cannot load the file.
    """
    openvino = import_openvino()
    forks.note_threads("OpenVINO")
    settings = _settings(device, threads)
    try:
        core = openvino.Core()
        model = core.read_model(data)
        ends = len(model.inputs), len(model.outputs)
    except Exception as error:
        raise WeightsError(f"OpenVINO cannot load the network: {told(error)}") from error
    check_ends(*ends)

    def compiled_for(shape: tuple[int, ...]) -> "_Requests":
        # 20 to 40 ms; a network of unknown shape runs slower.
        copy = model.clone()
        copy.reshape(list(shape))
        try:
            return _Requests(core.compile_model(copy, device.target, settings))
        except Exception as error:
            if not device.is_cpu:
                raise OptionError(unusable(device, told(error))) from error
            raise

    kept = Kept(compiled_for, _COMPILED_KEPT)

    def infer(x: Floats) -> Floats:
        pool = kept.of(x.shape)
        request = pool.take()
        try:
            return np.array(request.infer([x], share_inputs=True, share_outputs=True)[0])
        finally:
            pool.give(request)

    def run(x: Floats) -> Floats:
        try:
            if _inferred_once.is_set():
                return infer(x)
            with _first_inference:
                out = infer(x)
        except OptionError:
            raise
        except Exception as error:
            raise WeightsError(f"OpenVINO cannot run the network on {size_of(x)}: {told(error)}") from error
        _inferred_once.set()
        return out

    return run


def _settings(device: Device, threads: int) -> dict[str, Any]:
    # bf16 and f16 are faster on some processors and cards, but give different pixels there.
    # What has no float32 (an NPU) is left what it has.
    precise = {"INFERENCE_PRECISION_HINT": "f32"}
    if device.is_cpu:
        return {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads, **precise}
    return precise if device.target.partition(".")[0] == "GPU" else {}


# OpenVINO's binding initialises C++ statics in its first inference, holding one lock and waiting for Python's: two
# threads that infer for the first time at once can wait for each other for ever.
# So the first inference of a process runs alone.
_first_inference = threading.Lock()
_inferred_once = threading.Event()


class _Requests:
    """Inference requests of a compiled network, each used by one thread at a time."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._free: list[Any] = []

    def take(self) -> Any:
        try:
            return self._free.pop()
        except IndexError:
            return self._compiled.create_infer_request()

    def give(self, request: Any) -> None:
        self._free.append(request)


def _after_fork() -> None:
    global _first_inference  # noqa: PLW0603
    _first_inference = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
