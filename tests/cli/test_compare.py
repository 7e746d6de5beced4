"""``srcnn compare``: the files it writes and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.files.io import write_image
from srcnn.files.picture import Picture

RUNNER = CliRunner()


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_image(tmp_path / "small.png", Picture(np.random.default_rng(0).integers(0, 256, (42, 60, 3), np.uint8)))
    return str(tmp_path / "small.png")


def test_a_sheet_and_a_page(image: str, tmp_path: Path) -> None:
    arguments = ["compare", image, "--methods", "bicubic,srcnn-9-1-5", "-s", "3", "--crop", "10,10,20,20"]
    result = RUNNER.invoke(main, [*arguments, "-o", str(tmp_path / "sheet.png"), "-o", str(tmp_path / "slider.html")])
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert min(sheet.size) > 200
    assert "srcnn-9-1-5" in (tmp_path / "slider.html").read_text(encoding="utf-8")
    lines = result.stdout.splitlines()
    assert lines[0].split()[0] == "bicubic"
    assert lines[0].split()[2] == "dB"


def test_its_psnr_is_that_of_score(image: str, tmp_path: Path) -> None:
    arguments = ["compare", image, "--methods", "bicubic", "-s", "2", "-o", str(tmp_path / "sheet.svg")]
    compared = RUNNER.invoke(main, arguments).stdout.split()[1]
    small, large = tmp_path / "small_x0.5.png", tmp_path / "large.png"
    from srcnn.degrade import degrade, enlarge
    from srcnn.files.io import read_image
    from srcnn.image.arrays import to_floats, to_integers

    lr = degrade(to_floats(read_image(Path(image)).pixels), 2)
    write_image(large, Picture(to_integers(enlarge(lr, 2))))
    assert not small.exists()
    scored = RUNNER.invoke(main, ["score", image, str(large), "--scale", "2", "--metrics", "psnr"]).stdout
    assert (
        abs(float(compared) - float(next(w for w in scored.split() if w.replace(".", "").isdigit() and "." in w))) < 0.1
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "sheet.gif"], "cannot write sheet.gif"),
        (["-o", "s.png", "--crop", "50,0,20,20"], "the image has 60x42 pixels"),
        (["-o", "s.png", "--crop", "all"], "a crop is four whole numbers"),
        (["-o", "s.png", "--methods", "bicubik"], "did you mean 'bicubic'"),
        (["-o", "s.png", "-s", "1"], "at least 2"),
    ],
)
def test_wrong_use_is_told_in_a_line(
    image: str, more: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = RUNNER.invoke(main, ["compare", image, *more])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]


def test_an_image_as_it_is(image: str, tmp_path: Path) -> None:
    result = RUNNER.invoke(main, ["compare", image, "--as-is", "-s", "2", "-o", str(tmp_path / "sheet.png")])
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[:4]] == ["bicubic", "fast", "best", "photo"]
    assert "dB" not in result.stdout
