"""Images of the documentation that a model makes, and what the commands that make them print."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.tables import worn_sheets
from scripts.tables.fingerprints import of_models
from scripts.tables.measured import ROOT, Measurement
from srcnn.automatic import CLEAN, WORN
from srcnn.methods import resolve

SHOWN = ROOT / "docs" / "images"
COMPARED = ("bicubic", "a+", "srcnn-9-5-5", CLEAN)
LARGEST = 200_000  # bytes
_EXAMPLES = ROOT / "examples"
_GAP = 8  # pixels between two images side by side


@dataclass(frozen=True)
class Shown:
    """An image: the models at a scale that it depends on, and what makes it in an empty folder.

    ``make`` gives the path of the image and what the command printed.
    """

    models: tuple[str, ...]
    scale: int
    make: Callable[[Path], tuple[Path, str]]


def _srcnn(folder: Path, *words: str) -> str:
    """Run a command as a user does; what it prints, without the names of the files that it wrote."""
    command = [sys.executable, "-m", "srcnn", *words]
    said = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    return "\n".join(line for line in said.splitlines() if not line.startswith("written:")).strip()


def _before_after(folder: Path) -> tuple[Path, str]:
    """The photograph by bicubic interpolation and by the default model, side by side."""
    images = []
    for model in ("bicubic", "auto"):
        _srcnn(folder, "upscale", str(_EXAMPLES / "cat.png"), "-m", model, "-o", f"{model}.png")
        images.append(Image.open(folder / f"{model}.png").convert("RGB"))
    before, after = images
    both = Image.new("RGB", (2 * before.width + _GAP, before.height), "white")
    both.paste(before, (0, 0))
    both.paste(after, (before.width + _GAP, 0))
    both.save(folder / "cat.webp", quality=88, method=6)
    return folder / "cat.webp", ""


def _chart(folder: Path) -> tuple[Path, str]:
    _srcnn(folder, "upscale", str(_EXAMPLES / "chart.png"), "-s", "2", "-o", "chart_x2.png")
    return folder / "chart_x2.png", ""


def _sheet(folder: Path) -> tuple[Path, str]:
    chart, methods = str(_EXAMPLES / "chart.png"), ",".join(COMPARED)
    crop = ("--crop", "10,8,56,56")
    said = _srcnn(folder, "compare", chart, "--methods", methods, "-s", "2", *crop, "-o", "sheet.png")
    return folder / "sheet.png", said


def _worn(wear: str) -> Shown:
    def make(folder: Path) -> tuple[Path, str]:
        path = folder / "sheet.webp"
        worn_sheets.draw(wear, path)
        return path, ""

    return Shown((CLEAN, WORN), worn_sheets.SCALE, make)


IMAGES = {
    "cat.webp": Shown((CLEAN,), 3, _before_after),
    "chart_x2.png": Shown((CLEAN,), 2, _chart),
    "compare.png": Shown(COMPARED, 2, _sheet),
    **{f"photo_{wear.replace('+', '_')}.webp": _worn(wear) for wear in worn_sheets.WEARS},
}
"""By their name below docs/images."""


def _parts() -> dict[str, str]:
    return {name: of_models(tuple(map(resolve, shown.models)), shown.scale) for name, shown in IMAGES.items()}


def _measure(name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        made, says = IMAGES[name].make(Path(folder))
        copy_small(made, SHOWN / name)
    return {"says": says, "sha256": digest(name)}


PICTURED = Measurement("images", _parts, _measure)


def digest(name: str) -> str:
    """The hash of an image as it is stored."""
    return hashlib.sha256((SHOWN / name).read_bytes()).hexdigest()


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


def draw_comparison() -> str:
    """What ``srcnn compare`` prints in the tutorial."""
    return f"```text\n{PICTURED.values()['compare.png']['says']}\n```"
