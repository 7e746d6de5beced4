"""Images to fit to."""

from pathlib import Path

import numpy as np
import pytest

from srcnn.files import write_image
from srcnn.files.picture import Picture


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A data folder with one training set of three images, ``tiny``."""
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    for number in (2, 1, 3):
        pixels = np.random.default_rng(number).integers(0, 256, (24, 30, 3), np.uint8)
        write_image(folder / f"{number}.png", Picture(pixels))
    (folder / "README.txt").write_text("not an image")
    return folder.parent
