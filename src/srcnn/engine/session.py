"""One network, loaded: ONNX Runtime or OpenVINO behind the same call.

A picture is computed block by block, and several blocks at a time: every call of `Session.run` keeps one core busy, and is made
from as many threads as there are cores to use. So the number of threads cannot change a result, nothing spins between two calls,
and both engines are within a few per cent of the processor's float32 peak on SRCNN 9-5-5.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from srcnn.errors import MissingExtraError, WeightsError, missing_extra
from srcnn.image.arrays import Floats

Run = Callable[[Floats], Floats]
T = TypeVar("T")
_SESSIONS_KEPT = 2  # of ONNX Runtime, one for every block shape; each keeps the memory that it worked in
_COMPILED_KEPT = 4  # networks that OpenVINO keeps compiled, one for every block shape
_WORTH_A_SESSION = 2**15  # pixels of a block, from which on ONNX Runtime gets a session of its own for the shape (1 to 3 ms)


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Session:
    """A network ready to run.

    Attributes
    ----------
    engine : {"onnxruntime", "openvino"}
        What runs it.
    threads : int
        How many calls of `run` may be under way at once.
    """

    engine: Literal["onnxruntime", "openvino"]
    threads: int
    _run: Run = field(repr=False, compare=False)

    def run(self, x: Floats) -> Floats:
        """Output (N, K, h, w) float32 for an input (N, C, H, W) float32; safe to call from `threads` threads at once."""
        return self._run(np.ascontiguousarray(x, np.float32))


def open_session(data: bytes, *, engine: str = "auto", threads: int | None = None) -> Session:
    """Load an ONNX file.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    engine : {"auto", "onnxruntime", "openvino"}
        "auto" takes OpenVINO where it is installed and works, else ONNX Runtime.
    threads : int, optional
        As many as the process may use when not given.

    Raises
    ------
    MissingExtraError
        If OpenVINO is asked for by name and cannot be imported.
    WeightsError
        If the engine cannot make sense of the file.
    """
    threads = threads or usable_cores()
    if engine != "onnxruntime":
        try:
            return Session("openvino", threads, _openvino(data, threads))
        except Exception:  # whatever is wrong with an optional engine must not stop "auto"
            if engine == "openvino":
                raise
    return Session("onnxruntime", threads, _onnxruntime(data))


def _onnxruntime(data: bytes) -> Run:
    import onnxruntime

    def open_with(sizes: dict[str, int]) -> Any:
        options = onnxruntime.SessionOptions()
        # One thread a call: the caller's own. Nothing is started, nothing spins.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        for name, size in sizes.items():
            options.add_free_dimension_override_by_name(name, size)
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    try:
        general = open_with({})
    except Exception as error:  # its errors have no common base but Exception
        raise WeightsError(f"ONNX Runtime cannot load the network: {_first_line(error)}") from error
    inputs, outputs = general.get_inputs(), general.get_outputs()
    _check_ends(len(inputs), len(outputs))
    name, output, sizes = inputs[0].name, outputs[0].name, inputs[0].shape

    def opened_for(shape: tuple[int, ...]) -> Any:
        return open_with({size: there for size, there in zip(sizes, shape, strict=False) if isinstance(size, str)})

    # Where it knows the sizes, it adds the small picture within the last convolution: 4 % less time for `plain-16-4-5` at x2.
    kept = _KeptByShape(opened_for, _SESSIONS_KEPT)

    def run(x: Floats) -> Floats:
        session = kept.of(x.shape) if x.shape[-2] * x.shape[-1] >= _WORTH_A_SESSION else general
        out: Floats = session.run([output], {name: x})[0]
        return out

    return run


def _openvino(data: bytes, threads: int) -> Run:
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise missing_extra("the engine 'openvino'", "OpenVINO", "openvino") from error
    except ImportError as error:
        raise MissingExtraError(f"OpenVINO is installed but does not load: {error}; use --engine onnxruntime") from error
    core = openvino.Core()
    # bf16 and f16 are faster on some processors, and give other pixels on those.
    settings: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    try:
        model = core.read_model(data)
        _check_ends(len(model.inputs), len(model.outputs))
    except RuntimeError as error:
        raise WeightsError(f"OpenVINO cannot load the network: {_first_line(error)}") from error

    def compiled_for(shape: tuple[int, ...]) -> "_Requests":
        # 20 to 40 ms; a network of unknown shape runs slower.
        copy = model.clone()
        copy.reshape(list(shape))
        return _Requests(core.compile_model(copy, "CPU", settings))

    kept = _KeptByShape(compiled_for, _COMPILED_KEPT)

    def infer(x: Floats) -> Floats:
        pool = kept.of(x.shape)
        request = pool.take()
        try:
            return np.array(request.infer([x], share_inputs=True, share_outputs=True)[0])
        finally:
            pool.give(request)

    def run(x: Floats) -> Floats:
        if _inferred_once.is_set():
            return infer(x)
        with _first_inference:
            out = infer(x)
        _inferred_once.set()
        return out

    return run


class _KeptByShape(Generic[T]):
    """What an engine makes of a network for one shape of its input: made when it is first asked for, the latest few are kept."""

    def __init__(self, make: Callable[[tuple[int, ...]], T], count: int) -> None:
        self._make = make
        self._count = count
        self._made: dict[tuple[int, ...], T] = {}
        self._lock = threading.Lock()

    def of(self, shape: tuple[int, ...]) -> T:
        with self._lock:
            if shape not in self._made:
                while len(self._made) >= self._count:
                    self._made.pop(next(iter(self._made)))
                self._made[shape] = self._make(shape)
            return self._made[shape]


# OpenVINO's binding initialises C++ statics in its first inference, holding one lock and waiting for Python's: two threads that
# infer for the first time at once can wait for each other for ever. So the first inference of a process runs alone.
_first_inference = threading.Lock()
_inferred_once = threading.Event()


class _Requests:
    """Requests of a compiled network: one is used by one thread at a time."""

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


def _check_ends(inputs: int, outputs: int) -> None:
    if (inputs, outputs) != (1, 1):
        raise WeightsError(f"a network must have one input and one output, this one has {inputs} and {outputs}")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
