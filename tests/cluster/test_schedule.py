"""Who does what, and what becomes of the work of processes that are lost: with processes that are played."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from srcnn.batch import ELSEWHERE
from srcnn.cluster.batches import MOST, SECONDS, Batches
from srcnn.cluster.planned import Item
from srcnn.cluster.schedule import TRIES, Event, work_through
from srcnn.cluster.task import Task
from srcnn.errors import ClusterError
from srcnn.planning import Job, Outcome


def items(count: int, size: int = 1000) -> list[Item]:
    return [Item(Job(Path(f"{n}.png"), Path(f"out/{n}.png")), size=size) for n in range(count)]


def outcome(item: Item, seconds: float = 0.01) -> Outcome:
    return Outcome(item.job.source, item.job.target, "done", seconds=seconds)


@dataclass
class Played:
    """A cluster in one process: a file named in ``deadly`` ends the process that works on it."""

    slots: int = 3
    deadly: frozenset[str] = frozenset()
    lose_every: int = 0  # rows after which a process is lost, for reasons of its own
    refuses: bool = False  # processes end before they are ready
    held: set[str] = field(default_factory=set)  # written by another process, once
    worked: Counter[str] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)
    started: int = 0
    stopped: int = 0
    _queue: deque[Event[Outcome]] = field(default_factory=deque)
    _rows: int = 0

    def wanted(self) -> int:
        return self.slots

    def start(self) -> int:
        self.started += 1
        self._queue.append(Event(self.started, "lost" if self.refuses else "ready", why="no such module"))
        return self.started

    def stop(self, slot: int) -> None:
        self.stopped += 1

    def give(self, slot: int, batch: tuple[Task[Outcome], ...]) -> None:
        self.batches.append(len(batch))
        for item in batch:
            assert isinstance(item, Item)
            name = item.job.source.name
            self._rows += 1
            if name in self.deadly or (self.lose_every and self._rows % self.lose_every == 0):
                self._queue.append(Event(slot, "lost", why="the actor died"))
                return
            if name in self.held and not item.last:
                row = Outcome(item.job.source, item.job.target, "skipped", ELSEWHERE)
            else:
                self.worked[name] += 1
                row = outcome(item)
            self._queue.append(Event(slot, "row", row))

    def events(self) -> list[Event[Outcome]]:
        return [self._queue.popleft()] if self._queue else []


def done_by(pool: Played, jobs: list[Item | Outcome]) -> list[Outcome]:
    return list(work_through(Batches(jobs), pool))


def test_every_file_is_done_once() -> None:
    pool = Played()
    rows = done_by(pool, [*items(500)])
    assert sorted(row.source.name for row in rows) == sorted(f"{n}.png" for n in range(500))
    assert set(pool.worked.values()) == {1}
    assert pool.started == 3


def test_files_without_work_are_told_in_between() -> None:
    failed = [Outcome(Path(f"bad{n}.png"), None, "failed", "no image") for n in range(3 * MOST)]
    rows = done_by(Played(slots=1), [*failed, *items(2), *failed])
    assert Counter(row.state for row in rows) == {"failed": 6 * MOST, "done": 2}


@pytest.mark.parametrize("every", [2, 3, 7])
def test_what_a_lost_process_did_not_report_is_done_by_another(every: int) -> None:
    pool = Played(lose_every=every)
    rows = done_by(pool, [*items(60)])
    assert len({row.source for row in rows}) == len(rows) == 60
    assert set(pool.worked.values()) == {1}, "what was reported is not done again"
    assert all(row.tries <= TRIES for row in rows)
    assert max(row.tries for row in rows) > 1


def test_a_file_that_costs_three_processes_is_set_aside() -> None:
    pool = Played(deadly=frozenset({"7.png"}))
    rows = {row.source.name: row for row in done_by(pool, [*items(20)])}
    assert len(rows) == 20
    assert (rows["7.png"].state, rows["7.png"].tries) == ("failed", 3)
    assert "set aside" in rows["7.png"].message
    assert "the actor died" in rows["7.png"].message
    assert {row.state for name, row in rows.items() if name != "7.png"} == {"done"}
    assert {row.tries for name, row in rows.items() if name != "7.png"} == {1}
    assert pool.started > 3, "a lost process is replaced"


def test_what_another_process_is_writing_is_tried_again_at_the_end() -> None:
    pool = Played(held={"1.png", "3.png"})
    rows = done_by(pool, [*items(9)])
    assert [row.state for row in rows] == ["done"] * 9
    assert {row.source.name for row in rows[-2:]} == {"1.png", "3.png"}


def test_a_cluster_on_which_nothing_starts_is_an_error_that_says_why() -> None:
    with pytest.raises(ClusterError, match="ready for work; the last one said: no such module"):
        done_by(Played(refuses=True), [*items(1)])


def test_processes_come_and_go_with_the_machines() -> None:
    pool = Played(slots=1)
    rows = work_through(Batches(items(400)), pool)
    next(rows)
    pool.slots = 4
    for _ in range(100):
        next(rows)
    assert pool.started == 4
    pool.slots = 2
    assert len(list(rows)) == 299
    assert pool.stopped == 2


def test_the_list_is_read_no_further_than_there_are_hands() -> None:
    read = 0

    def listing() -> Iterator[Item]:
        nonlocal read
        for item in items(10_000):
            read += 1
            yield item

    rows = work_through(Batches(listing()), Played(slots=2))
    for _ in range(10):
        next(rows)
    assert read <= 4 * MOST


def test_batches_take_about_the_same_time() -> None:
    batches: Batches[Outcome] = Batches([*items(8), *items(2, size=4_000_000), *items(200)])
    first = batches.take()
    assert len(first) == 4, "before anything is known, a few files"
    for item in first:
        batches.measured(item, 0.1)
    assert len(batches.take()) == 4, "a large file is left to the next one"
    assert [len(batches.take()) for _ in range(2)] == [1, 1], "and is a batch by itself"
    assert len(batches.take()) == int(SECONDS / 0.1)


def test_the_last_batches_are_small() -> None:
    batches: Batches[Outcome] = Batches(items(40))
    batches.measured(items(1)[0], 0.001)
    assert len(batches.take(left=40, slots=4)) == 5
    assert len(batches.take(left=3, slots=4)) == 1
