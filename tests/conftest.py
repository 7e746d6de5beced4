"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a busy machine is no bug. The same examples in every run.
settings.register_profile("srcnn", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("srcnn")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with Set5, T91, …: where ``SRCNN_DATA`` points; a test that asks for it is skipped without."""
    folder = os.environ.get("SRCNN_DATA")
    if not folder:
        pytest.skip("SRCNN_DATA is not set: it names the folder with Set5, T91, …")
    return Path(folder)


@pytest.fixture(scope="session")
def goldens_dir(data_dir: Path) -> Path:
    """The folder of golden values beside the picture sets."""
    folder = data_dir.parent / "goldens"
    if not folder.is_dir():
        pytest.skip(f"no folder of golden values at {folder}")
    return folder
