"""Who does what, and what becomes of the work of a process that is lost; without Ray, so that it can be tested alone.

A process works on the tasks of a batch in order and reports each as soon as it is done.
When it is lost, the first task without a report is the one it was working on: it may be the reason, and after `TRIES`
losses it is set aside. The rest of the batch was not touched, and goes to others.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol

from srcnn.cluster.batches import Batches
from srcnn.cluster.task import R, Task
from srcnn.errors import ClusterError

TRIES = 3  # processes that a task may cost
_STARTS = 5  # processes in a row that may end before they are ready


@dataclass(frozen=True)
class Event(Generic[R]):
    """What happened to a slot.

    Attributes
    ----------
    slot : int
        Which one.
    kind : {"ready", "row", "lost"}
        Its process waits for work; a task is done; it is gone.
    row : object, optional
        Of the next task of its batch.
    why : str
        Why it is gone, as the end of a line.
    """

    slot: int
    kind: Literal["ready", "row", "lost"]
    row: R | None = None
    why: str = ""


class Pool(Protocol[R]):
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

    def give(self, slot: int, batch: tuple[Task[R], ...]) -> None:
        """Send work to a process that waits for it.

        Parameters
        ----------
        slot : int
            Which one.
        batch : tuple of Task
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

    def events(self) -> list[Event[R]]:
        """Wait a moment for something to happen.

        Returns
        -------
        list of Event
            In order; may be empty.
        """
        ...


@dataclass
class _Slots(Generic[R]):
    """The processes: not ready yet, waiting for work, working."""

    starting: set[int] = field(default_factory=set)
    idle: list[int] = field(default_factory=list)
    working: dict[int, deque[Task[R]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starting) + len(self.idle) + len(self.working)

    def reported(self, slot: int) -> Task[R]:
        """The task that a row is of; with the last one of its batch, the slot waits for work."""
        task = self.working[slot].popleft()
        if not self.working[slot]:
            del self.working[slot]
            self.idle.append(slot)
        return task


def work_through(batches: Batches[R], pool: Pool[R], *, left: Callable[[], int | None] = lambda: None) -> Iterator[R]:
    """Do all tasks.

    Parameters
    ----------
    batches : Batches
        The tasks.
    pool : Pool
        The processes.
    left : callable
        How many tasks are still to be done; None where that is not known yet.

    Yields
    ------
    row
        Of every task once, as soon as it is known.

    Raises
    ------
    ClusterError
        If one process after another ends before it is ready for work.
    """
    slots: _Slots[R] = _Slots()
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
            elif event.kind == "row" and event.row is not None:
                yield from _row(batches, slots.reported(event.slot), event.row)
            elif event.slot in slots.starting:
                slots.starting.discard(event.slot)
                failed_starts += 1
                if failed_starts >= _STARTS:
                    raise ClusterError(f"no process of the cluster is ready for work; the last one said: {event.why}")
            else:
                slots.idle = [slot for slot in slots.idle if slot != event.slot]
                yield from _lost(batches, slots.working.pop(event.slot, deque()), event.why)


def _hand_out(batches: Batches[R], pool: Pool[R], slots: _Slots[R], left: int | None) -> bool:
    """Give work to whoever waits for it; False where rows of what needs none are in the way."""
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


def _drained(settled: deque[R]) -> Iterator[R]:
    while settled:
        yield settled.popleft()


def _row(batches: Batches[R], task: Task[R], row: R) -> Iterator[R]:
    told = task.finished(row)
    if told is None:
        batches.wait(task)
        return
    batches.measured(task, task.seconds(row))
    yield told


def _lost(batches: Batches[R], tasks: deque[Task[R]], why: str) -> Iterator[R]:
    """What was not reported is done again; the task that was being worked on is watched."""
    if not tasks:
        return
    suspect = tasks.popleft().once_more()
    if suspect.tries >= TRIES:
        yield suspect.set_aside(why)
    else:
        batches.repeat([suspect])
    batches.repeat(tasks)
