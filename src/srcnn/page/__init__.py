"""One HTML file that upscales in the browser itself: networks, shaders and page, with nothing to fetch."""

import base64
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from srcnn import weights
from srcnn.errors import OptionError
from srcnn.methods import ALIASES, available, resolve
from srcnn.page.chain import Chain, Layer, read_chain
from srcnn.page.packing import as_floats, packed
from srcnn.version import VERSION
from srcnn.web import PARTS, bundled, filled, joined, policy

MODELS = ("fast", "photo-fast")
"""What a page offers when nobody asks for other models: those of them that are shipped."""
_ABLE = (*MODELS, "best", "photo")
LARGEST = 400_000
"""Bytes of such a page, at most; scales of the later models are left out for it, the largest first."""

_FOLDER = Path(__file__).parent
# Bits of a weight. A network that is trusted in part, where it agrees with its input, makes a small difference large.
_BITS, _BITS_OF_TRUSTED, _BITS_OF_TOLD = 14, 19, 20


def make_page(models: Iterable[str] | None = None) -> str:
    """The page, complete in one file.

    Parameters
    ----------
    models : iterable of str, optional
        Names of plain and residual networks at low resolution, such as "fast", "best" or "photo", each with all scales
        at which it is shipped.
        When not given, those of `MODELS` that are shipped, with as many scales as `LARGEST` leaves room for.

    Returns
    -------
    str
        HTML; it loads nothing from elsewhere, and its policy forbids it.

    Raises
    ------
    OptionError
        If no model is named, or there is none of a name.
    WeightsError
        If a model's file is damaged, or is no plain or residual network.
    """
    names = [name for name in MODELS if name in ALIASES or name in available()] if models is None else [*models]
    if not names:
        raise OptionError(f"a page needs a model; those that a browser can run: {', '.join(_ABLE)}")
    stored = {name: stored_scales(name) for name in names}
    page = _page(stored)
    while models is None and len(page.encode()) > LARGEST and len(stored) > 1:
        last = stored[names[-1]]
        del last[max(last)]
        if not last:
            del stored[names.pop()]
        page = _page(stored)
    return page


def _page(stored: dict[str, dict[int, dict[str, Any]]]) -> str:
    style = joined([PARTS / "colours.css", PARTS / "slider.css", _FOLDER / "page.css"])
    script = bundled(_FOLDER / "app.js")
    kernel = (_FOLDER / "convolve.wasm").read_bytes()
    sources = {"worker-src": "blob:", "img-src": "blob: data:"}
    parts = {
        "style": style,
        "script": script,
        "worker": _base64(zlib.compress(bundled(_FOLDER / "job.js").encode(), 9)),
        "networks": json.dumps({"models": stored, "kernel": _base64(kernel)}, separators=(",", ":")),
        "policy": policy(style, script, sources, scripts="'wasm-unsafe-eval'"),
        "version": VERSION,
    }
    return filled((_FOLDER / "template.html").read_text(encoding="utf-8"), parts)


def stored_scales(name: str) -> dict[int, dict[str, Any]]:
    """A model as the page holds it.

    Parameters
    ----------
    name : str
        Of a plain or residual network at low resolution.

    Returns
    -------
    dict of int to dict
        Each scale at which it is shipped, as numbers and text that JSON can hold.

    Raises
    ------
    OptionError
        If there is no such model, or it is no network.
    WeightsError
        If it is another kind of network.
    """
    found = resolve(name, "model")
    entries = [entry for entry in weights.entries() if entry.card.name == found and entry.kind == "onnx"]
    if not entries:
        raise OptionError(f"a page needs models that are networks, and {name!r} is none")
    return {entry.card.scale: _stored(read_chain(entry.read(), entry.card)) for entry in entries}


def _stored(chain: Chain) -> dict[str, Any]:
    """A network as unpack.js reads it: weights and biases as bytes, all other numbers as text."""
    bits = _BITS if chain.agreement is None else _BITS_OF_TRUSTED
    numbers = b"".join(_numbers(layer, bits) for layer in chain.layers)
    stored: dict[str, Any] = {
        "scale": chain.scale,
        "planes": chain.planes,
        "slope": _short(chain.slope),
        "halo": chain.halo,
        "block": chain.block,
        "beyond": chain.beyond,
        "own": _short(chain.own),
        "bits": bits,
        "layers": [_described(layer) for layer in chain.layers],
    }
    if chain.agreement is not None:
        stored["agreement"] = {name: _short(value) for name, value in vars(chain.agreement).items()}
    if chain.told is not None:
        stored["told"] = {name: _short(value) for name, value in vars(chain.told).items()}
    return stored | {"numbers": _base64(numbers)}


def _described(layer: Layer) -> dict[str, Any]:
    shape = {"shape": [*layer.weights.shape[:3]], "active": layer.active}
    adds = {} if layer.adds is None else {"adds": layer.adds}
    return shape | adds | ({} if layer.told is None else {"told": layer.told.shape[1]})


def _numbers(layer: Layer, bits: int) -> bytes:
    told = b"" if layer.told is None else packed(layer.told, _BITS_OF_TOLD)
    return packed(layer.weights.reshape(len(layer.weights), -1), bits) + as_floats(layer.bias) + told


def _short(values: Any) -> Any:
    """The same numbers, with the digits that a 32-bit float has."""
    array = np.asarray(values, np.float32)
    return [_short(row) for row in array] if array.ndim else float(f"{array:.9g}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
