"""The environment of a measurement: versions, processor, memory."""

import platform
from importlib import metadata
from pathlib import Path

from srcnn.cores import usable_cores

_PACKAGES = ("srcnn", "numpy", "scipy", "pillow", "pyvips", "onnxruntime", "openvino")
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def versions() -> dict[str, str]:
    """Versions of Python and of all installed packages involved in inference or measurement.

    Returns
    -------
    dict of str to str
        Package and version.
    """
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """The processor and the number of cores that this process may use; no host name, no paths.

    Returns
    -------
    dict of str to str or int
        Fit for JSON.
    """
    return {"system": platform.system(), "processor": _processor(), "cores": usable_cores()}


def reset_peak_memory() -> bool:
    """Start a new measurement of `peak_memory`; False if the system does not support it (only Linux does).

    Returns
    -------
    bool
        Whether `peak_memory` counts from now.
    """
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def peak_memory() -> int | None:
    """Peak memory of this process in bytes since `reset_peak_memory`; None if the system does not tell.

    Returns
    -------
    int or None
        In bytes.
    """
    try:
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return model or platform.processor() or platform.machine()
