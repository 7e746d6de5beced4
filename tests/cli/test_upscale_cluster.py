"""Options of `srcnn upscale` for clusters, without one."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from srcnn.cli import main, row_files
from srcnn.cli.row_files import row_file
from srcnn.errors import DataError
from srcnn.files.io import write_image
from srcnn.files.picture import Picture


def srcnn(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["upscale", "-m", "bicubic", *arguments])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in "ab":
        write_image(f"in/{name}.png", Picture(np.zeros((4, 5), np.uint8)))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--workers", "3", "-o", "out"), "--workers is about the processes of a --cluster"),
        (("--cluster", "ray", "--dry-run", "-o", "out"), "leave out --cluster"),
        (("--cluster", "ray"), "needs --output"),
        (("--cluster", "spark", "-o", "out"), "a cluster is called ray or ray://HOST:PORT, got 'spark'"),
        (("--cluster", "ray://", "-o", "out"), "a cluster is called ray or ray://HOST:PORT"),
        (("--rows", "none/rows", "-o", "out/"), "cannot write --rows none/rows: there is no such file or folder"),
        (("--rows", "in/a.png", "-o", "out/"), "cannot write --rows in/a.png: its name is that of an image"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...], text: str) -> None:
    result = srcnn("in", *arguments)
    assert result.exit_code == 2
    assert text in result.stderr
    assert not Path("out").exists()


def test_without_ray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = srcnn("in", "--cluster", "ray", "-o", "out")
    assert result.exit_code != 0
    assert "working on a cluster needs Ray: pip install 'srcnn[cluster]'" in result.stderr


def test_rows_are_appended_to_a_file() -> None:
    for count in (2, 4):
        assert srcnn("in", "-o", "out/", "--rows", "rows.jsonl").exit_code == 0
        rows = [json.loads(line) for line in Path("rows.jsonl").read_text(encoding="utf-8").splitlines()]
        assert len(rows) == count
    assert [row["state"] for row in rows] == ["done", "done", "skipped", "skipped"]
    assert (rows[0]["node"], rows[0]["tries"]) == (None, 1)


@pytest.fixture
def parquet() -> Any:
    return pytest.importorskip("pyarrow.parquet", reason="PyArrow is not installed (extra 'parquet')")


def test_rows_of_parquet_are_those_of_json(parquet: Any) -> None:
    Path("in/bad.png").write_text("no image", encoding="utf-8")
    for count in (3, 6):
        assert srcnn("in", "-o", "out/", "--rows", "rows.jsonl").exit_code == 1
        shutil.rmtree("out")
        assert srcnn("in", "-o", "out/", "--rows", "rows.parquet").exit_code == 1
        lines = [json.loads(line) for line in Path("rows.jsonl").read_text(encoding="utf-8").splitlines()]
        rows = parquet.read_table("rows.parquet").to_pylist()
        assert len(rows) == count
    for row in (*lines, *rows):
        row["seconds"] = row["seconds"] is None
    assert rows[:3] == lines[:3]
    assert list(rows[0]) == list(lines[0])
    assert not list(Path.cwd().glob(".*")), "no part is left"


def test_a_stopped_run_leaves_its_rows_as_parquet(parquet: Any) -> None:
    Path("in/0.png").write_text("no image", encoding="utf-8")
    assert srcnn("in", "-o", "out/", "--fail-fast", "--rows", "rows.parquet").exit_code == 1
    assert [row["state"] for row in parquet.read_table("rows.parquet").to_pylist()] == ["failed"]
    with pytest.raises(KeyboardInterrupt):
        add_and_stop({"input": "a\udcff.png", "state": "done", "lost": ["\udcff"]})
    row = parquet.read_table("rows.parquet").to_pylist()[1]
    assert (row["input"], row["lost"], row["tries"]) == ("a\\udcff.png", ["\\udcff"], None)


def add_and_stop(row: dict[str, Any]) -> None:
    with row_file("rows.parquet") as add:
        assert add is not None
        add(row)
        raise KeyboardInterrupt


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no such device")
def test_a_disk_without_room_for_rows_ends_the_work_with_one_line() -> None:
    result = srcnn("in", "-o", "out/", "--rows", "/dev/full")
    assert result.exit_code == 1
    assert "srcnn: cannot write --rows /dev/full: no space left on device" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of files")
def test_a_row_without_room_leaves_no_part_of_a_line() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with row_file("rows.jsonl") as add:
        assert add is not None
        add({"input": "a.png"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, before[1]))
        try:
            with pytest.raises(DataError, match=r"cannot write --rows rows.jsonl"):
                add({"input": "b" * 100})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert Path("rows.jsonl").read_text(encoding="utf-8") == '{"input": "a.png"}\n'


def test_parquet_that_cannot_be_written_is_told_in_one_line(parquet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", full)
    result = srcnn("in", "-o", "out/", "--rows", "rows.parquet")
    assert result.exit_code == 1
    assert "srcnn: cannot write --rows rows.parquet: no space left on device" in result.stderr
    assert not Path("rows.parquet").exists()


def test_rows_of_parquet_are_written_in_groups(parquet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_files, "_GROUP", 3)
    for _ in range(2):
        with row_file("rows.parquet") as add:
            assert add is not None
            for n in range(7):
                add({"input": str(n)})
    table = parquet.read_table("rows.parquet")
    assert [row["input"] for row in table.to_pylist()] == [*"0123456", *"0123456"]
    assert parquet.ParquetFile("rows.parquet").num_row_groups > 4, "no more rows than these are held"


def test_a_file_that_holds_something_else_stays(parquet: Any) -> None:
    Path("rows.parquet").write_text("precious", encoding="utf-8")
    result = srcnn("in", "-o", "out/", "--rows", "rows.parquet")
    assert result.exit_code == 2
    assert "cannot write --rows rows.parquet: it is there and holds no rows of srcnn" in result.stderr
    parquet.write_table(pyarrow_table({"input": [1]}), "rows.parquet")
    assert srcnn("in", "-o", "out/", "--rows", "rows.parquet").exit_code == 2
    assert parquet.read_table("rows.parquet").to_pylist() == [{"input": 1}]
    assert not Path("out").exists()
    assert srcnn("in", "-o", "out/", "--rows", "none/rows.parquet").exit_code == 2


def pyarrow_table(columns: dict[str, list[int]]) -> Any:
    import pyarrow

    return pyarrow.table(columns)


def test_without_pyarrow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = srcnn("in", "-o", "out/", "--rows", "rows.parquet")
    assert result.exit_code != 0
    assert "a file of rows as Parquet needs PyArrow: pip install 'srcnn[parquet]'" in result.stderr
