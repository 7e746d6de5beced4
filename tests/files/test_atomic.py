"""Files are written whole or not at all, and what stands in their place already decides how."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from srcnn.errors import ImageError
from srcnn.files import atomic
from srcnn.files.atomic import claimed, remove_stale_parts, replacing, write_bytes

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions, links and locks of POSIX")


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".srcnn-*"))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_new_file_follows_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        write_bytes(tmp_path / "a.png", b"new")
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o666 & ~mask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444, 0o755])
def test_permissions_of_an_existing_file_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(mode)
    with replacing(path) as part:
        assert part.stat().st_mode & 0o077 == 0, "nobody else may look in meanwhile"
        part.write_bytes(b"new")
    assert path.stat().st_mode & 0o777 == mode
    assert path.read_bytes() == b"new"


@posix
def test_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.png").write_bytes(b"old")
    (tmp_path / "second.png").symlink_to("far/real.png")
    (tmp_path / "first.png").symlink_to("second.png")
    write_bytes(tmp_path / "first.png", b"new")
    assert (tmp_path / "first.png").is_symlink()
    assert (tmp_path / "second.png").is_symlink()
    assert (tmp_path / "far" / "real.png").read_bytes() == b"new"


@posix
def test_link_to_nothing_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to("later.png")
    write_bytes(tmp_path / "link.png", b"new")
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "later.png").read_bytes() == b"new"


@posix
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "null.png").symlink_to(os.devnull)
    (tmp_path / "loop.png").symlink_to("loop.png")
    for name, text in [
        ("folder.png", "folder"),
        ("fifo.png", "regular"),
        ("null.png", "regular"),
        ("loop.png", "loop"),
    ]:
        with pytest.raises(ImageError, match=text):
            write_bytes(tmp_path / name, b"new")
    assert (tmp_path / "fifo.png").is_fifo()
    assert not parts(tmp_path)


@pytest.mark.parametrize("name", ["none/a.png", "x" * 300 + ".png", "nul\0l.png", "file/a.png"])
def test_place_that_cannot_be_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ImageError, match="cannot write") as caught:
        write_bytes(tmp_path / name, b"new")
    assert "\n" not in str(caught.value)
    assert not parts(tmp_path)


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, ImageError("torn")])
def test_failure_leaves_the_old_file(tmp_path: Path, error: BaseException | type[BaseException]) -> None:
    (tmp_path / "a.png").write_bytes(b"old")

    def fail() -> None:
        with replacing(tmp_path / "a.png") as part:
            part.write_bytes(b"half")
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        fail()
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert not parts(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(ImageError, match="no space left"),
        replacing(tmp_path / "a.png"),
        Path("/dev/full").open("wb", 0) as full,
    ):
        full.write(b"x")
    assert list(tmp_path.iterdir()) == []


# Processes that end, and processes that run
# ----------------------------------------------------------------------------------------


OTHER = """
import sys, time
from pathlib import Path
from srcnn.files.atomic import claimed, replacing
path = Path(sys.argv[1])
with claimed(path) as mine, replacing(path) as part:
    part.write_bytes(b"half")
    print("ready" if mine else "taken", flush=True)
    sys.stdin.readline()
    part.write_bytes(b"whole")
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that is in the middle of writing a.png; a line makes it finish."""
    child = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "a.png")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    with child:
        yield child
        child.kill()


@posix
def test_running_process_is_not_disturbed(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    assert len(parts(tmp_path)) == 2
    remove_stale_parts(tmp_path)
    assert len(parts(tmp_path)) == 2
    with claimed(tmp_path / "a.png") as mine:
        assert not mine
    with claimed(tmp_path / "b.png") as mine:
        assert mine
    other.communicate("go on\n", timeout=60)
    assert (tmp_path / "a.png").read_bytes() == b"whole"
    assert not parts(tmp_path)
    with claimed(tmp_path / "a.png") as mine:
        assert mine


@posix
def test_what_a_killed_process_left_is_removed(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    other.send_signal(signal.SIGKILL)
    other.wait(60)
    (tmp_path / ".srcnn-of an older version.part").write_bytes(b"half")
    (tmp_path / ".srcnn-notes.txt").write_bytes(b"mine")
    assert len(parts(tmp_path)) == 4
    with claimed(tmp_path / "a.png") as mine:
        assert mine
    remove_stale_parts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".srcnn-notes.txt"]


@posix
def test_bytes_are_on_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Path.replace
    done: list[str] = []
    monkeypatch.setattr("os.fsync", lambda handle: done.append("on disk"))

    def replace(path: Path, target: Path) -> Path:
        done.append("named")
        return plain(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_bytes(tmp_path / "a.png", b"new")
    assert done == ["on disk", "named"]


@posix
def test_a_lock_on_a_file_that_is_gone_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = atomic._lock
    locked: list[bool | None] = []

    def lock(handle: int) -> bool | None:
        held = plain(handle)
        if not locked:  # another process has ended, or cleaned up, between opening and locking
            for part in parts(tmp_path):
                part.unlink()
        locked.append(held)
        return held

    monkeypatch.setattr(atomic, "_lock", lock)
    with claimed(tmp_path / "a.png") as mine:
        assert mine
        assert len(parts(tmp_path)) == 1
    assert len(locked) == 2
    locked.clear()
    with replacing(tmp_path / "a.png") as part:
        part.write_bytes(b"new")
    assert (tmp_path / "a.png").read_bytes() == b"new"
    assert len(locked) == 2


def test_cleaning_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_stale_parts(tmp_path / "none")
