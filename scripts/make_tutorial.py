"""Run the commands of the tutorial; put what they print into its pages, and what they make into ``docs/images``.

``python -m scripts.make_tutorial PHOTOS OTHERS``: a folder of images to train on, and one of which the first three are
measured.
It takes the minutes that the page trains for, and a few more.
What needs no training is made by `python -m scripts.tables`.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scripts.tables.images import SHOWN, copy_small
from scripts.tables.measured import ROOT
from srcnn.files.formats import is_image

PAGES = (ROOT / "docs" / "tutorial.md", ROOT / "docs" / "tutorial.ko.md")
IMAGES = {
    "runs/photos/learning_curve.png": "learning_curve.png",
    "inside/filters.png": "filters.png",
    "runs/table/report/figures/multiplications_holiday_x2.png": "multiplications.png",
}
"""What is shown, and its name below ``docs/images``."""

_BLOCK = re.compile(r"^```sh\n(?P<code>.*?)^```$(?P<said>\n\n```text\n(?P<text>.*?)^```$)?", re.MULTILINE | re.DOTALL)


def main(photos: Path, others: Path) -> None:
    """Run all of it in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").symlink_to(photos.resolve())
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "sets" / "holiday").mkdir(parents=True)
        for image in sorted(path for path in others.iterdir() if is_image(path))[:3]:
            shutil.copy(image, folder / "sets" / "holiday")
        said = {}
        for command in commands(PAGES[0].read_text(encoding="utf-8")):
            print(f"$ {command}", flush=True)
            said[command] = _run(command, folder)
            print(said[command])
        for made, shown in IMAGES.items():
            copy_small(folder / made, SHOWN / shown)
    for page in PAGES:
        page.write_text(with_outputs(page.read_text(encoding="utf-8"), said), encoding="utf-8")


def _run(command: str, folder: Path) -> str:
    """What a command prints as its result and about its work, without the lines that a progress bar overwrites."""
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=folder,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return "\n".join(line.rpartition("\r")[2].rstrip() for line in done.stdout.strip().splitlines())


def commands(page: str) -> list[str]:
    """The commands of a page, without the one that goes on training for an hour."""
    return [command for found in _BLOCK.finditer(page) for command in _commands(found["code"])]


def _commands(code: str) -> list[str]:
    lines = code.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("srcnn ") and "--resume" not in line]


def with_outputs(page: str, said: Mapping[str, str]) -> str:
    """The page with what its commands printed, where a block of text follows their block."""

    def block(found: re.Match[str]) -> str:
        known = [said[command] for command in _commands(found["code"]) if command in said]
        if found["said"] is None or not known:
            return found[0]
        return f"```sh\n{found['code']}```\n\n```text\n{chr(10).join(known)}\n```"

    return _BLOCK.sub(block, page)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
