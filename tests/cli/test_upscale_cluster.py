"""Options of `srcnn upscale` for clusters, without one."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from srcnn.cli import main
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
