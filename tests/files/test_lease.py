"""Claims without locks: one owner at a time, whatever becomes of it."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from srcnn.files import atomic, lease
from srcnn.files.atomic import claimed, remove_stale_parts
from srcnn.files.lease import leased


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / ".srcnn-0123.claim"


def written_by(sign: Path, machine: str, process: int, *, seconds_ago: float = 0) -> None:
    sign.write_text(f"{machine}\n{process}\n0123\n")
    then = time.time() - seconds_ago
    os.utime(sign, (then, then))


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(timeout=60)
    return child.pid


def test_one_owner_at_a_time(sign: Path) -> None:
    with leased(sign) as mine, leased(sign) as also_mine:
        assert (mine, also_mine) == (True, False)
    assert not list(sign.parent.iterdir())
    with leased(sign) as mine:
        assert mine


@pytest.mark.skipif(sys.platform == "win32", reason="there is no harmless way to ask for a process")
def test_a_claim_of_a_dead_process_is_taken_over_at_once(sign: Path) -> None:
    written_by(sign, lease._machine(), dead_process())
    with leased(sign) as mine:
        assert mine
        assert str(os.getpid()) in sign.read_text()
    assert not list(sign.parent.iterdir())


@pytest.mark.parametrize(("seconds", "taken"), [(0, False), (lease.STALE / 2, False), (lease.STALE * 2, True)])
def test_a_claim_of_another_machine_is_taken_over_when_it_is_old(sign: Path, seconds: float, taken: bool) -> None:
    written_by(sign, "elsewhere", os.getpid(), seconds_ago=seconds)
    with leased(sign) as mine:
        assert mine == taken
    assert sign.exists() != taken


def test_a_claim_of_a_running_process_of_this_machine_is_not_taken_over(sign: Path) -> None:
    written_by(sign, lease._machine(), os.getpid())
    with leased(sign) as mine:
        assert not mine


def test_the_owner_keeps_its_claim_fresh(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "FRESH", 0.01)
    touched = threading.Event()
    plain = os.utime

    def utime(path: Path) -> None:
        plain(path)
        touched.set()

    monkeypatch.setattr("os.utime", utime)
    with leased(sign):
        assert touched.wait(60)


def test_only_one_of_many_takes_over(sign: Path) -> None:
    written_by(sign, "elsewhere", 1, seconds_ago=lease.STALE * 2)
    owners, ready, over = [], threading.Barrier(8), threading.Barrier(8)

    def attempt() -> None:
        ready.wait(60)
        with leased(sign) as mine:
            owners.append(mine)
            over.wait(60)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert owners.count(True) <= 1
    with leased(sign) as mine:
        assert mine or sign.exists()


def test_another_try_is_left_alone_once_the_claim_is_taken_over(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_by(sign, "elsewhere", 1, seconds_ago=lease.STALE * 2)
    trying = sign.with_suffix(".trying")
    plain = Path.replace

    def replace(path: Path, target: Path) -> Path:
        replaced = plain(path, target)
        trying.write_text("of another process", encoding="utf-8")
        return replaced

    monkeypatch.setattr(Path, "replace", replace)
    with leased(sign) as mine:
        assert mine
        assert trying.exists()


def test_a_try_that_another_process_removed_comes_to_nothing(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_by(sign, "elsewhere", 1, seconds_ago=lease.STALE * 2)

    def is_stale(*_: object) -> bool:
        sign.with_suffix(".trying").unlink()
        return True

    monkeypatch.setattr(lease, "_is_stale", is_stale)
    with leased(sign) as mine:
        assert not mine


def test_who_died_while_taking_over_does_not_stand_in_the_way(sign: Path) -> None:
    written_by(sign, "elsewhere", 1, seconds_ago=lease.STALE * 2)
    written_by(sign.with_suffix(".trying"), "elsewhere", 2, seconds_ago=lease.STALE * 2)
    with leased(sign) as mine:
        assert not mine
    with leased(sign) as mine:
        assert mine


def test_a_file_system_without_locks_uses_leases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_lock", lambda handle: None)
    with claimed(tmp_path / "a.png") as mine, claimed(tmp_path / "a.png") as also_mine:
        assert (mine, also_mine) == (True, False)
        assert [path.suffix for path in tmp_path.iterdir()] == [".claim"]
        remove_stale_parts(tmp_path)
        assert [path.suffix for path in tmp_path.iterdir()] == [".claim"]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="what is left behind is removed at once")
def test_what_was_left_behind_without_locks_is_removed_when_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "_lock", lambda handle: None)
    for name, seconds in (("new.part", 60), ("old.part", 2 * 24 * 3600), ("old.claim", 3600)):
        written_by(tmp_path / f".srcnn-{name}", "elsewhere", 1, seconds_ago=seconds)
    remove_stale_parts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".srcnn-new.part"]
