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
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcnn import forks
from srcnn.cores import usable_cores
from srcnn.engine.devices import Device, EngineName, find
from srcnn.engine.running import Run
from srcnn.errors import OptionError, interrupted
from srcnn.image.arrays import Floats


@dataclass(frozen=True, eq=False)
class _Opened:
    """A loaded file, and the generation of the process that loaded it."""

    engine: EngineName
    run: Run
    generation: int


_living: "weakref.WeakSet[_Opened]" = weakref.WeakSet()
_reopening = threading.Lock()


class Session:
    """A network ready to run.

    In a forked process it is loaded again: by ONNX Runtime if "auto" had chosen OpenVINO, which cannot run there.
    """

    def __init__(self, data: bytes, engine: str, threads: int, device: str) -> None:
        self._data = data
        self._asked = engine
        self._threads = threads
        self._device = device
        self._opened = _open(data, engine, threads, device)

    @property
    def engine(self) -> EngineName:
        """The inference engine."""
        return self._current().engine

    @property
    def threads(self) -> int:
        """The number of concurrent calls of `run`."""
        return self._threads

    @property
    def device(self) -> str:
        """Where it runs, as it was asked for."""
        return self._device

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
            If a device of OpenVINO other than the processor cannot compile the network.
        """
        return self._current().run(np.ascontiguousarray(x, np.float32))

    def _current(self) -> _Opened:
        if self._opened.generation != forks.generation():
            with _reopening:
                if self._opened.generation != forks.generation():
                    self._opened = _open(self._data, self._asked, self._threads, self._device)
        return self._opened

    def __reduce__(self) -> tuple[Any, ...]:
        return Session, (self._data, self._asked, self._threads, self._device)

    def __repr__(self) -> str:
        return f"Session(engine={self.engine!r}, threads={self.threads}, device={self.device!r})"


def open_session(data: bytes, *, engine: str = "auto", threads: int | None = None, device: str = "auto") -> Session:
    """Load an ONNX file.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    engine : {"auto", "onnxruntime", "openvino"}
        "auto" uses OpenVINO if it is installed and works, otherwise ONNX Runtime; on a device other than the processor
        the engine that has it.
    threads : int, optional
        Default: as many as the process may use.
    device : str
        As `srcnn.engine.devices.find` takes it.

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
        If there is no such device, or it cannot be used.
    WeightsError
        If the engine cannot load the file.
    """
    return Session(data, engine, threads or usable_cores(), device)


def _open(data: bytes, engine: str, threads: int, device: str) -> _Opened:
    devices = find(device, engine)
    if forks.threads_lost("OpenVINO"):
        devices = tuple(found for found in devices if found.engine != "openvino")
        if not devices:
            raise OptionError(
                f"the engine 'openvino' cannot run here: {forks.advice('OpenVINO')}, or use the engine 'auto'"
            )
    for found in devices:
        try:
            opened = _Opened(found.engine, _loaded(data, found, threads), forks.generation())
        except Exception as error:  # a problem with an optional engine must not stop "auto"
            if interrupted(error):
                raise KeyboardInterrupt from error
            if found is devices[-1]:
                raise
        else:
            break
    _living.add(opened)
    return opened


def _loaded(data: bytes, device: Device, threads: int) -> Run:
    # Either takes a tenth of a second and more to import.
    if device.engine == "openvino":
        from srcnn.engine.by_openvino import open_openvino

        return open_openvino(data, threads, device)
    from srcnn.engine.by_onnxruntime import open_onnxruntime

    return open_onnxruntime(data, device)


def _after_fork() -> None:
    """Forget, without destroying them, sessions from before the fork; lost threads may hold their locks."""
    global _reopening  # noqa: PLW0603
    for opened in list(_living):
        forks.keep_for_ever(opened)
    _reopening = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
