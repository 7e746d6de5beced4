"""Seconds and share of the machine's float32 peak of a network on one large picture, for both engines, taken in turns.

    python benchmarks/inference.py [--model srcnn-9-5-5] [--scale 3] [--side 512] [--threads 2] [--rounds 5]

The peak is the best of a large float32 matrix product with as many threads, measured between the rounds. "method" is the luma plane
alone (bicubic enlargement and network), "picture" all of `srcnn.upscale` on 8-bit RGB. The model is loaded and warm.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

FAST_PEAK_SIDE = 2048


def main() -> None:
    """Measure and print one line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="srcnn-9-5-5", help="a model's name, or the path of an .onnx file")
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--side", type=int, default=512, help="pixels a side of the small picture")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(args.threads)

    import numpy as np

    from srcnn import upscale
    from srcnn.errors import MissingExtraError
    from srcnn.methods import Engine, load
    from srcnn.methods.network import NetworkMethod

    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (args.side, args.side, 3), np.uint8)
    luma = rng.random((args.side, args.side), np.float32)
    square = rng.random((FAST_PEAK_SIDE, FAST_PEAK_SIDE), np.float32)
    methods: dict[Engine, NetworkMethod] = {}
    engines: tuple[Engine, ...] = ("onnxruntime", "openvino")
    for engine in engines:
        try:
            method = load(args.model, args.scale, threads=args.threads, engine=engine)
        except MissingExtraError as error:
            print(error)
            continue
        if not isinstance(method, NetworkMethod) or method.channels != "luma":
            raise SystemExit(f"{args.model} is no network on luma")
        methods[engine] = method
        # Warm: memory taken, networks compiled.
        method(luma)
        upscale(picture, args.scale, args.model, threads=args.threads, engine=engine)

    products: list[float] = []
    of_method: dict[str, list[float]] = {engine: [] for engine in methods}
    of_picture: dict[str, list[float]] = {engine: [] for engine in methods}
    for _ in range(args.rounds):
        products += [_seconds(lambda: square @ square) for _ in range(3)]
        for engine, method in methods.items():
            of_method[engine].append(_seconds(lambda m=method: m(luma)))  # type: ignore[misc]
            of_picture[engine].append(
                _seconds(lambda e=engine: upscale(picture, args.scale, args.model, threads=args.threads, engine=e))  # type: ignore[misc]
            )
    peak = 2 * FAST_PEAK_SIDE**3 / min(products)
    print(f"float32 peak with {args.threads} threads: {peak / 1e9:.0f} GFLOP/s (matrix product)")
    for engine, method in methods.items():
        weights = method.card.parameters  # a multiplication for every weight, an addition for every product and bias
        side = args.side * (args.scale if method.card.domain == "ilr" else 1)
        work = 2.0 * weights * side**2
        best, median = min(of_method[engine]), statistics.median(of_method[engine])
        print(
            f"{engine:12} method {best:.3f} s (median {median:.3f}), {work / best / 1e9:.0f} GFLOP/s, {work / best / peak:.0%} of peak; "
            f"picture {min(of_picture[engine]):.3f} s (median {statistics.median(of_picture[engine]):.3f})"
        )


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
