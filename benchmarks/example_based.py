"""Seconds of every method for a 512x512 result at x3, one thread, warm, beside the floor that arithmetic sets.

The seconds are those of the processor, which on a machine with nothing else to do are those of the clock.

Run it as ``python benchmarks/example_based.py [METHOD ...]``; without names all methods that have weights for x3 are
measured.
All are timed in turns, so that whatever else the machine does hurts them alike.
"""

import os
import statistics
import sys
import time
import tracemalloc

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402 (after the threads are set)
from numpy.typing import NDArray  # noqa: E402

from srcnn import methods  # noqa: E402
from srcnn.benchmark.cost import cost  # noqa: E402
from srcnn.degrade import degrade  # noqa: E402

SCALE = 3
SIDE = 513  # the multiple of 3 next to 512
REPEATS = 5


def image(side: int = SIDE) -> NDArray[np.float32]:
    """A low-resolution plane of smooth shades, edges and a little noise: nothing flat that a method could skip."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    shades = 0.3 * np.sin(9 * x + 5 * y * y) + 0.2 * np.sign(np.sin(40 * x * y + 3 * y))
    hr = 0.5 + shades + 0.02 * rng.standard_normal((side, side))
    return np.asarray(degrade(np.clip(hr, 16 / 255, 235 / 255).astype(np.float32), SCALE), np.float32)


def peak(dtype: type[np.floating]) -> float:
    """Operations a second of a large product of matrices, in 1e9."""
    side = 768
    a = np.random.default_rng(0).random((side, side)).astype(dtype)
    times = []
    for _ in range(9):
        start = time.process_time()
        a @ a
        times.append(time.process_time() - start)
    return 2e-9 * side**3 / min(times)


def main() -> None:
    """Print one line a method: median and best seconds, memory, and how near the floor."""
    lr = image()
    names = sys.argv[1:] or methods.available(SCALE)
    made = {name: methods.load(name, SCALE, threads=1) for name in names}
    times: dict[str, list[float]] = {name: [] for name in made}
    for method in made.values():
        method.upscale(lr)
    for _ in range(REPEATS):
        for name, method in made.items():
            start = time.process_time()
            method.upscale(lr)
            times[name].append(time.process_time() - start)
    single, double = peak(np.float32), peak(np.float64)
    print(
        f"{SIDE}x{SIDE} at x{SCALE}, {REPEATS} rounds, one thread, warm; matrix products reach {single:.0f} "
        f"and {double:.0f} GFlop/s"
    )
    print(f"{'method':16} {'median':>9} {'best':>9} {'memory':>9} {'floor':>9}  best / floor")
    for name, method in made.items():
        tracemalloc.start()
        method.upscale(lr)
        memory = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        line = f"{name:16} {statistics.median(times[name]):7.3f} s {min(times[name]):7.3f} s {memory:6.0f} MB"
        counted = cost(name, SCALE)
        if counted is not None:
            floor = 2e-9 * lr.size * SCALE**2 * (counted.single / single + counted.double / double)
            line += f" {floor:7.3f} s  {min(times[name]) / floor:.1f}"
        print(line)


if __name__ == "__main__":
    main()
