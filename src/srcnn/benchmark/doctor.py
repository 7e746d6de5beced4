"""What an installation is made of, where it can compute, and how fast: what a report of a fault should say."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import srcnn
from srcnn import weights
from srcnn.benchmark.machine import machine, versions
from srcnn.engine.devices import AUTO, CPU, OPENVINO, Device, find, present
from srcnn.engine.session import open_session
from srcnn.errors import SrcnnError
from srcnn.methods import ALIASES, load

MODEL, SCALE = "fast", 3
"""What the speed test runs."""

_SIDE = 512  # pixels a side of its low-resolution image


@dataclass(frozen=True)
class Checked:
    """One device and one engine, tried.

    Attributes
    ----------
    device, engine : str
        Where the network ran and what ran it.
    speed : float or None
        Megapixels of the result a second, by `MODEL` at `SCALE`; None where it does not work.
    problem : str
        Why it does not work; empty where it does.
    """

    device: str
    engine: str
    speed: float | None
    problem: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What there is on this machine.

    Attributes
    ----------
    versions : dict of str to str
        Of Python and the packages that compute.
    machine : dict of str to str or int
        System, processor, and the cores that this process may keep busy.
    engine : str
        What "auto" takes.
    devices : tuple of Checked
        Every device by every engine that has it, the processor first.
    files : dict of str to str
        Where things are: the interpreter, the package, the models.
    """

    versions: dict[str, str]
    machine: dict[str, str | int]
    engine: str
    devices: tuple[Checked, ...]
    files: dict[str, str]


def diagnose(seconds: float = 1.0) -> Diagnosis:
    """Look at the installation and try every device.

    Parameters
    ----------
    seconds : float
        How long the speed test takes for each device and engine.

    Returns
    -------
    Diagnosis
        Fit for JSON by `dataclasses.asdict`.
    """
    return Diagnosis(
        versions=versions(),
        machine=machine(),
        engine=open_session(weights.find(ALIASES[MODEL], SCALE).read()).engine,
        devices=tuple(_checked(device, seconds) for device in _different(present())),
        files={
            "python": sys.executable,
            "package": str(Path(srcnn.__file__).parent),
            "models": str(weights.FOLDER),
        },
    )


def _different(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """Every device once: the processor by both engines where both are installed."""
    others = tuple(device for device in devices if not device.is_cpu)
    openvino = any(device.name.startswith(OPENVINO) for device in devices)
    return (*(device for device in find(AUTO) if openvino or device.engine != "openvino"), *others)


def _checked(device: Device, seconds: float) -> Checked:
    name = CPU if device.is_cpu else device.name
    try:
        method = load(MODEL, SCALE, engine=device.engine, device=name)
        lr = np.full((_SIDE, _SIDE), 0.5, np.float32)
        method.upscale(lr)  # what is done once for a size of image
        start, count = time.perf_counter(), 0
        while count == 0 or time.perf_counter() - start < seconds:
            method.upscale(lr)
            count += 1
    except SrcnnError as error:
        return Checked(name, device.engine, None, str(error))
    megapixels = count * (_SIDE * SCALE) ** 2 / 1e6
    return Checked(name, device.engine, round(megapixels / (time.perf_counter() - start), 1))
