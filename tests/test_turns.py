"""Two files at once, one of which computes: order, turns, and an end that leaves nothing running."""

import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from srcnn import batch
from srcnn.batch import run
from srcnn.errors import CancelledError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.planning import Job, plan
from srcnn.prepared import Upscaled
from srcnn.sizes import TargetSize
from srcnn.turns import Turns
from srcnn.upscale_file import UpscaleFile

SOON = 60  # seconds that a busy machine may need for what takes none


def never(item: object) -> bool:
    return False


def test_the_next_job_computes_while_the_one_before_it_is_written() -> None:
    turns = Turns()
    second_computes = threading.Event()

    def work(number: int) -> str:
        told = turns.listener(lambda done, total: None)
        told(0, 1)
        if number == 1:
            second_computes.set()
        told(1, 1)
        # What is left of the first job waits for the second: without overlapping they would wait forever.
        return "overlapped" if number == 1 or second_computes.wait(SOON) else "one after the other"

    assert [result for result, _ in turns.each(range(2), work, never)] == ["overlapped"] * 2


def test_one_computes_at_a_time_and_results_keep_their_order() -> None:
    turns = Turns()
    computing: list[int] = []

    def work(number: int) -> int:
        def look(done: int, total: int) -> None:
            if done == 0:
                computing.append(number)
            assert computing == [number]
            if done == total:
                computing.remove(number)

        told = turns.listener(look)
        for done in range(5):
            told(done, 4)
        return number

    found = list(turns.each(range(20), work, never))
    assert [number for number, _ in found] == list(range(20))
    assert all(waited >= 0 for _, waited in found)


def test_a_job_that_fails_within_its_turn_gives_it_back() -> None:
    turns = Turns()

    def work(number: int) -> str:
        told = turns.listener(lambda done, total: None)
        told(0, 2)
        if number == 0:
            return "failed"  # as `or_failure` turns exceptions into results
        told(2, 2)
        return "done"

    assert [result for result, _ in turns.each(range(3), work, never)] == ["failed", "done", "done"]


def test_an_item_that_wants_to_be_alone_is() -> None:
    turns = Turns()
    running: set[int] = set()
    together: set[frozenset[int]] = set()

    def work(number: int) -> int:
        running.add(number)
        together.add(frozenset(running))
        threading.Event().wait(0.01)
        running.discard(number)
        return number

    assert [number for number, _ in turns.each(range(6), work, lambda number: number == 3)] == list(range(6))
    assert all(len(group) == 1 for group in together if 3 in group)


def test_closing_stops_the_work_that_goes_on() -> None:
    turns = Turns()
    ended: list[str] = []
    begun = threading.Event()

    def work(number: int) -> int:
        told = turns.listener(lambda done, total: None)
        if number == 0:
            return 0
        try:
            for done in range(10**9):
                told(done, 10**9)
                begun.set()
        except CancelledError:
            ended.append("cancelled")
        return number

    each: Generator[tuple[int, float], None, None] = turns.each(range(5), work, never)
    with closing(each):
        assert next(each)[0] == 0
        assert begun.wait(SOON)
    assert ended[:1] == ["cancelled"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(5):
        pixels = np.random.default_rng(number).integers(0, 256, (40 + number, 50, 3), np.uint8)
        write_image(tmp_path / "in" / f"{number}.png", Picture(pixels))
    (tmp_path / "in" / "3.png").write_bytes(b"no image")
    return tmp_path


def carried_out(folder: Path, name: str, turns: Turns | None) -> dict[str, tuple[str, bytes]]:
    work = UpscaleFile(size=TargetSize(scale=2), model="fast", threads=2)

    def told(job: Job[Path]) -> Upscaled:
        return work(job) if turns is None else work(job, turns.listener(lambda done, total: None))

    outcomes = list(run(plan([folder / "in"], folder / name, suffix=""), told, turns=turns))
    assert all(outcome.seconds is None or outcome.seconds >= 0 for outcome in outcomes)
    return {
        outcome.source.name: (outcome.state, outcome.target.read_bytes() if outcome.state == "done" else b"")
        for outcome in outcomes
        if isinstance(outcome.target, Path)
    }


def test_a_batch_comes_to_the_same_bytes_in_the_same_order(folder: Path) -> None:
    one, two = carried_out(folder, "one", None), carried_out(folder, "two", Turns())
    assert list(one) == list(two)
    assert one == two
    assert {state for state, _ in two.values()} == {"done", "failed"}
    assert not list(folder.rglob("*.part"))


def test_large_files_have_the_machine_for_themselves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_SMALL", 10)
    running: set[str] = set()
    turns = Turns()

    def work(job: Job[Path]) -> None:
        running.add(job.source.name)
        assert len(running) == 1
        job.target.write_bytes(b"result")
        running.discard(job.source.name)

    states = [outcome.state for outcome in run(plan([folder / "in"], folder / "out", suffix=""), work, turns=turns)]
    assert states == ["done"] * 5


def test_what_comes_after_a_caller_has_seen_enough_is_not_written(folder: Path) -> None:
    turns = Turns()
    begun = threading.Event()

    def work(job: Job[Path]) -> None:
        told = turns.listener(lambda done, total: None)
        if job.source.name == "0.png":
            begun.wait(SOON)
            raise CancelledError("the first one fails")
        begun.set()
        for done in range(10**9):
            told(done, 10**9)
        job.target.write_bytes(b"result")

    with closing(run(plan([folder / "in"], folder / "out", suffix=""), work, turns=turns)) as outcomes:
        assert next(outcomes).state == "failed"
    assert not list((folder / "out").glob("*.png"))
