"""Who does what, and what becomes of the work of a process that is lost; without Ray, so that it can be tested alone.

A process works on the files of a batch in order and reports each as soon as it is done.
When it is lost, the first file without a report is the one it was working on: it may be the reason, and after `TRIES`
losses it is set aside. The rest of the batch was not touched, and goes to others.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from srcnn.batch import ELSEWHERE
from srcnn.cluster.batches import Batches
from srcnn.cluster.planned import Item
from srcnn.errors import ClusterError
from srcnn.planning import Outcome

TRIES = 3  # processes that a file may cost
_STARTS = 5  # processes in a row that may end before they are ready


@dataclass(frozen=True)
class Event:
    """What happened to a slot.

    Attributes
    ----------
    slot : int
        Which one.
    kind : {"ready", "row", "finished", "lost"}
        Its process waits for work; a file is done; so is its batch; it is gone.
    outcome : Outcome, optional
        Of the next file of its batch.
    why : str
        Why it is gone, as the end of a line.
    """

    slot: int
    kind: Literal["ready", "row", "finished", "lost"]
    outcome: Outcome | None = None
    why: str = ""


class Pool(Protocol):
    """Processes on other machines, one a slot."""

    def wanted(self) -> int:
        """How many there should be.

        Returns
        -------
        int
            May change as machines come and go.
        """
        ...

    def start(self) -> int:
        """Ask for one more process.

        Returns
        -------
        int
            Its slot.
        """
        ...

    def give(self, slot: int, batch: tuple[Item, ...]) -> None:
        """Send work to a process that waits for it.

        Parameters
        ----------
        slot : int
            Which one.
        batch : tuple of Item
            In order.
        """
        ...

    def stop(self, slot: int) -> None:
        """End a process.

        Parameters
        ----------
        slot : int
            Which one.
        """
        ...

    def events(self) -> list[Event]:
        """Wait a moment for something to happen.

        Returns
        -------
        list of Event
            In order; may be empty.
        """
        ...


@dataclass
class _Slots:
    """The processes: not ready yet, waiting for work, working."""

    starting: set[int] = field(default_factory=set)
    idle: list[int] = field(default_factory=list)
    working: dict[int, deque[Item]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starting) + len(self.idle) + len(self.working)


def work_through(batches: Batches, pool: Pool, *, left: Callable[[], int | None] = lambda: None) -> Iterator[Outcome]:
    """Do all jobs.

    Parameters
    ----------
    batches : Batches
        The jobs.
    pool : Pool
        The processes.
    left : callable
        How many files are still to be done; None where that is not known yet.

    Yields
    ------
    Outcome
        Of every file once, as soon as it is known.

    Raises
    ------
    ClusterError
        If one process after another ends before it is ready for work.
    """
    slots = _Slots()
    failed_starts = 0
    while True:
        while True:
            handed_out = _hand_out(batches, pool, slots, left())
            yield from _drained(batches.settled)
            if handed_out:
                break
        if not slots.working and batches.exhausted and not batches.last_ones():
            return
        for event in pool.events():
            if event.kind == "ready":
                failed_starts = 0
                slots.starting.discard(event.slot)
                slots.idle.append(event.slot)
            elif event.kind == "row" and event.outcome is not None:
                yield from _row(batches, slots.working[event.slot].popleft(), event.outcome)
            elif event.kind == "finished":
                if event.slot in slots.working:
                    del slots.working[event.slot]
                    slots.idle.append(event.slot)
            elif event.slot in slots.starting:
                slots.starting.discard(event.slot)
                failed_starts += 1
                if failed_starts >= _STARTS:
                    raise ClusterError(f"no process of the cluster is ready for work; the last one said: {event.why}")
            else:
                slots.idle = [slot for slot in slots.idle if slot != event.slot]
                yield from _lost(batches, slots.working.pop(event.slot, deque()), event.why)


def _hand_out(batches: Batches, pool: Pool, slots: _Slots, left: int | None) -> bool:
    """Give work to whoever waits for it; False where files without work are in the way."""
    wanted = pool.wanted()
    while slots.idle and len(slots) > wanted:
        pool.stop(slots.idle.pop())
    while slots.idle:
        batch = batches.take(left, max(wanted, 1))
        if not batch:
            return batches.exhausted
        slot = slots.idle.pop(0)
        slots.working[slot] = deque(batch)
        pool.give(slot, batch)
    if not batches.empty:
        while len(slots) < wanted:
            slots.starting.add(pool.start())
    return True


def _drained(settled: deque[Outcome]) -> Iterator[Outcome]:
    while settled:
        yield settled.popleft()


def _row(batches: Batches, item: Item, outcome: Outcome) -> Iterator[Outcome]:
    if outcome.message == ELSEWHERE and not item.last:
        batches.wait(item)
        return
    batches.measured(item, outcome.seconds)
    yield replace(outcome, tries=item.tries + 1)


def _lost(batches: Batches, items: deque[Item], why: str) -> Iterator[Outcome]:
    """What was not reported is done again; the file that was being worked on is watched."""
    if not items:
        return
    suspect = replace(items.popleft(), tidy=True)
    suspect = replace(suspect, tries=suspect.tries + 1)
    if suspect.tries >= TRIES:
        problem = f"{suspect.job.source}: set aside, it was being upscaled when {TRIES} processes were lost ({why})"
        yield Outcome(suspect.job.source, suspect.job.target, "failed", problem, tries=suspect.tries)
    else:
        batches.repeat([suspect])
    batches.repeat(items)
