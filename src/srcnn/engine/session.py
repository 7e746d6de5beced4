"""One network, loaded: ONNX Runtime or OpenVINO behind the same call.

An image is computed block by block, and several blocks at a time: every call of `Session.run` keeps one core busy, and
is made from as many threads as there are cores to use.
So the number of threads cannot change a result, nothing spins between two calls, and both engines are within a few per
cent of the processor's float32 peak on SRCNN 9-5-5.

A session outlives a fork and can be pickled: what an engine made of the file stays where it was made, and is made anew
from the file.
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
_SESSIONS_KEPT = 2  # of ONNX Runtime, one for every block shape; each keeps the memory that it worked in
_COMPILED_KEPT = 4  # networks that OpenVINO keeps compiled, one for every block shape
_WORTH_A_SESSION = (
    2**15
)  # pixels of a block, from which on ONNX Runtime gets a session of its own for the shape (1 to 3 ms)


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
    """What an engine made of a file, and the generation of processes that it lives in."""

    engine: Literal["onnxruntime", "openvino"]
    run: Run
    generation: int


_living: "weakref.WeakSet[_Opened]" = weakref.WeakSet()
_reopening = threading.Lock()


class Session:
    """A network ready to run.

    In a forked process it is opened anew: by ONNX Runtime where "auto" had taken OpenVINO, which cannot run there.
    """

    def __init__(self, data: bytes, engine: str, threads: int) -> None:
        self._data = data
        self._asked = engine
        self._threads = threads
        self._opened = _open(data, engine, threads)

    @property
    def engine(self) -> Literal["onnxruntime", "openvino"]:
        """What runs it."""
        return self._current().engine

    @property
    def threads(self) -> int:
        """How many calls of `run` may be under way at once."""
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
            If OpenVINO was asked for by name, and this process is a fork of one that had used it.
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
        "auto" takes OpenVINO where it is installed and works, else ONNX Runtime.
    threads : int, optional
        As many as the process may use when not given.

    Returns
    -------
    Session
        Ready to run.

    Raises
    ------
    MissingExtraError
        If OpenVINO is asked for by name and cannot be imported.
    OptionError
        If OpenVINO is asked for by name, and this process is a fork of one that had used it.
    WeightsError
        If the engine cannot make sense of the file.
    """
    return Session(data, engine, threads or usable_cores())


def _open(data: bytes, engine: str, threads: int) -> _Opened:
    opened: _Opened | None = None
    if engine == "openvino" and forks.threads_lost("OpenVINO"):
        raise OptionError(
            f"the engine 'openvino' cannot run here: {forks.advice('OpenVINO')}, or take the engine 'auto'"
        )
    if engine != "onnxruntime" and not forks.threads_lost("OpenVINO"):
        try:
            opened = _Opened("openvino", _openvino(data, threads), forks.generation())
        except Exception:  # whatever is wrong with an optional engine must not stop "auto"
            if engine == "openvino":
                raise
    opened = opened or _Opened("onnxruntime", _onnxruntime(data), forks.generation())
    _living.add(opened)
    return opened


def silent_onnxruntime() -> Any:
    """The module ``onnxruntime``, without its telemetry.

    From 1.29 on it starts a thread when it is imported, which reports every network that is loaded to its makers, and
    without which a forked process cannot end. This package sends nothing anywhere; who wants it sets
    ``ORT_DISABLE_TELEMETRY=0``.

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
        raise WeightsError(f"ONNX Runtime cannot load the network: {_told(error)}") from error
    inputs, outputs = general.get_inputs(), general.get_outputs()
    _check_ends(len(inputs), len(outputs))
    name, output, sizes = inputs[0].name, outputs[0].name, inputs[0].shape

    def opened_for(shape: tuple[int, ...]) -> Any:
        return open_with({size: there for size, there in zip(sizes, shape, strict=False) if isinstance(size, str)})

    # Where it knows the sizes, it adds the low-resolution image within the last convolution: 4 % less time for
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
            f"OpenVINO is installed but does not load: {error}; use --engine onnxruntime"
        ) from error
    forks.note_threads("OpenVINO")
    # bf16 and f16 are faster on some processors, and give other pixels on those.
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


def _told(error: Exception) -> str:
    """What an engine says went wrong, without the places in its source code."""
    lines = [line.strip() for line in str(error).split("\n")]
    return next((line for line in lines if line and not line.startswith("Exception from")), type(error).__name__)


def _size(x: Floats) -> str:
    return f"an input of {'x'.join(map(str, x.shape))}"


def _after_fork() -> None:
    """Forget, without destroying it, what the process before the fork had opened; its locks may be held by threads that
    are gone.
    """
    global _reopening, _first_inference  # noqa: PLW0603
    for opened in list(_living):
        forks.keep_for_ever(opened)
    _reopening = threading.Lock()
    _first_inference = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
