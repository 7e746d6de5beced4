"""Results of earlier runs: what counts as one."""

from pathlib import Path

import numpy as np
import pytest

from srcnn.earlier import is_result, read_label
from srcnn.files.io import write_image
from srcnn.files.picture import Picture


@pytest.mark.parametrize("name", ["_x", "_wide", "_fit", "_3", "_2x", "_10x15", "_mp", "_h5x6", "_x0", "_w0"])
def test_other_names_are_none_of_a_result(name: str) -> None:
    assert read_label(f"cat{name}") is None


@pytest.mark.parametrize(
    ("image", "size", "name", "expected"),
    [
        ("cat.png", (12, 14), "cat_x2.png", True),
        ("cat.gif", (12, 14), "cat.gif_x2.png", True),
        ("cat.PNG", (12, 14), "cat_x2.webp", True),
        ("cat.png", (14, 12), "cat_x2.png", True),
        ("cat.png", (12, 15), "cat_x2.png", False),
        ("cat.png", (12, 14), "cat_x3.png", False),
        ("cat.png", (12, 14), "cat_w14xh12.bmp", True),
        ("cat.png", (12, 14), "cat_big.bmp", False),
        ("dog.png", (12, 14), "cat_x2.png", False),
        ("cat.png", (12, 14), "cat@2x.png", False),
    ],
)
def test_a_result_has_the_name_and_the_size(
    image: str, size: tuple[int, int], name: str, expected: bool, tmp_path: Path
) -> None:
    write_image(tmp_path / image, Picture(np.zeros((6, 7, 3), np.uint8)))
    write_image(tmp_path / name, Picture(np.zeros((*size, 3), np.uint8)))
    assert is_result(tmp_path / name) is expected
    assert not is_result(tmp_path / image)
