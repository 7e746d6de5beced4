"""The interface of all methods and their options; separate from the table, so that methods can import it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from srcnn import options
from srcnn.engine.devices import find
from srcnn.errors import RangeError, ShapeError
from srcnn.image.arrays import Floats, check_image, check_plane, within
from srcnn.image.raster import Held, Raster, Window, whole
from srcnn.wear import NO_WEAR, Wear

Channels = Literal["luma", "rgb"]
Engine = Literal["auto", "onnxruntime", "openvino"]
MOST_THREADS = 1024
_OVERSHOOT = 1.0  # what a method takes may leave [0, 1] by this much, as the result of a step before does at most
ENGINES: tuple[Engine, ...] = ("auto", "onnxruntime", "openvino")


class Method(Protocol):
    """What every method is: a frozen object that makes ``sr`` of exactly ``scale`` times the size of ``lr``.

    It is equal to itself alone.

    ``channels`` says what it takes: "luma" one plane (H, W) of studio-range luma, "rgb" an image (H, W, 3).
    Floats in, float32 out; nothing is rounded or clipped on the way in or out.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> method = srcnn.load("fast", 2)
    >>> method.name, method.scale, method.channels
    ('plain-s', 2, 'luma')
    >>> method(np.full((10, 12), 0.5, np.float32)).shape
    (20, 24)
    """

    @property
    def name(self) -> str:
        """The model's name, as in `METHODS`."""
        ...

    @property
    def scale(self) -> int:
        """Whole factor by which both sides grow."""
        ...

    @property
    def channels(self) -> Channels:
        """What `upscale` takes."""
        ...

    def upscale(self, lr: Floats) -> Floats:
        """Make ``sr`` from ``lr``.

        Parameters
        ----------
        lr : (H, W) or (H, W, 3) float array
            Luma or RGB, as ``channels`` says, in ``[0, 1]``.

        Returns
        -------
        float32 array
            Exactly ``scale`` times the size, neither rounded nor clipped.

        Raises
        ------
        ShapeError
            If ``lr`` has another shape.
        RangeError
            If ``lr`` does not hold floats, or one is NaN, infinite or far outside of ``[0, 1]``.
        """
        ...

    def __call__(self, lr: Floats) -> Floats:
        """Make ``sr`` from ``lr``, the same as `upscale`.

        Parameters
        ----------
        lr : (H, W) or (H, W, 3) float array
            As in `upscale`.

        Returns
        -------
        float32 array
            As of `upscale`.
        """
        ...


def check_lr(lr: Floats, channels: Channels | None = None) -> None:
    """Raise unless ``lr`` is what a method takes.

    Parameters
    ----------
    lr : array
        What was given.
    channels : {"luma", "rgb"}, optional
        The planes that the method takes; when not given it takes any.

    Raises
    ------
    ShapeError
        If it is no array of that shape.
    RangeError
        If it does not hold floats, or one is NaN, infinite or far outside of ``[0, 1]``.
    """
    check_image(lr, "lr")
    if channels == "luma":
        check_plane(lr, "lr")
    elif channels == "rgb" and lr.ndim != 3:
        raise ShapeError(f"lr must be an RGB image of shape (H, W, 3), got {lr.shape}")
    if lr.dtype.kind != "f":
        raise RangeError(f"lr must hold floats in [0, 1], got {lr.dtype}; convert 8- and 16-bit values with to_floats")
    if not within(lr, _OVERSHOOT):
        raise RangeError(f"lr must lie in [0, 1], got {lr.min():g} to {lr.max():g}; divide it by its white")


def one_line(method: Method) -> str:
    """A method in one line, without its weights: what every method's ``repr`` is.

    Parameters
    ----------
    method : Method
        Any method.

    Returns
    -------
    str
        Its class, name, scale and channels.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.load("bicubic", 3)
    Bicubic('bicubic', scale=3, channels='luma')
    """
    return f"{type(method).__name__}({method.name!r}, scale={method.scale}, channels={method.channels!r})"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a method computes; none of these changes what it computes, but the wear, which some models are told."""

    threads: int | None = None  # None: as many as the process may use
    engine: Engine = "auto"  # networks only; "auto" is OpenVINO where it is installed, else ONNX Runtime
    device: str = "auto"  # networks only; where they run, "auto" is the processor; another one may change the last bits
    tile: int | None = None  # tile size in pixels per side; None: chosen by the method
    wear: Wear = NO_WEAR  # how worn the input is, which a model for worn images is told; it alone changes the result


TTA = "+tta"
"""Suffix of a model's name for self-ensemble over eight flips and rotations (`srcnn.methods.ensemble`)."""


def check_options(given: Options) -> Options:
    """Return the options if they are valid, otherwise raise `OptionError`.

    Parameters
    ----------
    given : Options
        As they came.

    Returns
    -------
    Options
        With numbers as int.

    Raises
    ------
    OptionError
        If one makes no sense.
    """
    options.choice("engine", given.engine, ENGINES)
    find(options.text("device", given.device, "the name of a device"), given.engine)
    return Options(
        threads=None if given.threads is None else options.whole("threads", given.threads, at_most=MOST_THREADS),
        engine=given.engine,
        device=given.device,
        wear=given.wear,
        tile=None if given.tile is None else options.whole("tile", given.tile),
    )


def enlarged(method: Method, lr: Raster) -> Raster:
    """The result of a method for ``lr``, computed window by window on demand.

    Methods that can do this have a function ``enlarged(lr: Raster) -> Raster`` with the same result.
    Other methods get the whole of ``lr``, and their whole result is held in memory.

    Parameters
    ----------
    method : Method
        Any method.
    lr : Raster
        The low-resolution image.

    Returns
    -------
    Raster
        The upscaled image.
    """
    lazily: Callable[[Raster], Raster] | None = getattr(method, "enlarged", None)
    return _AtOnce(method, lr) if lazily is None else lazily(lr)


class _AtOnce:
    """The result of a method that cannot compute windows."""

    def __init__(self, method: Method, lr: Raster) -> None:
        self._method = method
        self._lr = lr

    @property
    def shape(self) -> tuple[int, ...]:
        height, width, *bands = self._lr.shape
        return (height * self._method.scale, width * self._method.scale, *bands)

    @cached_property
    def _sr(self) -> Held:
        return Held(self._method(np.ascontiguousarray(whole(self._lr))))

    def read(self, window: Window) -> Floats:
        return self._sr.read(window)
