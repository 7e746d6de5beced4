"""Seconds and memory of every metric on a 512x512 pair, one thread, warm.

Run it as ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/metrics.py``.
"""

import os
import statistics
import time
import tracemalloc

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402 (after the threads are set)

from srcnn.metrics import METRICS, Metric  # noqa: E402

SIDE = 512
REPEATS = 9


def make_pair(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """An image of smoothed noise, and the same with noise of 5 grey levels added, both uint8."""
    rng = np.random.default_rng(0)
    hr = np.cumsum(np.cumsum(rng.normal(size=(side, side)), axis=0), axis=1)
    hr = (hr - hr.min()) / np.ptp(hr) * 200 + 20 * rng.random((side, side))
    sr = hr + rng.normal(scale=5, size=hr.shape)
    return np.clip(hr, 0, 255).astype(np.uint8), np.clip(sr, 0, 255).astype(np.uint8)


def seconds(metric: Metric, hr: np.ndarray, sr: np.ndarray) -> float:
    """Median of several runs after one that is not counted."""
    metric.function(hr, sr, data_range=255.0)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        metric.function(hr, sr, data_range=255.0)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_multiple(metric: Metric, hr: np.ndarray, sr: np.ndarray) -> float:
    """Peak of the memory that NumPy allocates, in sizes of the image in float64."""
    tracemalloc.start()
    try:
        metric.function(hr, sr, data_range=255.0)
        return tracemalloc.get_traced_memory()[1] / (hr.size * 8)
    finally:
        tracemalloc.stop()


def main() -> None:
    """Print one line a metric and the sum."""
    hr, sr = make_pair()
    total = 0.0
    print(f"{SIDE}x{SIDE}, median of {REPEATS}, one thread, warm")
    for metric in METRICS.values():
        elapsed = seconds(metric, hr, sr)
        total += elapsed
        print(f"{metric.name:8} {elapsed:8.4f} s   peak {peak_multiple(metric, hr, sr):5.1f} x the image in float64")
    print(f"{'all':8} {total:8.4f} s")


if __name__ == "__main__":
    main()
