"""Make the golden values that the tests compare with where the papers' images are not at hand.

    python scripts/make_goldens.py              all of them, into tests/golden
    python scripts/make_goldens.py benchmark    the scores of the shipped models alone: after one of them was replaced

``drawn/``: three images of 96 x 96 pixels, drawn by whole numbers alone.
``imresize.npz``: small images resized by the formula in its plainest form, without a line of the package.
In this form it agrees with MATLAB's own results, for the three images and six factors at hand, to 2e-13.
``protocol.json``: PSNR of bicubic enlargement on the drawn images, by the same plain form of every step.
``benchmark.json``: what `srcnn benchmark` gives for shipped models on them, the only values that the package makes.
"""

import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Doubles = NDArray[np.float64]
GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
SIDE, FINE = 96, 4  # drawn that many times larger, then averaged
SCALES = (2, 3, 4)
FACTORS = {"1_2": (1, 2), "1_3": (1, 3), "1_4": (1, 4), "2": (2, 1), "3": (3, 1)}
MODELS = ("bicubic", "a+", "srcnn-9-5-5", "fast", "best", "max")


def drawn() -> dict[str, NDArray[np.uint8]]:
    """A wheel on bands of colour, tiles with slanted edges, and grey waves that become finer."""
    y, x = np.mgrid[: SIDE * FINE, : SIDE * FINE].astype(np.int64)
    down, across = y - 200, x - 180
    radius = down**2 + across**2
    spokes = (np.abs(down * 5 - across * 3) < 60) | (np.abs(down * 2 + across * 7) < 80) | (np.abs(down - across) < 12)
    rim = np.abs(radius - 150**2) < 3000
    bands = (x * 3 + y) // 48 % 3
    wheel = [np.where(rim | spokes & (radius < 150**2), 30 + 25 * c, 90 + 40 * ((bands + c) % 3)) for c in range(3)]
    tiles = (x + y // 4) // 56 + 3 * ((y - x // 5) // 72)
    slants = [40 + (tiles * 37 + c * 61) % 160 + (x * 7 + y * 3 + x * y) % 9 for c in range(3)]
    waves = 128 + 90 * (2 * ((x * x // 700 + y // 5) % 64 < 32) - 1) * (y > 60) + (y * 60 // (SIDE * FINE) - 30)
    parts = {"slants": np.dstack(slants), "waves": waves, "wheel": np.dstack(wheel)}
    return {name: _averaged(values) for name, values in parts.items()}


def _averaged(values: NDArray[np.int64]) -> NDArray[np.uint8]:
    blocks = values.reshape(SIDE, FINE, SIDE, FINE, -1).sum((1, 3))
    return np.asarray(np.clip((blocks + FINE**2 // 2) // FINE**2, 0, 255).squeeze(), np.uint8)


def resized(image: Doubles, factor: tuple[int, int], place: Callable[[int, int], int]) -> Doubles:
    """Keys' cubic along the rows and then along the columns, sample by sample."""
    return _along(_along(image, factor, place).swapaxes(0, 1), factor, place).swapaxes(0, 1)


def _along(image: Doubles, factor: tuple[int, int], place: Callable[[int, int], int]) -> Doubles:
    up, down = factor
    shrink = min(up / down, 1.0)  # by which the kernel is stretched
    length, width = len(image), 4 / shrink
    out = []
    for number in range(1, -(-length * up // down) + 1):
        centre = number * down / up + (1 - down / up) / 2
        first = math.floor(centre - width / 2)
        taps = [(_cubic(shrink * (centre - tap)), tap) for tap in range(first, first + math.ceil(width) + 2)]
        total = sum(weight for weight, _ in taps)
        out.append(sum(weight / total * image[place(tap - 1, length)] for weight, tap in taps))
    return np.array(out)


def _cubic(t: float) -> float:
    t = abs(t)
    if t <= 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t <= 2 else 0.0


def repeated(index: int, length: int) -> int:
    """The edge pixel goes on for ever."""
    return min(max(index, 0), length - 1)


def mirrored(index: int, length: int) -> int:
    """The image is mirrored with its edge pixel."""
    index %= 2 * length
    return min(index, 2 * length - 1 - index)


def small_images() -> dict[str, NDArray[np.uint8]]:
    """Of sides that are multiples of no factor."""
    y, x = np.mgrid[:12, :9].astype(np.int64)
    grain = (x * x * 7 + y * y * 13 + x * y * 3 + x * 101 + y * 57) % 256
    colour = np.dstack([grain[:5, :7], 255 - grain[5:10, :7], grain[2:7, 1:8]])
    return {
        "grey7x9": grain[:7].astype(np.uint8),
        "grey12x8": grain[:, :8].astype(np.uint8),
        "rgb5x7": colour.astype(np.uint8),
    }


def imresize_values() -> dict[str, NDArray[Any]]:
    """Inputs and results by name, range 0 to 255, neither clipped nor rounded."""
    values: dict[str, NDArray[Any]] = {}
    for name, image in small_images().items():
        values[f"input/{name}"] = image
        for factor, ratio in FACTORS.items():
            for padding, place in (("edge", repeated), ("symmetric", mirrored)):
                values[f"{padding}/{name}/{factor}"] = resized(image.astype(np.float64), ratio, place)
    return values


def protocol_psnr(image: NDArray[np.uint8], scale: int) -> float:
    """Luma, cut, down, up, to 8 bits, shave, PSNR."""
    hr = image.astype(np.float64)
    if hr.ndim == 3:
        red, green, blue = (image[..., c].astype(int) for c in range(3))
        hr = 16.0 + (65481 * red + 128553 * green + 24966 * blue + 127500) // 255000
    hr = hr[: len(hr) // scale * scale, : hr.shape[1] // scale * scale]
    sr = resized(resized(hr, (1, scale), repeated), (scale, 1), repeated)
    error = (hr - np.floor(np.clip(sr, 0, 255) + 0.5))[scale:-scale, scale:-scale]
    return float(10 * np.log10(255**2 / (error**2).mean()))


def benchmark_scores() -> dict[str, dict[str, dict[str, Any]]]:
    """Means of the three images by model, scale and metric, and the hash of the weights that made them."""
    from srcnn.benchmark.config import BenchmarkConfig
    from srcnn.benchmark.run import run_benchmark
    from srcnn.methods import resolve

    config = BenchmarkConfig(methods=MODELS, datasets=("drawn",), scales=SCALES, threads=1)
    with tempfile.TemporaryDirectory() as folder:
        records = run_benchmark(config, Path(folder), data=GOLDEN)
    means: dict[str, dict[str, dict[str, Any]]] = {}
    for name in MODELS:
        for scale in SCALES:
            key = (resolve(name), scale)
            own = [score.values for score in records.scores if (score.key.method, score.key.scale) == key]
            means.setdefault(name, {})[str(scale)] = {
                **{metric: round(sum(v[metric] for v in own) / len(own), 6) for metric in ("psnr", "ssim")},
                "weights": records.run["weights"].get(f"{key[0]} x{scale}", ""),
            }
    return means


def main() -> None:
    """Write what was asked for."""
    if sys.argv[1:] != ["benchmark"]:
        images = drawn()
        (GOLDEN / "drawn").mkdir(exist_ok=True)
        for name, pixels in images.items():
            Image.fromarray(pixels).save(GOLDEN / "drawn" / f"{name}.png", optimize=True)
        np.savez_compressed(GOLDEN / "imresize.npz", **imresize_values())  # type: ignore[arg-type]
        psnr = {name: {str(s): round(protocol_psnr(pixels, s), 6) for s in SCALES} for name, pixels in images.items()}
        (GOLDEN / "protocol.json").write_text(json.dumps(psnr, indent=1) + "\n", encoding="utf-8")
    (GOLDEN / "benchmark.json").write_text(json.dumps(benchmark_scores(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
