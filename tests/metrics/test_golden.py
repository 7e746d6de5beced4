"""Golden values: what the authors' own MATLAB code gives, to 1e-6 relative (IFC of equal images 1e-5, it rests on
rounding there).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.degrade import make_pair
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes, to_floats
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import modcrop, shave
from srcnn.metrics import METRICS, ms_ssim
from srcnn.metrics.protocol import evaluate, measure

GOLDEN = Path(__file__).parents[1] / "golden"
SET5 = ("baby", "bird", "butterfly", "head", "woman")
KINDS = ("noise", "jpeg20", "blur", "contrast", "identical")
CROPS = ("butterfly_128x128", "bird_97x131", "woman_203x171")
SYNTHETIC = json.loads((GOLDEN / "metrics_synthetic.json").read_text())


def synthetic_pair(height: int, width: int, kind: str) -> tuple[Bytes, Bytes]:
    """Waves, an edge and integer noise, by integer arithmetic alone so that every machine makes the same; and a
    distortion of it.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    grain = (x * x * 7 + y * y * 13 + x * y * 3 + x * 101 + y * 57) % 31
    waves = np.abs((x * 5 + y * 2) % 128 - 64) + np.abs((y * 7 - x) % 74 - 37)
    hr = 30 + waves + grain + 60 * ((x - width // 2) ** 2 + (y - height // 3) ** 2 < (height // 4) ** 2)
    if kind == "grain":
        sr = hr + (x * 17 + y * y * 29 + x * x * y) % 13 - 6
    elif kind == "blur":
        padded = np.pad(hr, 1, mode="edge")
        sr = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] + 4 * hr) // 8
    else:
        sr = (hr - 128) * 7 // 10 + 128
    return np.clip(hr, 0, 255).astype(np.uint8), np.clip(sr, 0, 255).astype(np.uint8)


def set5_pair(data_dir: Path, image: str, scale: int) -> tuple[Bytes, np.ndarray]:
    """The protocol's ground truth, and its bicubic estimate before rounding."""
    hr = modcrop(luma_bytes(read_image(data_dir / "Set5" / f"{image}_GT.bmp").pixels), scale)
    return hr, make_pair(to_floats(hr), scale)[2]


def records(goldens_dir: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads((goldens_dir / name).read_text())["records"])


def golden(record: dict[str, Any], metric: str) -> float | None:
    value = record[metric.replace("-", "")]
    return None if value is None else float(value)


@pytest.mark.parametrize("record", SYNTHETIC["records"], ids=lambda r: f"{r['height']}x{r['width']}-{r['kind']}")
def test_synthetic_pairs(record: dict[str, Any]) -> None:
    hr, sr = synthetic_pair(record["height"], record["width"], record["kind"])
    assert hashlib.sha256(hr.tobytes() + sr.tobytes()).hexdigest() == record["sha256"], (
        "the pair itself is not made as it was"
    )
    for name, value in record["values"].items():
        assert METRICS[name].function(hr, sr, data_range=255.0) == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crop", CROPS)
def test_pairs_agree_with_the_authors_code(goldens_dir: Path, crop: str, kind: str) -> None:
    (record,) = [r for r in records(goldens_dir, "metrics_pairs.json") if r["distorted"] == f"{crop}_{kind}.png"]
    hr = read_image(goldens_dir / "pairs" / record["reference"]).pixels
    sr = read_image(goldens_dir / "pairs" / record["distorted"]).pixels
    for name, metric in METRICS.items():
        value = golden(record, name)
        if value is not None:
            tolerance = 1e-5 if name == "ifc" and kind == "identical" else 1e-6
            assert metric.function(hr, sr, data_range=255.0) == pytest.approx(value, rel=tolerance), name
    box = record["other_definitions_not_used_by_the_paper"]["msssim_wang_2x2_box"]
    if box is not None:
        assert ms_ssim(hr, sr, data_range=255.0, lowpass="box") == pytest.approx(box, rel=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("image", SET5)
def test_set5_agrees_with_the_authors_code(goldens_dir: Path, data_dir: Path, image: str, scale: int) -> None:
    (record,) = [
        r for r in records(goldens_dir, "metrics_set5_bicubic.json") if (r["image"], r["scale"]) == (image, scale)
    ]
    hr, _ = set5_pair(data_dir, image, scale)
    sr = read_image(goldens_dir / record["bicubic_png"]).pixels
    assert hashlib.sha256(shave(hr, scale).tobytes()).hexdigest() == record["sha256_gt"]
    values = measure(shave(hr, scale), sr, "all", border=0)
    assert values == pytest.approx({name: golden(record, name) for name in METRICS}, rel=1e-6)
    box = record["other_definitions_not_used_by_the_paper"]["msssim_wang_2x2_box"]
    assert ms_ssim(shave(hr, scale), sr, data_range=255.0, lowpass="box") == pytest.approx(box, rel=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_published_bicubic_row_prints_as_published(goldens_dir: Path, data_dir: Path, scale: int) -> None:
    published = json.loads((goldens_dir / "metrics_set5_bicubic.json").read_text())["published_bicubic_row"][str(scale)]
    scores = [evaluate(*set5_pair(data_dir, image, scale), "all", border=scale) for image in SET5]
    for name, metric in METRICS.items():
        mean = sum(score[name] for score in scores) / len(scores)
        assert metric.format(mean) == metric.format(golden(published, name) or 0.0), name
