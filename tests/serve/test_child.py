"""What the process that computes says of a task that fails."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from srcnn.serve.child import Task, perform
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

if TYPE_CHECKING:
    from tests.serve.conftest import MakePng


@pytest.fixture
def task(tmp_path: Path, png: MakePng) -> Task:
    source = tmp_path / "source"
    source.write_bytes(png())
    work = UpscaleFile(size=TargetSize(scale=2), model="bicubic")
    return Task(work=work, source=source, target=tmp_path / "b.png", name="a.png", result="c.png", max_result=1_000_000)


def last_words(task: Task) -> dict[str, Any]:
    said: list[dict[str, Any]] = []
    perform(task, said.append, threading.Event())
    return said[-1]


@pytest.mark.parametrize(
    ("error", "kind"),
    [(OSError(errno.ENOSPC, "No space left on device"), "disk"), (OSError(errno.EIO, "Input/output error"), "image")],
)
def test_full_disk_is_no_fault_of_the_image(
    task: Task, monkeypatch: pytest.MonkeyPatch, error: OSError, kind: str
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("os.fsync", fail)
    said = last_words(task)
    assert said["failed"] == kind
    assert str(error.strerror).lower() in said["why"]
    assert "cannot write c.png" in said["why"]


def test_bug_is_logged_with_its_place(
    task: Task, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(UpscaleFile, "prepare", fail)
    assert last_words(task)["failed"] == "bug"
    assert "Traceback" in caplog.text
    assert "ZeroDivisionError: a mistake" in caplog.text
