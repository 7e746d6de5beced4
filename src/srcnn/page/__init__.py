"""One HTML file that upscales in the browser itself: networks, shaders and page, with nothing to fetch."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from srcnn import weights
from srcnn.errors import OptionError
from srcnn.image.arrays import Floats
from srcnn.methods import resolve
from srcnn.page.chain import Chain, read_chain
from srcnn.version import VERSION
from srcnn.web import PARTS, bundled, filled, joined, policy

MODELS = ("fast",)
SCALES = (2, 3, 4)

_FOLDER = Path(__file__).parent


def make_page(models: Iterable[str] = MODELS) -> str:
    """The page, complete in one file.

    Parameters
    ----------
    models : iterable of str
        Names of plain networks for luma, each shipped for x2, x3 and x4.

    Returns
    -------
    str
        HTML; it loads nothing from elsewhere, and its policy forbids it.

    Raises
    ------
    OptionError
        If no model is named, or there is none of a name.
    WeightsError
        If a model's file is damaged, or is no plain network.
    """
    stored = {name: _stored_scales(name) for name in models}
    if not stored:
        raise OptionError(f"a page needs a model; those that a browser can run: {', '.join(MODELS)}")
    style = joined([PARTS / "colours.css", PARTS / "slider.css", _FOLDER / "page.css"])
    script = bundled(_FOLDER / "app.js")
    kernel = (_FOLDER / "convolve.wasm").read_bytes()
    sources = {"worker-src": "blob:", "img-src": "blob: data:"}
    parts = {
        "style": style,
        "script": script,
        "worker": bundled(_FOLDER / "job.js"),
        "networks": json.dumps({"models": stored, "kernel": _base64(kernel)}, separators=(",", ":")),
        "policy": policy(style, script, sources, scripts="'wasm-unsafe-eval'"),
        "version": VERSION,
    }
    return filled((_FOLDER / "template.html").read_text(encoding="utf-8"), parts)


def _stored_scales(name: str) -> dict[int, dict[str, Any]]:
    entries = [weights.find(resolve(name, "model"), scale) for scale in SCALES]
    return {entry.card.scale: _stored(read_chain(entry.read(), entry.card)) for entry in entries}


def _stored(chain: Chain) -> dict[str, Any]:
    """A network as chain.js unpacks it: the layers' numbers as floats of 24 bits, all others as text."""
    numbers = [part.ravel() for layer in chain.layers for part in (layer.weights, layer.bias)]
    return {
        "scale": chain.scale,
        "slope": _short(chain.slope),
        "layers": [[*layer.weights.shape[:3]] for layer in chain.layers],
        "own": _short(chain.own),
        "line": _short(chain.line),
        "remainder": _short(chain.remainder),
        "share": _short(chain.share),
        "slack": _short(chain.slack),
        "block": chain.block,
        "weights": _base64(short_floats(np.concatenate(numbers))),
    }


def short_floats(numbers: Floats) -> bytes:
    """The upper three bytes of 32-bit floats, rounded.

    With 16 bits single pixels of noise came out up to 24 levels of 255 off: where a network is trusted in part, a small
    difference grows. These 24 bits are 64 times as exact, and three quarters of 32.

    Parameters
    ----------
    numbers : (n,) float array
        None of them close to the largest that a float can hold.

    Returns
    -------
    bytes
        3 n of them, the least significant first.
    """
    bits = np.ascontiguousarray(numbers, "<f4").view("<u4") + np.uint32(0x80)
    return bits.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


def _short(values: Any) -> Any:
    """The same numbers, with the digits that a 32-bit float has."""
    array = np.asarray(values, np.float32)
    return [_short(row) for row in array] if array.ndim else float(f"{array:.9g}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
