import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from srcnn.cli.score import score
from srcnn.errors import OptionError, ShapeError
from srcnn.files import Picture, write_image
from srcnn.image.resize import modcrop


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(score)
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    pixels = np.random.default_rng(0).integers(0, 250, size=(30, 36, 3), dtype=np.uint8)
    write_image(tmp_path / "hr.png", Picture(pixels))
    write_image(tmp_path / "sr.png", Picture(pixels + np.uint8(5)))
    return str(tmp_path / "hr.png"), str(tmp_path / "sr.png")


def test_table_is_the_default(pair: tuple[str, str]) -> None:
    result = run(*pair)
    assert result.exit_code == 0
    assert result.output.startswith("image   PSNR dB")
    assert "measured on luma (BT.601 studio range)" in result.output


def test_json_and_options_reach_the_library(pair: tuple[str, str]) -> None:
    result = run(*pair, "--format", "json", "--scale", "3", "--border", "4", "--metrics", "ssim,nqm")
    record = json.loads(result.output)
    assert (record["protocol"]["scale"], record["protocol"]["border"]) == (3, 4)
    assert list(record["mean"]) == ["ssim", "nqm"]
    assert (record["images"][0]["height"], record["images"][0]["width"]) == (22, 28)


def test_csv(pair: tuple[str, str]) -> None:
    header, row = run(*pair, "-f", "csv", "--metrics", "psnr").output.splitlines()
    assert header == "hr,sr,height,width,luma,bits,border,scale,psnr"
    assert row.startswith("hr.png,sr.png,30,36,BT.601 studio range,8,0,,")


def test_explain_shows_other_conventions(pair: tuple[str, str]) -> None:
    output = run(*pair, "--explain", "--scale", "2", "--metrics", "psnr").output
    for name in (
        "protocol",
        "full-range luma",
        "JPEG luma",
        "RGB",
        "no border cut",
        "mirrored edges",
        "no antialiasing",
    ):
        assert f"\n{name} " in output


def test_a_wrong_name_raises_the_librarys_error(pair: tuple[str, str]) -> None:
    result = run(*pair, "--metrics", "pnsr")
    assert isinstance(result.exception, OptionError)


def test_an_unknown_format_is_refused(pair: tuple[str, str]) -> None:
    assert run(*pair, "--format", "xml").exit_code == 2


def test_sizes_in_errors_are_width_and_height(tmp_path: Path) -> None:
    narrow = str(tmp_path / "narrow.png")
    write_image(narrow, Picture(np.zeros((30, 4), np.uint8)))
    for arguments, words in (
        (("--metrics", "ssim"), "at least 11 pixels per side, got 4x30"),
        (("--metrics", "psnr", "--border", "3"), "of an image of 4x30"),
    ):
        result = run(narrow, narrow, *arguments)
        assert words in str(result.exception)
    with pytest.raises(ShapeError, match="an image of 4x30 pixels is too small for scale 5"):
        modcrop(np.zeros((30, 4)), 5)
