"""The exit status tells a wrong call (2) from a call that went wrong (1)."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.files import write_image
from srcnn.files.picture import Picture


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_image(tmp_path / "a.png", Picture(np.zeros((12, 12), np.uint8)))
    return str(tmp_path / "a.png")


@pytest.mark.parametrize(
    "arguments",
    [
        ("upscale", "IMAGE", "--model", "nobody"),
        ("upscale", "IMAGE", "--scale", "-1"),
        ("score", "IMAGE", "IMAGE", "--metrics", "nothing"),
        ("benchmark", "--methods", "bicubic", "--metrics", "nothing", "--data", "FOLDER", "--output", "FOLDER/out"),
        ("train", "FOLDER/none.toml", "--data", "FOLDER"),
    ],
)
def test_a_wrong_call(arguments: tuple[str, ...], image: str) -> None:
    assert status(arguments, image) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("upscale", "FOLDER/none.png", "--model", "bicubic"),
        ("upscale", "FOLDER/torn.png", "--model", "bicubic"),
        ("score", "IMAGE", "FOLDER/none.png"),
        ("report", "FOLDER"),
        ("benchmark", "--methods", "bicubic", "--datasets", "none", "--data", "FOLDER", "--output", "FOLDER/out"),
    ],
)
def test_a_call_that_went_wrong(arguments: tuple[str, ...], image: str) -> None:
    assert status(arguments, image) == 1


def status(arguments: tuple[str, ...], image: str) -> int:
    folder = str(Path(image).parent)
    Path(folder, "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    result = CliRunner().invoke(main, [a.replace("IMAGE", image).replace("FOLDER", folder) for a in arguments])
    assert result.stderr.count("\n") >= 1  # why
    return result.exit_code
