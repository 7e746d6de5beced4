"""A loaded network: ONNX Runtime or OpenVINO with the same interface.

An image is computed block by block, with several blocks in parallel: every call of `Session.run` uses one core, and as
many threads call it as there are cores to use.
So the number of threads cannot change a result, no thread spins between two calls, and both engines reach the float32
peak of the processor within a few per cent on SRCNN 9-5-5.

A session survives a fork and can be pickled: the engine is then loaded again from the file.
"""

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from srcnn import forks
from srcnn.engine.kept import KeptByShape
from srcnn.errors import MissingExtraError, OptionError, WeightsError, missing_extra
from srcnn.image.arrays import Floats

Run = Callable[[Floats], Floats]
_SESSIONS_KEPT = 2  # ONNX Runtime sessions, one per block shape; each keeps its working memory
_COMPILED_KEPT = 4  # compiled networks of OpenVINO, one per block shape
_WORTH_A_SESSION = (
    2**15
)  # pixels of a block from which on ONNX Runtime gets a separate session for the shape (1 to 3 ms)


def usable_cores() -> int:
    """Cores that this process may run on.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class _Opened:
    """A loaded file, and the generation of the process that loaded it."""

    engine: Literal["onnxruntime", "openvino"]
    run: Run
    generation: int


_living: "weakref.WeakSet[_Opened]" = weakref.WeakSet()
_reopening = threading.Lock()


class Session:
    """A network ready to run.

    In a forked process it is loaded again: by ONNX Runtime if "auto" had chosen OpenVINO, which cannot run there.
    """

    def __init__(self, data: bytes, engine: str, threads: int) -> None:
        self._data = data
        self._asked = engine
        self._threads = threads
        self._opened = _open(data, engine, threads)

    @property
    def engine(self) -> Literal["onnxruntime", "openvino"]:
        """The inference engine."""
        return self._current().engine

    @property
    def threads(self) -> int:
        """The number of concurrent calls of `run`."""
        return self._threads

    def run(self, x: Floats) -> Floats:
        """Output (N, K, h, w) float32 for an input (N, C, H, W) float32; safe to call from `threads` threads at once.

        Parameters
        ----------
        x : (N, C, H, W) float32 array
            Images.

        Returns
        -------
        (N, K, h, w) float32 array
            What the network makes of them.

        Raises
        ------
        WeightsError
            If the engine cannot run the network on such an input.
        OptionError
            If OpenVINO was requested by name, and this process was forked from one that had used it.
        """
        return self._current().run(np.ascontiguousarray(x, np.float32))

    def _current(self) -> _Opened:
        if self._opened.generation != forks.generation():
            with _reopening:
                if self._opened.generation != forks.generation():
                    self._opened = _open(self._data, self._asked, self._threads)
        return self._opened

    def __reduce__(self) -> tuple[Any, ...]:
        return Session, (self._data, self._asked, self._threads)

    def __repr__(self) -> str:
        return f"Session(engine={self.engine!r}, threads={self.threads})"


def open_session(data: bytes, *, engine: str = "auto", threads: int | None = None) -> Session:
    """Load an ONNX file.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    engine : {"auto", "onnxruntime", "openvino"}
        "auto" uses OpenVINO if it is installed and works, otherwise ONNX Runtime.
    threads : int, optional
        Default: as many as the process may use.

    Returns
    -------
    Session
        Ready to run.

    Raises
    ------
    MissingExtraError
        If OpenVINO is requested by name and cannot be imported.
    OptionError
        If OpenVINO is requested by name, and this process was forked from one that had used it.
    WeightsError
        If the engine cannot load the file.
    """
    return Session(data, engine, threads or usable_cores())


def _open(data: bytes, engine: str, threads: int) -> _Opened:
    opened: _Opened | None = None
    if engine == "openvino" and forks.threads_lost("OpenVINO"):
        raise OptionError(
            f"the engine 'openvino' cannot run here: {forks.advice('OpenVINO')}, or use the engine 'auto'"
        )
    if engine != "onnxruntime" and not forks.threads_lost("OpenVINO"):
        try:
            opened = _Opened("openvino", _openvino(data, threads), forks.generation())
        except Exception:  # a problem with an optional engine must not stop "auto"
            if engine == "openvino":
                raise
    opened = opened or _Opened("onnxruntime", _onnxruntime(data), forks.generation())
    _living.add(opened)
    return opened


def silent_onnxruntime() -> Any:
    """The module ``onnxruntime``, without its telemetry.

    Since 1.29 importing it starts a thread that reports every loaded network to its makers, and without which a forked
    process cannot end. This package sends nothing anywhere; set ``ORT_DISABLE_TELEMETRY=0`` to allow it.

    Returns
    -------
    module
        ``onnxruntime``.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _onnxruntime(data: bytes) -> Run:
    onnxruntime = silent_onnxruntime()

    def open_with(sizes: dict[str, int]) -> Any:
        options = onnxruntime.SessionOptions()
        # One thread per call, that of the caller: no other thread is started or spins.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        for name, size in sizes.items():
            options.add_free_dimension_override_by_name(name, size)
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    try:
        general = open_with({})
    except Exception as error:  # its errors have no common base but Exception
        raise WeightsError(f"ONNX Runtime cannot load the network: {_told(error)}") from error
    inputs, outputs = general.get_inputs(), general.get_outputs()
    _check_ends(len(inputs), len(outputs))
    name, output, sizes = inputs[0].name, outputs[0].name, inputs[0].shape

    def opened_for(shape: tuple[int, ...]) -> Any:
        return open_with({size: there for size, there in zip(sizes, shape, strict=False) if isinstance(size, str)})

    # With known sizes it adds the low-resolution image within the last convolution: 4 % less time for
    # `plain-16-4-5` at x2.
    kept = KeptByShape(opened_for, _SESSIONS_KEPT)

    def run(x: Floats) -> Floats:
        try:
            session = kept.of(x.shape) if x.shape[-2] * x.shape[-1] >= _WORTH_A_SESSION else general
            out: Floats = session.run([output], {name: x})[0]
        except Exception as error:
            raise WeightsError(f"ONNX Runtime cannot run the network on {_size(x)}: {_told(error)}") from error
        return out

    return run


def _openvino(data: bytes, threads: int) -> Run:
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise missing_extra("the engine 'openvino'", "OpenVINO", "openvino") from error
    except ImportError as error:
        raise MissingExtraError(
            f"OpenVINO is installed but cannot be loaded: {error}; use --engine onnxruntime"
        ) from error
    forks.note_threads("OpenVINO")
    # bf16 and f16 are faster on some processors, but give different pixels there.
    settings: dict[str, Any] = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    try:
        core = openvino.Core()
        model = core.read_model(data)
        ends = len(model.inputs), len(model.outputs)
    except Exception as error:
        raise WeightsError(f"OpenVINO cannot load the network: {_told(error)}") from error
    _check_ends(*ends)

    def compiled_for(shape: tuple[int, ...]) -> "_Requests":
        # 20 to 40 ms; a network of unknown shape runs slower.
        copy = model.clone()
        copy.reshape(list(shape))
        return _Requests(core.compile_model(copy, "CPU", settings))

    kept = KeptByShape(compiled_for, _COMPILED_KEPT)

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
        except Exception as error:
            raise WeightsError(f"OpenVINO cannot run the network on {_size(x)}: {_told(error)}") from error
        _inferred_once.set()
        return out

    return run


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


def _check_ends(inputs: int, outputs: int) -> None:
    if (inputs, outputs) != (1, 1):
        raise WeightsError(f"a network must have one input and one output, got {inputs} and {outputs}")


def _told(error: Exception) -> str:
    """The error message of an engine, without the locations in its source code."""
    lines = [line.strip() for line in str(error).split("\n")]
    return next((line for line in lines if line and not line.startswith("Exception from")), type(error).__name__)


def _size(x: Floats) -> str:
    return f"an input of {'x'.join(map(str, x.shape))}"


def _after_fork() -> None:
    """Forget, without destroying them, sessions from before the fork; lost threads may hold their locks."""
    global _reopening, _first_inference  # noqa: PLW0603
    for opened in list(_living):
        forks.keep_for_ever(opened)
    _reopening = threading.Lock()
    _first_inference = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
