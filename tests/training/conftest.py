"""Low-resolution images to train on, made by the tests themselves."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.training.config import TrainConfig


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images of smooth shapes with sharp edges: something that a network can learn to sharpen."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:60, :72]
    for number in range(6):
        angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 9)
        stripes = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) / rng.uniform(2, 5) + phase) > 0
        image = np.stack([stripes * 150 + columns, stripes * 120 + rows, 200 - stripes * 90], axis=2)
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def config() -> TrainConfig:
    """A run of seconds."""
    return TrainConfig(
        net="srcnn-5-1-3",
        widths=(8, 4),
        scale=2,
        data=(".",),
        patch=20,
        batch=4,
        steps=12,
        holdout=3,
        warm_up=2,
        refresh=5,
        ema=0.9,
    )
