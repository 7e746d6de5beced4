"""Sheets of docs/photographs.md: what bicubic interpolation, `best` and `photo` make of a worn image."""

import io
from pathlib import Path

from PIL import Image

import srcnn
from scripts.tables.measured import ROOT
from srcnn.automatic import CLEAN, WORN
from srcnn.degrade import degrade
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.methods.protocol import make_hr
from srcnn.metrics.protocol import measure
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import parse_crop
from srcnn.visualise.sheet import draw_sheet
from srcnn.wear import parse_wear, wear_down

SCALE = 2
WEARS = ("jpeg75", "jpeg30", "noise10", "noise5+jpeg75")
_IMAGE = ROOT / "examples" / "chart.png"
_CROP = parse_crop("100,10,80,80")


def draw(wear: str, path: Path) -> None:
    """Downscale the chart, wear it, upscale it by each model, and draw a sheet."""
    hr = make_hr(srcnn.read_image(_IMAGE).pixels, SCALE)
    known = parse_wear(wear)
    worn = wear_down(to_integers(degrade(to_floats(hr), SCALE)), known)
    results = []
    for model in ("bicubic", CLEAN, WORN):
        # What the others are told, they ignore.
        sr = srcnn.upscale(worn, SCALE, model, noise=known.noise, jpeg_quality=known.quality or "off")
        scores = measure(luma_bytes(hr), luma_bytes(sr), "psnr,ssim", border=SCALE)
        results.append(Result(model, sr, scores))
    comparison = Comparison(f"{_IMAGE.stem}, {wear}", SCALE, Result("original", hr), tuple(results))
    sheet = Image.open(io.BytesIO(draw_sheet(comparison, _CROP).encode()))
    sheet.convert("RGB").save(path, quality=92, method=6)
