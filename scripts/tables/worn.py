"""How much the default model gains on images worn by JPEG and noise."""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.tables.fingerprints import fingerprints, of_models
from scripts.tables.markdown import Row, table
from scripts.tables.measured import Measurement
from srcnn.automatic import AUTO, CLEAN, LIMITS, WORN
from srcnn.methods import resolve

MODELS = (AUTO, CLEAN, "bicubic")
_JPEG = ("jpeg95", "jpeg90", "jpeg75", "jpeg50", "jpeg30")
WEARS = {
    "": "none",
    **{wear: f"JPEG {wear[4:]}" for wear in _JPEG},
    **{f"noise{level}": f"noise {level}" for level in (5, 10, 15, 25)},
    "noise5+jpeg75": "noise 5, then JPEG 75",
    "noise10+jpeg90": "noise 10, then JPEG 90",
    "jpeg75 as PNG": "JPEG 75 saved as PNG",
}
"""What is done to an image, by the name that `srcnn.wear.parse_wear` reads, and its name in the table."""

_EVERY = 5  # of BSD100; Set14 is measured whole


def _parts() -> dict[str, str]:
    names = (resolve(CLEAN), resolve(WORN))
    return {
        f"x{scale}": f"{of_models(names, scale)} {LIMITS[scale]} {', '.join(WEARS)}"
        for scale in (2, 3, 4)
        if all((name, scale) in fingerprints() for name in names)
    }


def _images() -> list[Path]:
    data = Path(os.environ.get("SRCNN_DATA", ""))
    if not (data / "BSD100").is_dir():
        raise SystemExit(f"worn images need Set14 and BSD100 below $SRCNN_DATA, which is {str(data)!r}")
    return [*sorted((data / "Set14").glob("*.bmp")), *sorted((data / "BSD100").glob("*.png"))[::_EVERY]]


def _measure(part: str) -> dict[str, Any]:
    """Mean PSNR of luma and of RGB by wear and model, and the number of images."""
    from srcnn.degrade import degrade
    from srcnn.files.io import read_image
    from srcnn.image.arrays import to_floats, to_integers
    from srcnn.methods.protocol import make_hr

    scale, files = int(part[1:]), _images()
    found: dict[str, dict[str, list[tuple[float, float]]]] = {wear: {m: [] for m in MODELS} for wear in WEARS}
    with tempfile.TemporaryDirectory() as name:
        for file in files:
            pixels = read_image(file).pixels
            hr = make_hr(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3), scale)
            lr = to_integers(degrade(to_floats(hr), scale))
            for wear in WEARS:
                saved = _save(lr, wear, Path(name))
                for model in MODELS:
                    found[wear][model].append(_psnr(hr, saved, scale, model))
    rows = {wear: {model: _mean(pairs) for model, pairs in models.items()} for wear, models in found.items()}
    return {"images": len(files), "rows": rows}


def _mean(pairs: list[tuple[float, float]]) -> list[float]:
    return [round(float(values), 4) for values in np.mean(pairs, axis=0)]


def _save(lr: NDArray[np.uint8], wear: str, folder: Path) -> Path:
    """The worn image as a file: a JPEG where it was compressed last, so that its tables can be read."""
    from PIL import Image

    from srcnn.wear import Wear, parse_wear, wear_down

    as_png = wear.removesuffix(" as PNG")
    worn = parse_wear(as_png) if wear else Wear()
    if worn.quality is None or as_png != wear:
        Image.fromarray(wear_down(lr, worn)).save(folder / "worn.png")
        return folder / "worn.png"
    noisy = wear_down(lr, Wear(noise=worn.noise))
    Image.fromarray(noisy).save(folder / "worn.jpg", quality=round(worn.quality), subsampling=2)
    return folder / "worn.jpg"


def _psnr(hr: NDArray[np.uint8], saved: Path, scale: int, model: str) -> tuple[float, float]:
    """Of luma by the protocol, and of RGB."""
    from srcnn.files.io import read_image
    from srcnn.image.colour import luma_bytes
    from srcnn.metrics.protocol import measure
    from srcnn.upscale import upscale

    sr = upscale(read_image(saved), scale, model).pixels
    luma = measure(luma_bytes(hr), luma_bytes(sr), "psnr", border=scale)["psnr"]
    error = (sr.astype(float) - hr)[scale:-scale, scale:-scale]
    return luma, 10 * float(np.log10(255**2 / np.mean(error**2)))


WORN_IMAGES = Measurement("worn", _parts, _measure, needs="the image sets (SRCNN_DATA), and some minutes")


def draw_limits() -> str:
    """From which wear on the default model is the one for worn images."""
    rows = [(f"x{scale}", f"{quality:g}", f"{noise:g}") for scale, (quality, noise) in LIMITS.items()]
    return table(("scale", "JPEG quality below", "or noise from"), rows)


def draw() -> str:
    """A table for each scale at which the default model has a network for worn images."""
    return "\n\n".join(_draw(scale, values) for scale, values in WORN_IMAGES.values().items())


def _draw(scale: str, values: dict[str, Any]) -> str:
    def row(wear: str, models: dict[str, list[float]]) -> Row:
        gains = [a - b for a, b in zip(models[AUTO], models[CLEAN], strict=True)]
        # Adding zero makes a rounded -0.0 a 0.0.
        gain = "0" if not any(gains) else " / ".join(f"{round(value, 2) + 0.0:+.2f}" for value in gains)
        return (WEARS[wear], *(" / ".join(f"{value:.2f}" for value in models[model]) for model in MODELS), gain)

    heading = (f"wear, at {scale}", f"`{AUTO}`", f"`{CLEAN}`", "bicubic", f"gain over `{CLEAN}`")
    return table(heading, [row(wear, models) for wear, models in values["rows"].items()])
