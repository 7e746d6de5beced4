"""Peak memory and time of `srcnn.upscale_file` for large results, each in a process of its own.

    python benchmarks/memory.py --megapixels 24,100,400,1000 --formats .jpg,.png,.tif --models bicubic,fast

The small image is smooth shapes with noise, an uncompressed TIFF file; its file and its pixels count, as everything
does that the process holds.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def make_source(path: Path, megapixels: float, scale: int) -> None:
    """An image of 4:3 whose enlargement has about so many megapixels."""
    import pyvips

    height = round((megapixels * 1e6 * 3 / 4) ** 0.5 / scale)
    width = round(height * 4 / 3)
    noise = pyvips.Image.gaussnoise(width, height, mean=0, sigma=3)
    waves = pyvips.Image.sines(width, height, hfreq=7, vfreq=5).linear(60, 128)
    zone = pyvips.Image.zone(width, height).linear(40, 0)
    (waves + zone + noise).bandjoin([waves + noise, waves - zone + noise]).cast("uchar").copy(
        interpretation="srgb"
    ).tiffsave(str(path))


def work(source: str, target: str, scale: int, model: str, threads: int | None) -> None:
    """Enlarge one file and print what it took."""
    import srcnn

    start, processor = time.perf_counter(), time.process_time()
    srcnn.upscale_file(source, target, scale, model, threads=threads, limited=False)
    took = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": took[0], "processor": took[1], "peak": peak, "size": Path(target).stat().st_size}))


def measure(source: Path, target: Path, scale: int, model: str, threads: int | None) -> dict[str, float]:
    """The same in a fresh process."""
    command = [sys.executable, __file__, "--work", str(source), str(target), str(scale), model, str(threads or 0)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a Markdown table, row by row."""
    if sys.argv[1:2] == ["--work"]:
        names = sys.argv[2:]
        work(names[0], names[1], int(names[2]), names[3], int(names[4]) or None)
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", default="24,100,400,1000")
    parser.add_argument("--formats", default=".jpg,.png,.tif")
    parser.add_argument("--models", default="bicubic,fast")
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--folder", type=Path, help="Where the files lie; they are removed.")
    options = parser.parse_args()
    print("| megapixels | format | model | peak MB | seconds | processor seconds | file MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for megapixels in map(float, options.megapixels.split(",")):
            source = Path(folder) / "source.tif"
            make_source(source, megapixels, options.scale)
            for suffix in options.formats.split(","):
                for model in options.models.split(","):
                    target = Path(folder) / f"result{suffix}"
                    took = measure(source, target, options.scale, model, options.threads)
                    target.unlink()
                    times = f"{took['seconds']:.1f} | {took['processor']:.1f}"
                    figures = f"{took['peak'] / 1e6:.0f} | {times} | {took['size'] / 1e6:.0f}"
                    print(f"| {megapixels:g} | {suffix} | {model} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
