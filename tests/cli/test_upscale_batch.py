"""`srcnn upscale` in pipes and over many files: streams, lists of names, JSON, messages, exit codes."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.cli.reporting import Bar
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Metadata, Picture

COMMAND = [sys.executable, "-m", "srcnn", "upscale"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """a.png, b.jpg and été.gif in ``in``; the working folder."""
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for name, shape in (("a.png", (10, 12, 3)), ("b.jpg", (8, 9)), ("été.bmp", (6, 7, 3))):
        write_image(tmp_path / "in" / name, Picture(rng.integers(0, 256, shape, np.uint8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def srcnn(*arguments: str, given: bytes | None = None) -> Any:
    result = CliRunner().invoke(main, ["upscale", "-m", "bicubic", "-s", "2", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def size(data: bytes) -> tuple[int, int]:

    return Image.open(io.BytesIO(data)).size


# Standard streams
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "b.jpg", "été.bmp"])
def test_from_standard_input_to_standard_output(folder: Path, name: str) -> None:
    file = folder / "in" / name
    result = srcnn("-", given=file.read_bytes())
    assert (result.exit_code, result.stderr) == (0, "1 upscaled\n")
    assert srcnn(f"in/{name}", "-o", f"expected{file.suffix}").exit_code == 0
    assert result.stdout_bytes == Path(f"expected{file.suffix}").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == [f"expected{file.suffix}", "in"]


def test_pipes_of_fifty_images(folder: Path) -> None:
    for number in range(50):
        side = 5 + number
        write_image(folder / "one.png", Picture(np.full((side, 7), number, np.uint8)))
        result = srcnn("-", "-o", "-", "-q", given=Path("one.png").read_bytes())
        assert result.stderr == ""
        assert size(result.stdout_bytes) == (14, 2 * side)


def test_a_file_to_standard_output_and_standard_input_to_a_file(folder: Path) -> None:
    assert size(srcnn("in/a.png", "-o", "-").stdout_bytes) == (24, 20)
    assert srcnn("-", "-o", "made.jpg", given=Path("in/a.png").read_bytes()).exit_code == 0
    assert read_image("made.jpg").pixels.shape == (20, 24, 3)


def test_the_format_on_standard_output(folder: Path) -> None:

    result = srcnn("-", "--format", "webp", given=Path("in/a.png").read_bytes())
    assert Image.open(io.BytesIO(result.stdout_bytes)).format == "WEBP"


@pytest.mark.parametrize("given", [b"", b"no image"])
def test_what_is_no_image_on_standard_input_is_a_failure(folder: Path, given: bytes) -> None:
    result = srcnn("-", given=given)
    assert result.exit_code == 1
    assert result.stdout_bytes == b""
    assert result.stderr.startswith("srcnn: cannot read -: ")
    assert "/" not in result.stderr.splitlines()[0].replace("a/", ""), "the name of a temporary file"


def test_a_pipe_that_is_closed_is_a_failure_without_a_traceback(folder: Path) -> None:
    child = subprocess.run(
        ["sh", "-c", '("$@" - <in/a.png; echo $? >code) | true', "sh", *COMMAND, "-m", "bicubic"],
        env=ENVIRONMENT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert b"Traceback" not in child.stderr
    assert Path("code").read_text() in ("0\n", "1\n"), "0 where the reader left after all was written"


@pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")
@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        ("- <&-", 1, "srcnn: cannot read standard input: it is closed"),
        ("--files-from - <&-", 2, "srcnn: cannot read --files-from -: it is closed"),
        ("- <in/a.png >&-", 1, "srcnn: cannot write standard output: bad file descriptor"),
    ],
)
def test_closed_streams_are_named(folder: Path, arguments: str, status: int, line: str) -> None:
    child = subprocess.run(
        ["sh", "-c", f'"$@" {arguments}', "sh", *COMMAND, "-m", "bicubic"],
        env=ENVIRONMENT, capture_output=True, timeout=120, check=False, text=True,
    )  # fmt: skip
    assert child.returncode == status
    assert child.stderr.splitlines()[0] == line


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-", "in/a.png"], "one image at a time"),
        (["in", "-o", "-"], "is a folder"),
        (["in/a.png", "in/b.jpg", "-o", "-"], "one image at a time"),
        (["-", "-o", "out/"], "has no name"),
        (["-", "-o", "a.xyz"], "has no name"),
        (["-", "--json"], "either the image or --json"),
        (["in/a.png", "--json", "-o", "-"], "either the image or --json"),
        (["-", "--files-from", "-"], "not both"),
        (["--files-from", "none.txt"], "cannot read --files-from none.txt: there is no such file"),
        (["in/a.png", "-0"], "--files-from"),
        (["in/a.png", "-q", "-v"], "--quiet or --verbose"),
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str], text: str) -> None:
    result = srcnn(*arguments, given=b"")
    assert result.exit_code == 2
    assert text in result.stderr
    assert [path.name for path in folder.iterdir()] == ["in"]


# Lists of names
# ----------------------------------------------------------------------------------------------------------------------


def test_names_from_lines(folder: Path) -> None:
    Path("names.txt").write_bytes(b"\xef\xbb\xbf" + "in/a.png\r\n\nin/été.bmp\n".encode())  # as Windows' editors do
    assert srcnn("in/b.jpg", "--files-from", "names.txt", "-o", "out/").exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.jpg", "été.bmp"]


@pytest.mark.skipif(sys.platform == "win32", reason="names with line ends")
def test_names_that_end_with_null_characters(folder: Path) -> None:
    for name in ("-", "two\nlines.png"):
        Path(name).write_bytes(Path("in/a.png").read_bytes())
    given = b"two\nlines.png\0-\0"
    assert srcnn("--files-from", "-", "-0", "-o", "out/", given=given).exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["-.png", "two\nlines.png"]
    result = srcnn("--files-from", "-", given=given)
    assert result.exit_code == 2
    assert "add --null (-0)" in result.stderr


def test_an_empty_list_and_an_empty_folder_are_no_failures(folder: Path) -> None:
    result = srcnn("--files-from", "-", given=b"")
    assert (result.exit_code, result.stderr) == (0, "0 upscaled\n")
    Path("empty").mkdir()
    result = srcnn("empty")
    assert result.exit_code == 0
    assert result.stderr.startswith("no images in the folder empty\n0 upscaled, 1 left out")


# What is said
# ----------------------------------------------------------------------------------------------------------------------


def test_json_has_a_line_for_each_file(folder: Path) -> None:
    Path("in/bad.png").write_bytes(b"no image")
    Path("in/c.gif").write_bytes(b"GIF89a")
    result = srcnn("in", "none.png", "-o", "out", "--json")
    assert result.exit_code == 1
    found = {row["input"]: row for row in rows(result)}
    assert sorted(found) == ["in/a.png", "in/b.jpg", "in/bad.png", "in/c.gif", "in/été.bmp", "none.png"]
    good = found["in/a.png"]
    assert (good["output"], good["state"], good["error"]) == ("out/a.png", "done", None)
    assert (good["input_size"], good["size"], good["model"], good["lost"]) == ([12, 10], [24, 20], "bicubic", [])
    assert good["seconds"] > 0
    assert found["none.png"]["error"] == "no such file: none.png"
    assert found["in/bad.png"]["state"] == "failed"
    assert {row["state"] for row in rows(srcnn("in/a.png", "-o", "out/", "--json"))} == {"skipped"}


def test_json_tells_wear_and_losses(folder: Path) -> None:
    clear = Picture(np.zeros((20, 20, 3), np.uint8), np.full((20, 20), 9, np.uint8))
    write_image("clear.png", clear)
    (row,) = rows(
        srcnn("clear.png", "-o", "out.jpg", "--json", "-m", "photo", "--denoise", "5", "--jpeg-quality", "60")
    )
    assert row["wear"] == {"jpeg_quality": 60, "noise": 5}
    assert any("transparency" in loss for loss in row["lost"])


@pytest.mark.parametrize(
    "more",
    [("--quality", "50"), ("--format", "gif"), ("-s", "0.5", "--format", "jpeg"),
     ("--format", "webp", "--lossless"), ("--format", "bmp")],
    ids=" ".join,
)  # fmt: skip
def test_a_dry_run_foresees_every_loss(folder: Path, more: tuple[str, ...]) -> None:
    write_image("in/clear.png", Picture(np.zeros((20, 20, 3), np.uint8), np.full((20, 20), 9, np.uint8)))
    write_image("in/deep.tif", Picture(np.full((12, 12), 999, np.uint16), None, Metadata(comments=("no",), dpi=(9, 9))))
    frames = [Image.fromarray(np.full((9, 8, 4), value, np.uint8)) for value in (0, 90, 200)]
    frames[0].save("in/moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save("in/poster.png", save_all=True, append_images=frames[1:], default_image=True)
    frames[0].save("in/pages.tif", save_all=True, append_images=frames[1:])
    command = ("in", "-o", "out", "--json", *more)
    planned, done = rows(srcnn(*command, "--dry-run")), rows(srcnn(*command))
    known = ("input", "output", "input_size", "size", "model", "reduced", "lost", "message", "error")
    foreseen = {row["input"]: [row[key] for key in known] for row in planned}
    assert foreseen == {row["input"]: [row[key] for key in known] for row in done}
    assert any(row["lost"] for row in done)


def test_quiet_says_only_what_failed(folder: Path) -> None:
    result = srcnn("in", "none.png", "-o", "out", "-q")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "srcnn: no such file: none.png\n")


def test_verbose_says_what_became_of_each(folder: Path) -> None:
    lines = srcnn("in", "-o", "out", "-v").stderr.splitlines()
    assert lines[0].startswith("in/a.png → out/a.png: 12x10 → 24x20, bicubic, ")
    assert len(lines) == 4
    assert srcnn("in/a.png", "-o", "out/", "-v").stderr.startswith("in/a.png → out/a.png: skipped, it already exists\n")


def test_progress_moves_within_an_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, float, str]] = []

    @contextmanager
    def bar(*, hidden: bool) -> Iterator[Bar]:
        assert not hidden
        yield Bar(lambda text: None, lambda stage, done, total, words: shown.append((done, total, words)))

    monkeypatch.setattr("srcnn.cli.batch_report.progress_bar", bar)
    write_image("tall.png", Picture(np.zeros((600, 9), np.uint8)))
    assert srcnn("tall.png", "in/a.png", "-m", "fast", "-o", "out/", "-j", "1").exit_code == 0
    assert shown[:4] == [(n / 3, 2, f"1 of 2, tall.png: {n} of 3 blocks") for n in range(3)] + [
        (1, 2, "2 of 2, tall.png: 3 of 3 blocks")
    ]
    assert shown[-1][:2] == (2, 2)


def test_fail_fast_stops_at_the_first_failure(folder: Path) -> None:
    Path("in/a.png").write_bytes(b"no image")
    for option, made in (("--fail-fast", 0), ("--skip-errors", 2)):
        assert srcnn("in", "-o", option, option).exit_code == 1
        assert len(list(Path(option).glob("*.*")) if Path(option).exists() else []) == made


# Stopped and started again
# ----------------------------------------------------------------------------------------------------------------------

SLOW = """
import sys, time
from srcnn.files import io
plain = io.write_image
def slow(*arguments, **options):
    print("writing", flush=True)
    time.sleep(0.2)
    return plain(*arguments, **options)
io.write_image = slow
sys.argv = ["srcnn", "upscale", "in", "-o", "out", "-m", "bicubic", "-s", "2"]
from srcnn.__main__ import start
start()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGKILL", -9)])
def test_the_same_command_goes_on_after_any_stop(folder: Path, name: str, status: int) -> None:
    assert srcnn("in", "-o", "undisturbed").exit_code == 0
    for written in (1, 2):
        child = subprocess.Popen(
            [sys.executable, "-c", SLOW], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout is not None
            for _ in range(written):
                assert child.stdout.readline() == "writing\n"
            child.send_signal(getattr(signal, name))
            _, err = child.communicate(timeout=120)
        assert child.returncode == status
        assert "Traceback" not in err
        if status > 0:
            assert err.count("\n") == 1
            assert "left; run the same command again to continue" in err
    assert srcnn("in", "-o", "out").exit_code == 0
    expected, found = (
        {path.name: path.read_bytes() for path in Path(name).iterdir()} for name in ("undisturbed", "out")
    )
    assert found == expected


# Before anything is written
# ----------------------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_made(folder: Path) -> None:
    Path("in/bad.png").write_bytes(b"no image")
    result = srcnn("in", "-o", "out", "--dry-run")
    assert result.exit_code == 1
    assert not Path("out").exists()
    lines = result.stdout.splitlines()
    assert lines[0].startswith("in/a.png → out/a.png: 12x10 → 24x20, bicubic, about ")
    assert len(lines) == 3
    assert "3 to upscale in about " in result.stderr
    (row,) = rows(srcnn("in/a.png", "-o", "out/", "--dry-run", "--json"))
    assert (row["state"], row["size"]) == ("planned", [24, 20])
    assert row["seconds"] > 0
    result = srcnn("in/a.png", "-o", "out/", "-s", "0.5", "--dry-run")
    assert "; reduced, not upscaled: from 12x10 to 6x5 by" in result.stdout
    assert result.stderr.startswith("1 to reduce or keep at their size in about ")
    assert srcnn("in", "-o", "out").exit_code == 1
    result = srcnn("in/a.png", "-o", "out/", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("nothing to upscale, 1 skipped")
