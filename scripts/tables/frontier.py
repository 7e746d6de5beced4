"""PSNR against time, of all networks on luma whose time is measured."""

import hashlib
import io
from typing import Any

from PIL import Image

from scripts.tables.measured import ROOT, Measurement
from scripts.tables.scores import SCALES, means
from scripts.tables.speed import seconds_of
from srcnn.methods import ALIASES
from srcnn.report.figures import draw_speed, looks
from srcnn.report.means import Mean, Table

IMAGE = ROOT / "docs" / "images" / "frontier.png"
_DATASET, _ENGINE = "Set5", "onnxruntime"


def _tables() -> list[Table]:
    """A table a scale: the mean PSNR of the card, and seconds per megapixel of the result."""
    named = {model: alias for alias, model in ALIASES.items()}
    made = []
    for scale in SCALES:
        seconds = {
            model: found for (model, engine, s), found in seconds_of().items() if (engine, s) == (_ENGINE, scale)
        }
        scores = {model: found for model in seconds if (found := means(model, scale, _DATASET))}
        rows = {named.get(model, model): (Mean("psnr", found["psnr"], 5),) for model, found in scores.items()}
        times = {named.get(model, model): seconds[model] for model in scores}
        made.append(Table(_DATASET, scale, 5, ("psnr",), rows, times, {}, dict.fromkeys(rows, 5)))
    return made


def _parts() -> dict[str, str]:
    points = [
        (table.scale, name, cells[0].value, table.seconds[name])
        for table in _tables()
        for name, cells in table.rows.items()
    ]
    return {"all": hashlib.sha256(repr(sorted(points)).encode()).hexdigest()}


def _draw(part: str) -> dict[str, Any]:
    drawn = []
    for table in _tables():
        data = draw_speed(table, looks(sorted(table.rows)), per="megapixel of the result")
        assert data is not None
        drawn.append(Image.open(io.BytesIO(data)).convert("RGB"))
    whole = Image.new("RGB", (sum(image.width for image in drawn), max(image.height for image in drawn)), "white")
    left = 0
    for image in drawn:
        whole.paste(image, (left, 0))
        left += image.width
    whole.quantize(128, dither=Image.Dither.NONE).save(IMAGE, optimize=True)
    return {"sha256": hashlib.sha256(IMAGE.read_bytes()).hexdigest()}


FRONTIER = Measurement("frontier", _parts, _draw)
