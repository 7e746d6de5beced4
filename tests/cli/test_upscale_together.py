"""Several processes of `srcnn upscale` on one folder, and stops at any moment: what users do over a night."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from srcnn.files.io import write_image
from srcnn.files.picture import Picture

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals and locks of POSIX")]


def start(folder: Path, output: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "srcnn", "upscale", "in", "-o", output, "-m", "fast", "-s", "2", "-j", "1", "--json"],
        cwd=folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def images(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        place = folder / "in" / f"{number % 3}"
        place.mkdir(parents=True, exist_ok=True)
        shape = (int(rng.integers(8, 40)), int(rng.integers(8, 40)), 3)
        write_image(place / f"{number}.png", Picture(rng.integers(0, 256, shape, np.uint8)))


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_over_two_hundred_images_do_each_once(tmp_path: Path) -> None:
    images(tmp_path, 200)
    children = [start(tmp_path, "out") for _ in range(2)]
    states: dict[str, list[str]] = {}
    for child in children:
        out, err = child.communicate(timeout=600)
        assert child.returncode == 0, err
        rows = [json.loads(line) for line in out.splitlines()]
        assert len(rows) == 200
        for row in rows:
            states.setdefault(row["input"], []).append(row["state"])
    assert Counter(tuple(sorted(pair)) for pair in states.values()) == {("done", "skipped"): 200}
    assert len(content(tmp_path / "out")) == 200


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_stop_at_any_moment_and_the_same_command_again(tmp_path: Path, name: str) -> None:
    images(tmp_path, 12)
    undisturbed = start(tmp_path, "undisturbed")
    undisturbed.communicate(timeout=600)
    assert undisturbed.returncode == 0
    delays = random.Random(name)
    for attempt in range(10):
        child = start(tmp_path, "out")
        try:
            child.communicate(timeout=delays.uniform(0, 1 + attempt / 3))
        except subprocess.TimeoutExpired:
            child.send_signal(getattr(signal, name))
            child.communicate(timeout=600)
        # Whatever it left, each file that is there is whole.
        expected = content(tmp_path / "undisturbed")
        there = {
            path: data for path, data in content(tmp_path / "out").items() if not path.split("/")[-1].startswith(".")
        }
        assert there.items() <= expected.items()
    last = start(tmp_path, "out")
    last.communicate(timeout=600)
    assert last.returncode == 0
    assert content(tmp_path / "out") == content(tmp_path / "undisturbed")
