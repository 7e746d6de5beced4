"""Seconds per megapixel of result, for several networks and both engines, taken in turns in one run.

    python benchmarks/inference.py [--models fast,best,srcnn-9-5-5] [--scales 2,3,4] [--side 512] [--threads 2]
    [--rounds 5] [--json FILE]

"method" is the luma plane alone, "image" all of `srcnn.upscale` on 8-bit RGB; models are loaded and warm, the best of
the rounds counts. "faster" compares the method with the last model named, on the same engine.
The peak is the best of a large float32 matrix product with as many threads, measured between the rounds.
Where OpenCV is installed, its DNN module runs our FSRCNN too: the network that its super-resolution module is known
for.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODELS = "fast,best,espcn,fsrcnn,srcnn-9-1-5,srcnn-9-5-5"
PEAK_SIDE = 2048
# Seconds in which the threads of a matrix product have stopped spinning: they would take a core from what comes next.
_SPIN = 1.0


@dataclass(frozen=True)
class Row:
    """A model on an engine at a scale, with the seconds of every round."""

    model: str
    scale: int
    engine: str
    multiplications: float  # a pixel of the result
    method: Callable[[], object]
    image: Callable[[], object] | None
    of_method: list[float] = field(default_factory=list)
    of_image: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print one line for each model, scale and engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", default=MODELS, help="names or .onnx files, separated by commas; the last one is the measure"
    )
    parser.add_argument("--scales", default="2,3,4")
    parser.add_argument("--side", type=int, default=512, help="pixels a side of the low-resolution image")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(args.threads)

    import numpy as np

    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (args.side, args.side, 3), np.uint8)
    luma = rng.random((args.side, args.side), np.float32)
    square = rng.random((PEAK_SIDE, PEAK_SIDE), np.float32)
    models = args.models.split(",")
    products: list[float] = []
    figures: list[dict[str, object]] = []
    for scale in map(int, args.scales.split(",")):
        rows = [row for model in models for row in rows_of(model, scale, args.threads, luma, image)]
        rows += opencv(scale, args.threads, luma) if "fsrcnn" in models else []
        for _ in range(args.rounds):
            products += [_seconds(lambda: square @ square) for _ in range(3)]
            time.sleep(_SPIN)
            for row in rows:
                row.of_method.append(_seconds(row.method))
                if row.image is not None:
                    row.of_image.append(_seconds(row.image))
        megapixels = (args.side * scale) ** 2 / 1e6
        peak = 2 * PEAK_SIDE**3 / min(products)
        print(
            f"\nx{scale}, {args.threads} threads, float32 peak {peak / 1e9:.0f} GFLOP/s; seconds a megapixel of result"
        )
        print(
            f"{'model':14} {'engine':12} {'method':>8} {'image':>8} {'faster':>7} {'of peak':>7}  "
            f"multiplications a pixel"
        )
        for row in rows:
            seconds = min(row.of_method) / megapixels
            whole = f"{min(row.of_image) / megapixels:8.4f}" if row.of_image else f"{'':8}"
            measure = [min(r.of_method) / megapixels for r in rows if (r.model, r.engine) == (models[-1], row.engine)]
            faster = f"{measure[0] / seconds:6.1f}x" if measure else f"{'':7}"
            share = 2e6 * row.multiplications / seconds / peak
            print(
                f"{row.model:14} {row.engine:12} {seconds:8.4f} {whole} {faster} {share:7.0%}  "
                f"{row.multiplications:,.0f}"
            )
            figures.append({"model": row.model, "scale": scale, "engine": row.engine, "seconds": seconds})
    if args.json is not None:
        args.json.write_text(json.dumps({"peak": peak, "threads": args.threads, "rows": figures}), encoding="utf-8")


def rows_of(model: str, scale: int, threads: int, luma: "NDArray[np.float32]", image: "NDArray[np.uint8]") -> list[Row]:
    """A warm row for every engine there is; none where the model does not exist at the scale."""
    from srcnn import upscale
    from srcnn.benchmark.cost import cost
    from srcnn.errors import MissingExtraError, OptionError
    from srcnn.methods import load
    from srcnn.methods.base import Engine
    from srcnn.methods.network import NetworkMethod

    rows = []
    engines: tuple[Engine, ...] = ("onnxruntime", "openvino")
    for engine in engines:
        try:
            method = load(model, scale, threads=threads, engine=engine)
        except (MissingExtraError, OptionError) as error:
            print(error)
            continue
        if not isinstance(method, NetworkMethod) or method.channels != "luma":
            raise SystemExit(f"{model} is no network on luma")
        counted = cost(model, scale)
        assert counted is not None

        def alone(m: NetworkMethod = method) -> object:
            return m(luma)

        def whole(e: Engine = engine) -> object:
            return upscale(image, scale, model, threads=threads, engine=e)

        alone(), whole()
        rows.append(Row(model, scale, engine, counted.all, alone, whole))
    return rows


def opencv(scale: int, threads: int, luma: "NDArray[np.float32]") -> list[Row]:
    """Our FSRCNN run by OpenCV on the whole plane, which is how its super-resolution module works;
    none without OpenCV.
    """
    try:
        import cv2
    except ModuleNotFoundError:
        return []
    import numpy as np

    from srcnn import weights
    from srcnn.benchmark.cost import cost

    counted = cost("fsrcnn", scale)
    assert counted is not None
    entry = weights.find("fsrcnn", scale)
    cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(entry.read(), np.uint8))
    x = np.pad(luma, entry.card.halo, mode="edge")[None, None]

    def run() -> object:
        net.setInput(x)
        return net.forward()

    run()
    return [Row("fsrcnn", scale, "OpenCV", counted.all, run, None)]


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
