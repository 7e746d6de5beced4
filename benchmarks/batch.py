"""A batch of small files, one after the other and with their reading, computing and writing overlapped.

Processor time must be the same; time by the clock needs two cores with nothing else to do.

    python benchmarks/batch.py photo.jpg --formats jpeg,png,webp
"""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from srcnn.batch import run
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture
from srcnn.output import WriteOptions
from srcnn.planning import Job, plan
from srcnn.prepared import Upscaled
from srcnn.turns import Turns
from srcnn.upscale_file import UpscaleFile

_HEIGHT, _WIDTH = 480, 640


def main(
    image: Annotated[Path, typer.Argument(help="An image of at least 800x560 pixels.")],
    count: Annotated[int, typer.Option(help="How many parts of it are upscaled.")] = 6,
    formats: Annotated[str, typer.Option(help="Formats of the results.")] = "jpeg,png,tiff,webp,avif",
    model: Annotated[str, typer.Option(help="The model.")] = "fast",
    threads: Annotated[int, typer.Option("--threads", "-j", help="Number of threads.")] = 2,
) -> None:
    """Print seconds by the clock and of processor time, both ways in turns, after a round that does not count."""
    with tempfile.TemporaryDirectory() as folder:
        source = _parts(image, count, Path(folder) / "in")
        print(f"{'format':8}{'overlapped':12}{'seconds':>9}{'CPU s':>9}")
        for fmt in formats.split(","):
            for number, overlapped in enumerate((False, False, True, False, True)):
                wall, cpu = _timed(source, Path(folder) / f"{fmt}-{number}", fmt, model, threads, overlapped=overlapped)
                if number:
                    print(f"{fmt:8}{'yes' if overlapped else 'no':12}{wall:9.2f}{cpu:9.2f}")


def _parts(image: Path, count: int, folder: Path) -> Path:
    pixels = read_image(image).pixels
    height, width = (side - part for side, part in zip(pixels.shape, (_HEIGHT, _WIDTH), strict=False))
    folder.mkdir()
    for number in range(count):
        y, x = number * height // count, number * width // count
        write_image(folder / f"{number}.jpg", Picture(pixels[y : y + _HEIGHT, x : x + _WIDTH].copy()))
    return folder


def _timed(source: Path, target: Path, fmt: str, model: str, threads: int, *, overlapped: bool) -> tuple[float, float]:
    work = UpscaleFile(model=model, threads=threads, options=WriteOptions(format=fmt))
    turns = Turns() if overlapped else None

    def one(job: Job[Path]) -> Upscaled:
        return work(job) if turns is None else work(job, turns.listener(lambda done, total: None))

    wall, cpu = time.perf_counter(), time.process_time()
    states = {outcome.state for outcome in run(plan([source], target, suffix="", format_name=fmt), one, turns=turns)}
    assert states == {"done"}, states
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    typer.run(main)
