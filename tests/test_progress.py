"""The blocks of an image are told one by one, and the listener can stop the work."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn import enlargement
from srcnn.enlargement import enlarged_strips
from srcnn.files.io import write_image
from srcnn.files.picture import Picture
from srcnn.methods.base import Options
from srcnn.planning import Job
from srcnn.progress import Blocks, counting, expected
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

Told = list[tuple[int, int]]


def told_of(model: str, height: int, width: int, scale: int, **options: Any) -> Told:
    told: Told = []
    pixels = np.zeros((height, width), np.uint8)
    listener = lambda done, total: told.append((done, total))  # noqa: E731
    layout = TargetSize(scale=scale).of(height, width)
    strips = enlarged_strips(pixels, None, layout, model, Options(**options), listener)
    assert sum(len(part) for part, _ in strips) == height * scale
    return told


@pytest.mark.parametrize("threads", [1, 2])
def test_every_block_of_a_network_is_told(threads: int) -> None:
    # Blocks of a network at low resolution have at most 256 rows.
    assert told_of("plain-s", 600, 20, 2, threads=threads) == [(n, 3) for n in range(4)]


def test_blocks_of_what_is_cropped_are_not_computed() -> None:
    told: Told = []
    pixels = np.zeros((600, 20), np.uint8)
    layout = TargetSize(fill=(40, 100)).of(600, 20)  # the middle of 1200 rows, within the second of three blocks
    listener = lambda done, total: told.append((done, total))  # noqa: E731
    assert sum(len(part) for part, _ in enlarged_strips(pixels, None, layout, "plain-s", Options(), listener)) == 100
    assert told == [(0, 3), (1, 3), (3, 3)]


def test_the_blocks_of_all_steps_and_turns_count() -> None:
    told = told_of("plain-s+tta", 20, 20, 6, threads=1)  # two steps of eight blocks each
    assert told == [(n, 16) for n in range(17)]


def test_strips_count_where_there_are_no_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlargement, "_STRIP", 400)
    assert told_of("bicubic", 20, 20, 2) == [(n, 4) for n in range(5)]


def test_the_listener_can_stop_the_work_and_no_file_is_left(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((600, 20), np.uint8)))

    class CancelledError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        UpscaleFile(size=TargetSize(scale=2), model="fast", threads=2)(
            Job(tmp_path / "a.png", tmp_path / "b.png"), stop
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_blocks_that_needed_no_work_are_done_at_the_end() -> None:
    told: Told = []
    blocks = Blocks(lambda done, total: told.append((done, total)))
    with counting(blocks):
        advance = expected(3)
    threads = [threading.Thread(target=advance) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    blocks.finish()
    assert told == [(1, 3), (2, 3), (3, 3)]
    expected(7)()  # outside of any image
    assert blocks.total == 3
