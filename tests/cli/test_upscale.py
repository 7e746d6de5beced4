"""`srcnn upscale`: files in, files out, exit codes."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.files.formats import format_of
from srcnn.files.io import read_image, write_image
from srcnn.files.metadata.provenance import file_provenance
from srcnn.files.picture import Picture
from srcnn.output import CHOICES
from srcnn.upscale import upscale


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two images, one in a folder below with a name beyond ASCII; the working folder."""
    rng = np.random.default_rng(0)
    (tmp_path / "in" / "très").mkdir(parents=True)
    write_image(tmp_path / "in" / "a.png", Picture(rng.integers(0, 256, (10, 12, 3), np.uint8)))
    write_image(tmp_path / "in" / "très" / "été 图.jpg", Picture(rng.integers(0, 256, (8, 9), np.uint8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def srcnn(*arguments: str) -> Any:
    result = CliRunner().invoke(main, ["upscale", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def size(path: Path) -> tuple[int, ...]:
    return read_image(path).pixels.shape[:2]


def test_file_beside_its_input(folder: Path) -> None:
    result = srcnn("in/a.png", "-m", "bicubic")
    assert result.exit_code == 0
    assert "1 upscaled" in result.stderr
    assert size(folder / "in" / "a_x3.png") == (30, 36)


def test_folder_keeps_its_tree_and_a_second_run_skips(folder: Path) -> None:
    assert srcnn("in", "-o", "out", "-s", "2", "-m", "bicubic").exit_code == 0
    assert size(folder / "out" / "a.png") == (20, 24)
    assert size(folder / "out" / "très" / "été 图.jpg") == (16, 18)
    again = srcnn("in", "-o", "out", "-s", "4", "-m", "bicubic")
    assert again.exit_code == 0
    assert "2 skipped" in again.stderr
    assert size(folder / "out" / "a.png") == (20, 24)
    assert srcnn("in", "-o", "out", "-s", "4", "-m", "bicubic", "--overwrite").exit_code == 0
    assert size(folder / "out" / "a.png") == (40, 48)


def test_tta_is_the_mean_of_eight(folder: Path) -> None:
    assert srcnn("in/a.png", "-m", "fast", "--tta", "-o", "averaged.png").exit_code == 0
    assert srcnn("in/a.png", "-m", "fast", "-o", "single.png").exit_code == 0
    averaged, single = (read_image(folder / name).pixels for name in ("averaged.png", "single.png"))
    np.testing.assert_array_equal(averaged, upscale(read_image(folder / "in" / "a.png").pixels, 3, "fast+tta"))
    assert (averaged != single).any()


def test_pattern(folder: Path) -> None:
    assert srcnn("in/**/*.jpg", "-o", "out", "-m", "bicubic").exit_code == 0
    assert [p.name for p in sorted((folder / "out").rglob("*.*"))] == ["été 图.jpg"]


@pytest.mark.parametrize(
    ("options", "name", "expected"),
    [
        (["--width", "50"], "a_w50.png", (42, 50)),
        (["--height", "5"], "a_h5.png", (5, 6)),
        (["--width", "20", "--height", "20", "--stretch"], "a_w20xh20.png", (20, 20)),
        (["--fit", "50x50"], "a_fit50x50.png", (42, 50)),
        (["--fill", "50x50"], "a_fill50x50.png", (50, 50)),
        (["--long-side", "24"], "a_long24.png", (20, 24)),
        (["--short-side", "25"], "a_short25.png", (25, 30)),
        (["--megapixels", "0.003"], "a_0.003mp.png", (50, 60)),
        (["--print", "1x1in", "--dpi", "60"], "a_1x1in60dpi.png", (50, 60)),
        (["-s", "1.5"], "a_x1.5.png", (15, 18)),
        (["-s", "2", "--suffix", "-big"], "a-big.png", (20, 24)),
    ],
)
def test_sizes_and_names(folder: Path, options: list[str], name: str, expected: tuple[int, int]) -> None:
    assert srcnn("in/a.png", "-m", "bicubic", *options).exit_code == 0
    assert size(folder / "in" / name) == expected


def test_a_size_below_the_input_is_called_a_reduction(folder: Path) -> None:
    result = srcnn("in/a.png", "--long-side", "6", "-o", "small.png")
    assert result.exit_code == 0
    assert "reduced, not upscaled: from 12x10 to 6x5 by antialiased bicubic interpolation" in result.stderr
    assert "0 upscaled, 1 reduced or kept at their size" in result.stderr
    made = file_provenance(folder / "small.png")
    assert made is not None
    assert made.model == "bicubic"
    copied = srcnn("in/a.png", "-s", "1", "-o", "same.png")
    assert "not upscaled: the size is that of the input" in copied.stderr
    assert "not upscaled" not in srcnn("in/a.png", "-m", "bicubic").stderr


@pytest.mark.parametrize("name", list(CHOICES))
def test_every_format_can_be_asked_for(folder: Path, name: str) -> None:
    assert srcnn("in", "-m", "bicubic", "-s", "2", "--format", name, "-o", "out").exit_code == 0
    made = sorted((folder / "out").rglob("*.*"))
    assert {read_image(path).metadata.format for path in made} == {name.upper()}
    assert all(format_of(path).name == name.upper() for path in made)
    assert {size(path) for path in made} == {(20, 24), (16, 18)}


def test_quality_lossless_and_compression_reach_the_file(folder: Path) -> None:
    def written(name: str, *options: str) -> int:
        assert srcnn("in/a.png", "-m", "bicubic", "-s", "9", "-o", name, *options, "--no-provenance").exit_code == 0
        return (folder / name).stat().st_size

    assert written("high.jpg") > written("low.jpg", "--quality", "30")
    assert written("fast.png", "--compression", "0") > written("small.png", "--compression", "9")
    written("exact.webp", "--lossless")
    expected = upscale(read_image(folder / "in" / "a.png").pixels, 9, "bicubic")
    np.testing.assert_array_equal(read_image(folder / "exact.webp").pixels, expected)


def test_what_a_format_has_no_choice_of_is_named_and_stops_nothing(folder: Path) -> None:
    result = srcnn("in", "-m", "bicubic", "-o", "out", "--quality", "50")
    assert result.exit_code == 0
    assert "a.png: PNG has no quality" in result.stderr
    assert "JPEG has no quality" not in result.stderr


def test_the_date_is_kept_where_it_is_asked_for(folder: Path) -> None:
    os.utime(folder / "in" / "a.png", ns=(1, 10**18))
    assert srcnn("in/a.png", "-m", "bicubic", "-o", "kept.png", "--keep-date").exit_code == 0
    assert srcnn("in/a.png", "-m", "bicubic", "-o", "new.png").exit_code == 0
    assert (folder / "kept.png").stat().st_mtime_ns == 10**18
    assert (folder / "new.png").stat().st_mtime_ns > 10**18


def test_network_file_tiles_threads_and_engine(folder: Path, make_network: Any) -> None:
    Path("net.onnx").write_bytes(make_network((5, 1, 3), (4, 4)))
    outputs = []
    for number, options in enumerate([["--tile", "32"], ["-j", "1"], ["-j", "2", "--tile", "5000"]]):
        assert (
            srcnn("in/a.png", "-m", "net.onnx", "--engine", "onnxruntime", "-o", f"{number}.png", *options).exit_code
            == 0
        )
        outputs.append(Path(f"{number}.png").read_bytes())
    assert len(set(outputs)) == 1


def test_bad_files_do_not_stop_the_rest(folder: Path) -> None:
    (folder / "in" / "bad.png").write_bytes((folder / "in" / "a.png").read_bytes()[:60])
    (folder / "in" / "empty.jpg").touch()
    result = srcnn("in", "none.png", "-o", "out", "-m", "bicubic")
    assert result.exit_code == 1
    assert "2 upscaled, 3 failed" in result.stderr
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 4
    assert all(line.startswith("srcnn: ") for line in lines[:3])
    assert sorted(p.name for p in (folder / "out").rglob("*.*")) == ["a.png", "été 图.jpg"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Missing argument"),
        (["in/a.png", "-m", "bicubik"], "did you mean 'bicubic'"),
        (["in/a.png", "-m", "bicubic", "-s", "0"], "positive"),
        (["in/a.png", "-m", "bicubic", "-s", "1000"], "at most 64"),
        (["in/a.png", "-m", "bicubic", "-s", "2", "--width", "9"], "either"),
        (["in/a.png", "--width", "20", "--height", "9"], "--fit 20x9"),
        (["in/a.png", "--fit", "20"], "fit must be width and height"),
        (["in/a.png", "--print", "30x40"], "with their unit"),
        (["in/a.png", "--dpi", "300"], "--print"),
        (["in/a.png", "--long-side", "0"], "--long-side"),
        (["in/a.png", "--format", "psd"], "--format"),
        (["in/a.png", "--format", "png", "--quality", "80"], "PNG has no quality: choose jpeg or webp or avif"),
        (["in/a.png", "--format", "jpeg", "--lossless"], "JPEG cannot be lossless"),
        (["in/a.png", "--lossless", "--quality", "80"], "either lossless or a quality"),
        (["in/a.png", "--compression", "10"], "--compression"),
        (["in/a.png", "--format", "jpeg", "-o", "a.png"], "suffix of another format than jpeg; name it a.jpg"),
        (["in/a.png", "-m", "bicubic", "-o", "a.xyz"], "not a format"),
        (["in/a.png", "-m", "bicubic", "--suffix", ""], "own input"),
        (["in", "-m", "bicubic", "-o", "one.png"], "several"),
        (["in/a.png", "--engine", "gpu"], "gpu"),
        (["in/a.png", "--tile", "0"], "--tile"),
        (["in/a.png", "-j", "0"], "-j"),
        (["in/a.png", "-s", "three"], "--scale"),
        (["in/a.png", "-m", "best", "--denoise", "20"], "best cannot be told of noise or JPEG quality; choose photo"),
        (["in/a.png", "-m", "bicubic", "--jpeg-quality", "50"], "or auto, or leave them out"),
        (["in/a.png", "--dry-run", "--rows", "rows.jsonl"], "--dry-run writes nothing; leave out --rows"),
        (["in/a.png", "-s", "nan"], "scale must be a positive number"),
        (["in/a.png", "--megapixels", "inf"], "megapixels must be finite"),
        (["in/a.png", "--print", "2x3cm", "--dpi", "nan"], "dpi must be a positive number"),
        (["in/a.png", "--denoise", "nan"], "noise must be a number from 0 to 50, got nan"),
        (["in/a.png", "--jpeg-quality", "nan"], "jpeg_quality must be a number from 1 to 100"),
        (["in/a.png", "-j", "5000"], "threads must be a whole number from 1 to"),
    ],
)
def test_wrong_usage_is_code_2(folder: Path, arguments: list[str], text: str) -> None:
    result = srcnn(*arguments)
    assert result.exit_code == 2
    assert text in result.stderr
    assert "Traceback" not in result.output
    assert sorted(p.name for p in folder.rglob("*.*")) == ["a.png", "été 图.jpg"]


def test_unusable_network_is_one_line(folder: Path) -> None:
    Path("image.onnx").write_bytes(Path("in/a.png").read_bytes())
    result = srcnn("in/a.png", "-m", "image.onnx")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_provenance_is_written_unless_it_is_not_wanted(folder: Path) -> None:
    assert srcnn("in/a.png", "-m", "fast", "-s", "2", "-o", "with.png").exit_code == 0
    assert srcnn("in/a.png", "-m", "fast", "-s", "2", "-o", "without.png", "--no-provenance").exit_code == 0
    made = file_provenance(folder / "with.png")
    assert made is not None
    assert (made.model, made.scale) == ("plain-s", "2")
    assert file_provenance(folder / "without.png") is None


def test_a_model_is_called_as_it_was_asked_for(folder: Path) -> None:
    for name in ("fast", "best+tta", "bicubic"):
        result = srcnn("in/a.png", "-m", name, "-s", "2", "-o", f"{name}.png", "--json")
        assert json.loads(result.stdout)["model"] == name


def test_missing_device_is_wrong_usage_before_any_file_is_read(folder: Path) -> None:
    result = srcnn("in", "-o", "out", "--device", "openvino:GPU9")
    assert result.exit_code == 2
    assert "no device 'openvino:GPU9' here" in result.stderr
    assert "there are: auto, cpu" in result.stderr
    assert not (folder / "out").exists()
    assert srcnn("in/a.png", "-o", "small.png", "-m", "fast", "--device", "cpu").exit_code == 0
    assert size(folder / "small.png") == (30, 36)
