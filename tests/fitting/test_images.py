"""The training images that a recipe asks for."""

from pathlib import Path

import numpy as np
import pytest

from srcnn.errors import DataError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.fitting.images import read_luma, training_images
from srcnn.image.colour import luma_bytes


def test_a_folder_of_sets_and_a_set_itself_both_do(images: Path) -> None:
    found = training_images(images, ("tiny",))
    assert [path.name for path in found] == ["1.png", "2.png", "3.png"]
    assert training_images(images / "tiny", ("tiny",)) == found


@pytest.mark.parametrize("sets", [("other",), ("tiny", "other")])
def test_a_missing_set_is_refused(images: Path, sets: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"no (folder of )?training images .*give the folder that holds"):
        training_images(images, sets)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder of training images at .*nowhere; give the folder that holds T91"):
        training_images(tmp_path / "nowhere", ("T91",))


def test_luma_is_the_protocols(images: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (24, 30, 3), np.uint8)
    luma = read_luma(images / "tiny" / "1.png")
    assert luma.dtype == np.float32
    np.testing.assert_array_equal(luma, luma_bytes(pixels).astype(np.float32) / np.float32(255))
    write_image(tmp_path / "deep.png", Picture(np.zeros((5, 5), np.uint16)))
    with pytest.raises(DataError, match=r"deep\.png has 16"):
        read_luma(tmp_path / "deep.png")
