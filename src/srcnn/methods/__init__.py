"""All methods, with one interface, in one table.

A new method needs one file with a `load` function and one line in `METHODS`.
A network does not even need that: every network in the index of `srcnn.weights` can be loaded by its name.
"""

import difflib
import importlib
import os
from dataclasses import dataclass
from functools import cache

from srcnn import options, weights
from srcnn.errors import OptionError, WeightsError
from srcnn.methods.base import TTA, Engine, Method, Options, check_options
from srcnn.methods.model_file import card_of, is_file
from srcnn.methods.reopening import Reopened, remember_origin
from srcnn.wear import checked_wear


@dataclass(frozen=True)
class MethodInfo:
    """A line of the table: the module with ``load(name, scale, options)``, imported only when needed."""

    name: str
    module: str
    title: str
    paper: str = ""
    package: str = ""  # the package of a plugin, with its version; empty for srcnn


METHODS: dict[str, MethodInfo] = {
    known.name: known
    for known in (
        MethodInfo("bicubic", "srcnn.methods.bicubic", "Bicubic interpolation", "Keys 1981"),
        MethodInfo("sc", "srcnn.methods.sparse_coding", "Sparse coding", "Yang et al. 2010"),
        MethodInfo(
            "ne-lle", "srcnn.methods.neighbour_embedding", "Neighbour embedding, locally linear", "Chang et al. 2004"
        ),
        MethodInfo(
            "kk",
            "srcnn.methods.kernel_regression",
            "Sparse kernel regression and natural image prior",
            "Kim and Kwon 2010",
        ),
        MethodInfo("anr", "srcnn.methods.anchored", "Anchored neighbourhood regression", "Timofte et al. 2013"),
        MethodInfo("a+", "srcnn.methods.anchored", "Adjusted anchored neighbourhood regression", "Timofte et al. 2014"),
        MethodInfo("srcnn-9-1-5", "srcnn.methods.network", "SRCNN, 9-1-5: 8,129 weights", "Dong et al. 2014"),
        MethodInfo("srcnn-9-3-5", "srcnn.methods.network", "SRCNN, 9-3-5: 24,513 weights", "Dong et al. 2016"),
        MethodInfo("srcnn-9-5-5", "srcnn.methods.network", "SRCNN, 9-5-5: 57,281 weights", "Dong et al. 2016"),
        MethodInfo(
            "srcnn-9-5-5-rgb", "srcnn.methods.network", "SRCNN, 9-5-5 on RGB: 69,251 weights", "Dong et al. 2016"
        ),
        MethodInfo(
            "srcnn-9-5-5-paper",
            "srcnn.methods.network",
            "SRCNN, 9-5-5, trained as in the paper: 57,281 weights",
            "Dong et al. 2016",
        ),
        MethodInfo("fsrcnn", "srcnn.methods.network", "FSRCNN(56, 12, 4)", "Dong et al. 2016, ECCV"),
        MethodInfo("espcn", "srcnn.methods.network", "ESPCN, 5-3-3", "Shi et al. 2016"),
        MethodInfo("plain-s", "srcnn.methods.network", "Plain 3x3 layers at low resolution, small"),
        MethodInfo("plain-l", "srcnn.methods.network", "Plain 3x3 layers at low resolution, large"),
        MethodInfo("residual-xl", "srcnn.methods.network", "Residual 3x3 layers at low resolution, extra large"),
        MethodInfo(
            "photo", "srcnn.methods.network", "Residual 3x3 layers on colour, for images worn by JPEG and noise"
        ),
        MethodInfo("photo-fast", "srcnn.methods.network", "As `photo`, small: a ninth to a fifth of its time"),
    )
}
"""The methods by name: those of the paper's table in its order, then networks on the low-resolution image."""

ALIASES = {"fast": "plain-s", "best": "plain-l", "max": "residual-xl"}
"""The three models to choose from, by how long one is willing to wait."""

ENTRY_POINTS = "srcnn.methods"
"""The entry point group for plugin methods: ``name = "its.module"``, a module with a `load` as here."""

_NETWORK = "srcnn.methods.network"
_NO_WEIGHTS = frozenset({"bicubic"})


def available(scale: int | None = None) -> tuple[str, ...]:
    """Names that `load` takes now, at this scale or at any: those of `METHODS` first, then the other trained networks.

    Parameters
    ----------
    scale : int, optional
        Only models of this scale; of any when not given.

    Returns
    -------
    tuple of str
        Without aliases and without what other packages bring.

    Raises
    ------
    OptionError
        If ``scale`` is no whole number of at least 1.
    WeightsError
        If the index of the trained models is damaged.

    Examples
    --------
    >>> import srcnn
    >>> "srcnn-9-5-5" in srcnn.available(3)
    True
    """
    scale = None if scale is None else options.whole("scale", scale)
    trained = dict.fromkeys(e.card.name for e in weights.entries() if scale in (None, e.card.scale))
    listed = [name for name in METHODS if name in _NO_WEIGHTS or name in trained]
    return (*listed, *(name for name in trained if name not in METHODS))


@cache
def plugins() -> dict[str, MethodInfo]:
    """The plugin methods of other installed packages; names of srcnn's own methods are ignored.

    Returns
    -------
    dict of str to MethodInfo
        By name.
    """
    from importlib.metadata import entry_points

    own = {*METHODS, *ALIASES, *available()}
    return {
        point.name: MethodInfo(point.name, point.value, "brought by", package=f"{point.dist.name} {point.dist.version}")
        for point in sorted(entry_points(group=ENTRY_POINTS))
        if point.name not in own and point.dist is not None
    }


def load(
    name: str | os.PathLike[str],
    scale: int,
    *,
    threads: int | None = None,
    engine: Engine = "auto",
    device: str = "auto",
    tile: int | None = None,
    noise: float = 0.0,
    jpeg_quality: float | None = None,
) -> Method:
    """Make a method ready for use.

    Parameters
    ----------
    name : str or path
        One of `available` or `plugins`, an alias ("fast", "best", "max"), or the path of a model that `srcnn train`
        made, with its card inside: a network's ``.onnx`` file, an example-based model's ``.npz`` file.
        With "+tta" after it, the mean over eight flips and rotations: a little better, eight times slower.
    scale : int
        2, 3 or 4 for the trained models; bicubic takes any whole number from 1.
    threads : int, optional
        Threads to compute with; as many as the process may use when not given.
    engine : {"auto", "onnxruntime", "openvino"}
        What runs a network; the other methods ignore it.
    device : str
        Where a network runs: "auto" or "cpu", "cuda", "directml", "coreml", or a device of OpenVINO as "openvino:GPU".
    tile : int, optional
        Pixels a side of the part of an image that is in work at once: less memory, the same result to the byte.
    noise : float
        Standard deviation of the input's noise in 8-bit levels, 0 to 50, for a model that is told it
        ("photo", "photo-fast").
    jpeg_quality : float, optional
        Quality of the JPEG that the input was, 1 to 100, for a model that is told it; none when not given.

    Returns
    -------
    Method
        A frozen object; call it with ``lr``.

    Raises
    ------
    OptionError
        If there is no such model, or not at this scale, or a setting is out of range.
        The text names the nearest that exists.
    WeightsError
        If the model's file is missing or damaged.
    MissingExtraError
        If ``engine="openvino"`` is asked for and OpenVINO is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> method = srcnn.load("bicubic", 3)
    >>> method.upscale(np.zeros((10, 12), np.float32)).shape
    (30, 36)
    """
    wear = checked_wear(noise, jpeg_quality)
    return load_with(name, scale, Options(threads=threads, engine=engine, device=device, tile=tile, wear=wear))


def load_with(name: str | os.PathLike[str], scale: int, given: Options) -> Method:
    """Make a method ready for use, with settings that come in one piece: what `load` does.

    Parameters
    ----------
    name, scale : str or path, int
        As `load` takes them.
    given : Options
        How it computes.

    Returns
    -------
    Method
        A frozen object; call it with ``lr``.

    Raises
    ------
    OptionError, WeightsError, MissingExtraError
        As `load`.
    """
    return _load(resolve(name), options.whole("scale", scale), check_options(given))


def resolve(name: str | os.PathLike[str], argument: str = "name") -> str:
    """The name behind an alias; an error with the nearest name when there is no such model.

    A path is that of a model's file; ``argument`` is what the caller calls it.

    Parameters
    ----------
    name : str or path
        What the user gave.
    argument : str
        What the caller calls it.

    Returns
    -------
    str
        A name that `load` takes.

    Raises
    ------
    OptionError
        If there is no such model.
    """
    name = options.text(argument, name, "the name of a model or the path of an .onnx or .npz file")
    if name.endswith(TTA):
        return resolve(name.removesuffix(TTA), argument) + TTA
    name = ALIASES.get(name, name)
    if name in METHODS or name in available() or is_file(name) or name in plugins():
        return name
    names = sorted({*METHODS, *ALIASES, *available(), *plugins()})
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? There" if near else "there"
    raise OptionError(f"no model named {name!r}; {hint} are: {', '.join((*available(), *ALIASES, *plugins()))}")


def _method_of(name: str) -> str:
    """The name of the method that opens a model: of an example-based model's file the one on its card."""
    if not weights.is_fitted_file(name):
        return name
    method = card_of(name).name
    fitted = [known.name for known in METHODS.values() if known.module != _NETWORK and known.name not in _NO_WEIGHTS]
    if method not in fitted:
        raise WeightsError(
            f"cannot use {name}: its card says {method!r}, which is no example-based method; there are: "
            f"{', '.join(fitted)}"
        )
    return method


def _load(name: str, scale: int, options: Options) -> Method:
    if name.endswith(TTA):
        from srcnn.methods.ensemble import Ensemble

        return Ensemble(_load(name.removesuffix(TTA), scale, options))
    known = METHODS.get(_method_of(name)) or plugins().get(name)
    try:
        loader = importlib.import_module(known.module if known else _NETWORK)
    except ImportError as error:
        if known is None or not known.package:
            raise
        raise OptionError(f"the method {name!r} of {known.package} cannot be imported: {error}") from error
    method: Method = loader.load(name, scale, options)
    if isinstance(method, Reopened) and not is_file(name):
        remember_origin(method, name, scale, options)
    return method
