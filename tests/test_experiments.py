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
        ({"output": 5}, "output must be the path of a file, or several, got 5"),
        ({"output": ["sheet.png", 5]}, "output must be the path of a file, or several, got 5"),
        ({"crop": Crop(50, 0, 20, 20)}, "the image has 60x42 pixels"),
        ({"crop": Crop(50, 30, 10, 12), "scale": 4}, "the image has 60x40 pixels"),  # as it is cut
        ({"crop": (1, 2, 3, 4)}, r"crop must be a Crop .* got \(1, 2, 3, 4\)"),
        ({"methods": " , "}, "methods is empty"),
        ({"methods": 3}, "methods must be names"),
        ({"methods": ["bicubic", 3]}, "methods must be a name or a list of names"),
        ({"scale": 1}, "at least 2"),
        ({"scale": 2.5}, "scale must be a whole number"),
        ({"output": "none/sheet.png"}, "cannot write none/sheet.png: there is no such file or folder"),
        ({"output": ["sheet.png", "none/page.html"]}, "cannot write none/page.html"),
    ],
)
def test_compare_refuses_before_a_method_runs(
    change: dict[str, object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    with pytest.raises((srcnn.OptionError, srcnn.ImageError), match=said):
        srcnn.compare(RGB, **{"methods": "bicubic", "on_progress": told.append, **change})  # type: ignore[arg-type]
    assert not told
    assert not list(tmp_path.iterdir())


def test_compare_does_not_replace_its_image(tmp_path: Path) -> None:
    image, link = tmp_path / "image.png", tmp_path / "link.png"
    srcnn.write_image(image, srcnn.Picture(RGB))
    link.symlink_to(image)
    before = image.read_bytes()
    for output in (image, tmp_path / "." / "image.png", link):
        with pytest.raises(srcnn.OptionError, match="it is the image that is compared; name another file"):
            srcnn.compare(image, "bicubic", scale=2, output=[tmp_path / "page.html", output])
    assert image.read_bytes() == before
    assert not (tmp_path / "page.html").exists()


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


@pytest.mark.parametrize("output", ["file", "file/in", "nul\0l"])
def test_benchmark_knows_at_once_that_it_cannot_save(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"kept")
    told: list[object] = []
    with pytest.raises(srcnn.DataError, match="cannot write"):
        srcnn.benchmark("bicubic", "one", 2, data=data, output=output, on_progress=lambda *what: told.append(what))
    assert not told
    assert (tmp_path / "file").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scales": "2"}, "scales must be a whole number"),
        ({"scales": [2, 2.5]}, "scales must be a whole number"),
        ({"scales": None}, "scales must be a whole number"),
        ({"results": ["out"]}, "results must be folders by names of their own"),
        ({"results": {"mine": 5}}, "the folder of the results 'mine' must be a path, got 5"),
        ({"results": {5: "out"}}, "results must be folders by names of their own, got 5"),
        ({"data": 5}, "data must be the path of a folder"),
        ({"output": 5}, "output must be the path of a folder"),
        ({"workers": 2}, "workers are processes of a cluster"),
        ({"cluster": "ray", "workers": 0}, "workers must be a whole number of at least 1, got 0"),
        ({"cluster": "ray", "workers": "2"}, "workers must be a whole number of at least 1, got '2'"),
        ({"cluster": 5}, "a cluster is called ray or ray://HOST:PORT, got 5"),
    ],
)
def test_benchmark_refuses(data: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(srcnn.OptionError, match=said):
        srcnn.benchmark("bicubic", "one", **{"data": data, "scales": 2, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("scales", [2, 2.0, np.int64(2), [2], np.array([2]), iter([2])])
def test_all_ways_to_say_the_scales(data: Path, scales: object) -> None:
    results = srcnn.benchmark("bicubic", "one", scales, data=data)  # type: ignore[arg-type]
    assert [score.key.scale for score in results.scores] == [2]


def test_report_lies_beside_the_scores(data: Path, tmp_path: Path) -> None:
    srcnn.benchmark("bicubic", "one", 2, data=data, output=tmp_path / "out")
    files = srcnn.report(str(tmp_path / "out"))
    assert files[0] == tmp_path / "out" / "report" / "index.html"
    assert all(path.exists() for path in files)
