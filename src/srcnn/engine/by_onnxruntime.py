"""ONNX Runtime, on the processor or on another of its execution providers."""

import os
import threading
from typing import Any

from srcnn.engine.devices import Device, unusable
from srcnn.engine.kept import Kept
from srcnn.engine.running import Run, check_ends, size_of, told
from srcnn.errors import OptionError, WeightsError
from srcnn.image.arrays import Floats

_SESSIONS_KEPT = 2  # one per block shape; each keeps its working memory
_WORTH_A_SESSION = 2**15  # pixels of a block from which on the shape gets a separate session (1 to 3 ms)
# Tensor cores round their inputs to 10 bits by default, which moves pixels.
_PROVIDER_SETTINGS = {"CUDAExecutionProvider": {"use_tf32": "0"}}
_ONE_CALL_AT_A_TIME = frozenset({"DmlExecutionProvider", "CoreMLExecutionProvider"})


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


def open_onnxruntime(data: bytes, device: Device) -> Run:
    """Load a network.

    Parameters
    ----------
    data : bytes
        An ONNX file.
    device : Device
        Where it runs.

    Returns
    -------
    callable
        Runs it.

    Raises
    ------
    WeightsError
        If ONNX Runtime cannot load the file.
    OptionError
        If the device cannot be used, though this build of ONNX Runtime knows it: a driver or a library is missing.
    """
    onnxruntime = silent_onnxruntime()

    def open_with(sizes: dict[str, int]) -> Any:
        options = onnxruntime.SessionOptions()
        # One thread per call, that of the caller: no other thread is started or spins.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if device.target == "DmlExecutionProvider":  # which supports no memory patterns
            options.enable_mem_pattern = False
        for name, size in sizes.items():
            options.add_free_dimension_override_by_name(name, size)
        return onnxruntime.InferenceSession(data, options, providers=_providers(device))

    try:
        general = open_with({})
    except Exception as error:  # its errors have no common base but Exception
        if not device.is_cpu:
            raise OptionError(unusable(device, told(error))) from error
        raise WeightsError(f"ONNX Runtime cannot load the network: {told(error)}") from error
    # Without a driver it says so in a log, and goes on with the processor.
    if device.target not in general.get_providers():
        raise OptionError(unusable(device, "ONNX Runtime fell back to the processor; is its driver installed?"))
    inputs, outputs = general.get_inputs(), general.get_outputs()
    check_ends(len(inputs), len(outputs))
    name, output, sizes = inputs[0].name, outputs[0].name, inputs[0].shape

    def opened_for(shape: tuple[int, ...]) -> Any:
        return open_with({size: there for size, there in zip(sizes, shape, strict=False) if isinstance(size, str)})

    # With known sizes it adds the low-resolution image within the last convolution: 4 % less time for
    # `plain-16-4-5` at x2.
    kept = Kept(opened_for, _SESSIONS_KEPT)

    def run(x: Floats) -> Floats:
        try:
            session = kept.of(x.shape) if x.shape[-2] * x.shape[-1] >= _WORTH_A_SESSION else general
            out: Floats = session.run([output], {name: x})[0]
        except Exception as error:
            raise WeightsError(f"ONNX Runtime cannot run the network on {size_of(x)}: {told(error)}") from error
        return out

    return _in_turns(run) if device.target in _ONE_CALL_AT_A_TIME else run


def _providers(device: Device) -> list[Any]:
    settings = _PROVIDER_SETTINGS.get(device.target)
    own = device.target if settings is None else (device.target, settings)
    return [own] if device.is_cpu else [own, "CPUExecutionProvider"]  # for operations that the device lacks


def _in_turns(run: Run) -> Run:
    lock = threading.Lock()

    def run_alone(x: Floats) -> Floats:
        with lock:
            return run(x)

    return run_alone
