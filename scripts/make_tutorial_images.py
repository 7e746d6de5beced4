"""Run the commands of the tutorial, print what they say, and put the images that they make into ``docs/images``.

``python scripts/make_tutorial_images.py PHOTOS OTHERS``: a folder of images to train on, and one of which the first
three are measured.
It takes the minutes that the page trains for, and a few more.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from srcnn.files.formats import is_image

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
IMAGES = {
    "examples/chart.png": "chart.png",
    "chart_x2.png": "chart_x2.png",
    "sheet.png": "compare.png",
    "runs/photos/learning_curve.png": "learning_curve.png",
    "inside/filters.png": "filters.png",
    "runs/table/report/figures/multiplications_holiday_x2.png": "multiplications.png",
}
"""What is shown, and its name below ``docs/images``."""

LARGEST = 200_000  # bytes


def main(photos: Path, others: Path) -> None:
    """Run all of it in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").symlink_to(photos.resolve())
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "sets" / "holiday").mkdir(parents=True)
        for image in sorted(path for path in others.iterdir() if is_image(path))[:3]:
            shutil.copy(image, folder / "sets" / "holiday")
        for command in commands(PAGE.read_text(encoding="utf-8")):
            print(f"$ {command}", flush=True)
            subprocess.run([sys.executable, "-m", *shlex.split(command)], cwd=folder, check=True)
        for made, shown in IMAGES.items():
            copy_small(folder / made, ROOT / "docs" / "images" / shown)


def copy_small(made: Path, shown: Path) -> None:
    """Copy an image; a large one gets a palette of 256 colours, in which lines and letters stay as they are."""
    if made.stat().st_size <= LARGEST:
        shutil.copy(made, shown)
        return
    with Image.open(made) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(shown, optimize=True)
    size = shown.stat().st_size
    if size > LARGEST:
        print(f"{shown} has {size} bytes; a page should show images of at most {LARGEST}")


def commands(page: str) -> list[str]:
    """The commands of a page, without the one that goes on training for an hour."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("srcnn ") and "--resume" not in line]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
