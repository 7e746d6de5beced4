"""Where a network can run: the processor, execution providers of ONNX Runtime, devices of OpenVINO.

The processor is the default, since its results are the same to the byte on every run; another device is used only when
it is named.
"""

from dataclasses import dataclass
from typing import Literal

from srcnn import forks, options
from srcnn.errors import MissingExtraError, OptionError, interrupted

EngineName = Literal["onnxruntime", "openvino"]

AUTO, CPU = "auto", "cpu"
OPENVINO = "openvino:"
_PROVIDERS = {"cuda": "CUDAExecutionProvider", "directml": "DmlExecutionProvider", "coreml": "CoreMLExecutionProvider"}
_NEEDS = {
    "cuda": "it needs an NVIDIA card and the package onnxruntime-gpu in place of onnxruntime",
    "directml": "it needs Windows and the package onnxruntime-directml in place of onnxruntime",
    "coreml": "it needs macOS, whose package onnxruntime has it",
}


@dataclass(frozen=True)
class Device:
    """Where a network runs, and by which engine.

    Attributes
    ----------
    name : str
        As a user calls it.
    engine : {"onnxruntime", "openvino"}
        What runs the network there.
    target : str
        What the engine calls it: an execution provider of ONNX Runtime, or a device of OpenVINO.
    """

    name: str
    engine: EngineName
    target: str

    @property
    def is_cpu(self) -> bool:
        """Whether it is the processor."""
        return self.target in ("CPUExecutionProvider", "CPU")


_PROCESSOR = (Device(CPU, "openvino", "CPU"), Device(CPU, "onnxruntime", "CPUExecutionProvider"))


def find(name: str, engine: str = "auto") -> tuple[Device, ...]:
    """The devices to try, the best first.

    Parameters
    ----------
    name : str
        "auto" or "cpu" for the processor, "cuda", "directml" or "coreml" for a provider of ONNX Runtime, "openvino:GPU"
        or the like for a device of OpenVINO.
    engine : {"auto", "onnxruntime", "openvino"}
        What is to run the network.

    Returns
    -------
    tuple of Device
        At least one. Of several the first that works is meant.

    Raises
    ------
    OptionError
        If there is no such device here, or the engine cannot use it; the text names those present.
    """
    if name in (AUTO, CPU):
        return tuple(device for device in _PROCESSOR if engine in ("auto", device.engine))
    owner: EngineName = "openvino" if name.startswith(OPENVINO) else "onnxruntime"
    for device in present():
        if device.name.lower() == name.lower():
            if engine not in ("auto", device.engine):
                raise OptionError(f"the engine {engine!r} cannot use the device {name!r}; leave the engine to 'auto'")
            return (device,)
    here = ", ".join((AUTO, *dict.fromkeys(device.name for device in present())))
    why = _NEEDS.get(name) or _missing_openvino(owner)
    raise OptionError(f"no device {options.shown(name)} here{f' ({why})' if why else ''}; there are: {here}")


def present() -> tuple[Device, ...]:
    """All devices of this machine that the installed engines know.

    Returns
    -------
    tuple of Device
        The processor first.
        That a provider is in the list says that ONNX Runtime was built with it, not that its driver works.
    """
    return (*_of_onnxruntime(), *_of_openvino())


def unusable(device: Device, why: str) -> str:
    """The error for a device that is there and does not work.

    Parameters
    ----------
    device : Device
        What was asked for.
    why : str
        What its engine says.

    Returns
    -------
    str
        One line.
    """
    return (
        f"the device {device.name!r} cannot be used: {why}; srcnn doctor shows what works, and the device 'cpu' always "
        "does"
    )


def _of_onnxruntime() -> tuple[Device, ...]:
    from srcnn.engine.by_onnxruntime import silent_onnxruntime

    built_in = silent_onnxruntime().get_available_providers()
    others = (Device(name, "onnxruntime", provider) for name, provider in _PROVIDERS.items() if provider in built_in)
    return (_PROCESSOR[1], *others)


def _of_openvino() -> tuple[Device, ...]:
    if forks.threads_lost("OpenVINO"):
        return ()
    from srcnn.engine.by_openvino import import_openvino

    try:
        openvino = import_openvino()
        forks.note_threads("OpenVINO")
        names = openvino.Core().available_devices
    except Exception as error:  # a problem with an optional engine must not stop the others
        if interrupted(error):
            raise KeyboardInterrupt from error
        return ()
    # Of several cards each is listed with a number, and the kind alone means the first.
    kinds = dict.fromkeys(part for name in names for part in (name.partition(".")[0], name))
    return tuple(Device(f"{OPENVINO}{kind}", "openvino", kind) for kind in kinds)


def _missing_openvino(owner: EngineName) -> str:
    if owner != "openvino":
        return ""
    from srcnn.engine.by_openvino import import_openvino

    try:
        import_openvino()
    except MissingExtraError as error:
        return str(error)
    return ""
