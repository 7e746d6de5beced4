"""Which images a report shows, and which part of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from srcnn.benchmark.records import Key, Records, Score
from srcnn.benchmark.saved_images import result_path, save_images
from srcnn.image.arrays import Bytes
from srcnn.report.shown import shown_images

SPOT = (700, 520)  # column and row around which the methods differ


def run(folder: Path, sizes: dict[str, tuple[int, int]]) -> Records:
    """Two methods that differ by a spot, most in the last image."""
    scores = []
    for number, (image, (height, width)) in enumerate(sizes.items()):
        flat: Bytes = np.full((height, width, 3), 90, np.uint8)
        spot = flat.copy()
        x, y = SPOT if width > SPOT[0] else (width // 2, height // 2)
        spot[y - 9 : y + 9, x - 9 : x + 9] += 50
        for method, pixels in (("a", flat), ("b", spot)):
            key = Key(method, "set", 2, image)
            save_images(folder, key, flat, pixels)
            scores.append(Score(key, {"psnr": 30.0 + (number if method == "b" else 0)}, 0.1))
    return Records(("psnr",), tuple(scores), {"saved_images": True})


def test_the_image_that_differs_most_and_where_it_does(tmp_path: Path) -> None:
    records = run(tmp_path, {"small": (60, 80), "large": (700, 900)})
    (shown,) = shown_images(records, tmp_path)
    assert shown.key.image == "large"
    assert shown.whole == (900, 700)
    assert max(shown.original.shape[:2]) <= 384
    x, y = shown.part.x + shown.window.x, shown.part.y + shown.window.y
    assert x <= SPOT[0] - 9
    assert x + shown.window.width >= SPOT[0] + 9
    assert y <= SPOT[1] - 9
    assert y + shown.window.height >= SPOT[1] + 9
    assert shown.results["b"][1] == "31.00"
    assert [image.key.image for image in shown_images(records, tmp_path, 5)] == ["large", "small"]
    assert not list(shown_images(records, tmp_path, 0))


def test_a_small_image_is_shown_whole(tmp_path: Path) -> None:
    (shown,) = shown_images(run(tmp_path, {"small": (40, 50)}), tmp_path)
    assert shown.original.shape == (40, 50, 3)
    assert (shown.window.width, shown.window.height) == (50, 40)


def test_images_of_another_run_are_not_shown(tmp_path: Path) -> None:
    records = run(tmp_path, {"small": (40, 50)})
    assert not list(shown_images(replace(records, run={}), tmp_path))


def test_an_image_that_is_gone_is_left_out(tmp_path: Path) -> None:
    records = run(tmp_path, {"small": (40, 50)})
    result_path(tmp_path, records.scores[1].key).unlink()
    (shown,) = shown_images(records, tmp_path)
    assert list(shown.results) == ["a"]
    result_path(tmp_path, records.scores[0].key).write_bytes(b"no image")
    assert not list(shown_images(records, tmp_path))
