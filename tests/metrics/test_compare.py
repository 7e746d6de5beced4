import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from srcnn.errors import DataError, ImageError, OptionError, ShapeError
from srcnn.files import Picture, write_image
from srcnn.image.arrays import Bytes
from srcnn.image.colour import luma_bytes
from srcnn.metrics import psnr
from srcnn.metrics.compare import compare, match
from srcnn.metrics.report import as_csv, as_json, as_table


def make_pixels(seed: int = 0, height: int = 40, width: int = 45) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, size=(height, width, 3), dtype=np.uint8)


def save(path: Path, pixels: np.ndarray, alpha: np.ndarray | None = None) -> Path:
    path.parent.mkdir(exist_ok=True)
    write_image(path, Picture(pixels, alpha))
    return path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name, seed in (("b", 1), ("a", 2)):
        pixels = make_pixels(seed)
        save(tmp_path / "hr" / f"{name}.png", pixels)
        save(tmp_path / "sr" / f"{name}.bmp", np.where(pixels > 250, pixels - 20 * seed, pixels).astype(np.uint8))
    (tmp_path / "hr" / "notes.txt").write_text("no image")
    return tmp_path / "hr", tmp_path / "sr"


def test_two_files(tmp_path: Path) -> None:
    hr, sr = make_pixels(1), make_pixels(2)
    report = compare(save(tmp_path / "hr.png", hr), save(tmp_path / "sr.png", sr), metrics="psnr", border=3)
    (pair,) = report.pairs
    assert pair.values == {"psnr": psnr(luma_bytes(hr)[3:-3, 3:-3], luma_bytes(sr)[3:-3, 3:-3], data_range=255.0)}
    assert (pair.height, pair.width, pair.luma, pair.notes) == (34, 39, "BT.601 studio range", ())
    assert report.mean == pair.values


def test_two_folders_are_matched_by_name(folders: tuple[Path, Path]) -> None:
    report = compare(*folders)
    assert [(pair.hr, pair.sr) for pair in report.pairs] == [("a.png", "a.bmp"), ("b.png", "b.bmp")]
    values = [pair.values["psnr"] for pair in report.pairs]
    assert report.mean["psnr"] == pytest.approx(np.mean(values))


def test_scale_cuts_the_truth_and_sets_the_border(tmp_path: Path) -> None:
    hr = make_pixels(1, 41, 47)
    paths = save(tmp_path / "hr.png", hr), save(tmp_path / "sr.png", hr[:39, :45])
    report = compare(*paths, scale=3)
    assert (report.border, report.pairs[0].height, report.pairs[0].width) == (3, 33, 39)
    assert report.pairs[0].notes == ("hr cropped from 47x41 to 45x39, a multiple of 3",)
    assert report.pairs[0].values["psnr"] == math.inf
    assert compare(*paths, scale=3, border=5).border == 5
    with pytest.raises(ShapeError, match=r"hr\.png and sr\.png: hr has 47x41 pixels and sr 45x39.*--scale N"):
        compare(*paths)


def test_what_was_done_to_the_images_is_noted(tmp_path: Path) -> None:
    grey = make_pixels()[..., 0]
    deep = np.repeat(grey[..., None].astype(np.uint16) * 257, 3, axis=2)
    alpha = np.full(grey.shape, 40000, np.uint16)
    report = compare(save(tmp_path / "hr.png", grey), save(tmp_path / "sr.png", deep, alpha), metrics="psnr")
    (pair,) = report.pairs
    assert pair.values["psnr"] == math.inf
    assert len(pair.notes) == 3
    assert "grey is used as equal red, green and blue" in pair.notes[0]
    assert pair.notes[1:] == ("sr converted from 16 to 8 bits", "transparency of sr ignored")


def test_grey_is_measured_as_stored(tmp_path: Path) -> None:
    grey = make_pixels()[..., 0]
    report = compare(save(tmp_path / "hr.png", grey), save(tmp_path / "sr.png", grey), metrics="psnr")
    assert report.protocol["luma"] == "grey as stored"


def test_missing_and_mixed_paths_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    hr, sr = folders
    with pytest.raises(DataError, match="there is no file or folder"):
        compare(hr, tmp_path / "nothing")
    with pytest.raises(DataError, match="one is a folder"):
        compare(hr / "a.png", sr)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        compare(tmp_path / "empty", sr)
    with pytest.raises(ImageError, match="cannot read"):
        compare(hr / "notes.txt", hr / "a.png")


def test_folders_must_hold_the_same_images(folders: tuple[Path, Path]) -> None:
    hr, sr = folders
    save(sr / "c.png", make_pixels())
    with pytest.raises(DataError, match=r"hr has no image for c;"):
        compare(hr, sr)
    (sr / "c.png").unlink()
    (sr / "a.bmp").unlink()
    with pytest.raises(DataError, match=r"sr has no image for a;"):
        compare(hr, sr)
    save(hr / "b.bmp", make_pixels())
    with pytest.raises(DataError, match=r"two images with the same name: b\.bmp and b\.png"):
        match(hr, sr)


def test_options_are_checked(folders: tuple[Path, Path]) -> None:
    with pytest.raises(OptionError, match="did you mean psnr"):
        compare(*folders, metrics="pnsr")
    with pytest.raises(OptionError, match="scale"):
        compare(*folders, scale=0)
    with pytest.raises(OptionError, match="border"):
        compare(*folders, border=-1)
    with pytest.raises(ShapeError, match=r"a\.png and a\.bmp: MS-SSIM needs images of at least 161"):
        compare(*folders, metrics="all")


def test_table_states_the_protocol(folders: tuple[Path, Path]) -> None:
    text = as_table(compare(*folders, border=2))
    assert text.splitlines()[0].split() == ["image", "PSNR", "dB", "SSIM"]
    assert [line.split()[0] for line in text.splitlines()[1:4]] == ["a.bmp", "b.bmp", "mean"]
    assert (
        text.splitlines()[4]
        == "measured on luma (BT.601 studio range), 8 bits, half up, 2 pixels cropped from every side"
    )
    assert "no border cropped" in as_table(compare(*folders))


def test_table_explains(folders: tuple[Path, Path]) -> None:
    report = compare(*folders, metrics="psnr", scale=2, with_conventions=True)
    text = as_table(report)
    assert "a.bmp by other conventions:" in text
    assert "bicubic x2 of a.png, computed in other ways:" in text
    assert "(-1.32)" in text  # full-range luma


def test_json_is_valid_with_infinities(folders: tuple[Path, Path]) -> None:
    hr, _ = folders

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    text = as_json(compare(hr, hr, with_conventions=True, border=1))
    record = json.loads(text, parse_constant=refuse)
    assert record["mean"] == {"psnr": "inf", "ssim": pytest.approx(1.0)}
    assert record["images"][0]["values"]["psnr"] == "inf"
    assert float(record["images"][0]["values"]["psnr"]) == math.inf
    assert record["protocol"] == {
        "luma": "BT.601 studio range",
        "rounding": "8 bits, half up",
        "border": 1,
        "scale": None,
        "data_range": 255,
    }
    assert record["images"][0]["conventions"][0]["name"] == "protocol"


def test_csv_has_one_row_a_pair_with_its_protocol(folders: tuple[Path, Path]) -> None:
    report = compare(*folders, scale=2)
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert [row["sr"] for row in rows] == ["a.bmp", "b.bmp"]
    assert [row["border"] for row in rows] == ["2", "2"]
    assert [float(row["psnr"]) for row in rows] == [pair.values["psnr"] for pair in report.pairs]


def test_csv_has_one_row_a_convention_when_explained(folders: tuple[Path, Path]) -> None:
    report = compare(*folders, scale=2, with_conventions=True)
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert len(rows) == sum(len(pair.conventions) for pair in report.pairs)
    assert (rows[0]["group"], rows[0]["convention"]) == ("pair", "protocol")
    assert float(rows[0]["psnr"]) == report.pairs[0].values["psnr"]
