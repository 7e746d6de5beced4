"""What the commands do, from Python: the same figures, the same files, the same refusals."""

from pathlib import Path

import numpy as np
import pytest

import srcnn
from srcnn.benchmark.records import read
from srcnn.image.arrays import Bytes
from srcnn.visualise.crop import Crop

RGB: Bytes = np.random.default_rng(0).integers(0, 256, (42, 60, 3), np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the set "one", of one image."""
    folder = tmp_path / "data" / "one"
    folder.mkdir(parents=True)
    srcnn.write_image(folder / "a.png", srcnn.Picture(RGB))
    return tmp_path / "data"


def test_compare_takes_a_file_a_picture_and_an_array(data: Path) -> None:
    path = data / "one" / "a.png"
    texts = {str(srcnn.compare(image, "bicubic", 2)) for image in (path, str(path), srcnn.read_image(path), RGB)}
    assert len(texts) == 1
    assert srcnn.compare(path, "bicubic", 2).title == "a"


def test_compare_writes_what_it_is_asked_for(tmp_path: Path) -> None:
    files = [tmp_path / "sheet.png", tmp_path / "slider.html"]
    compared = srcnn.compare(RGB, ["bicubic", "a+"], 3, output=files, crop=Crop(10, 10, 20, 20), title="noise")
    assert repr(compared) == "Comparison('noise', scale=3, bicubic, a+)"
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert "noise x3" in files[1].read_text(encoding="utf-8")
    assert compared._repr_png_().startswith(b"\x89PNG")
    single = srcnn.compare(RGB, "bicubic", 3, output=tmp_path / "one.svg")
    assert (tmp_path / "one.svg").exists()
    assert single.results[0].scores == compared.results[0].scores


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"output": "sheet.gif"}, "cannot write sheet.gif"),
        ({"crop": Crop(50, 0, 20, 20)}, "the image has 60x42 pixels"),
        ({"methods": " , "}, "methods is empty"),
        ({"methods": 3}, "methods must be names"),
        ({"methods": ["bicubic", 3]}, "methods must be a name or a list of names"),
        ({"scale": 1}, "at least 2"),
        ({"scale": 2.5}, "scale must be a whole number"),
    ],
)
def test_compare_refuses(change: dict[str, object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(srcnn.OptionError, match=said):
        srcnn.compare(RGB, **{"methods": "bicubic", **change})  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_benchmark_gives_what_it_saves(data: Path, tmp_path: Path) -> None:
    told: list[int] = []
    results = srcnn.benchmark(
        "bicubic", ["one"], (2, 3), data=data, output=tmp_path / "out", on_progress=lambda *what: told.append(what[1])
    )
    assert told == [1, 2]
    assert [score.values for score in read(tmp_path / "out").scores] == [score.values for score in results.scores]
    assert [table.title for table in results.tables] == ["one x2", "one x3"]
    assert str(results).splitlines()[0] == "one x2, mean of 1 image"
    assert "| `bicubic` |" in results._repr_markdown_()
    assert "\n" not in repr(results)


def test_benchmark_saves_nothing_unless_it_is_told_where(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SRCNN_DATA", str(data))
    srcnn.benchmark("bicubic", "one", 2, metrics=["psnr"])
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    with pytest.raises(srcnn.OptionError, match="resume needs the output folder"):
        srcnn.benchmark("bicubic", "one", 2, resume=True)


def test_report_lies_beside_the_scores(data: Path, tmp_path: Path) -> None:
    srcnn.benchmark("bicubic", "one", 2, data=data, output=tmp_path / "out")
    files = srcnn.report(str(tmp_path / "out"))
    assert files[0] == tmp_path / "out" / "report" / "index.html"
    assert all(path.exists() for path in files)
