"""Processes on a Ray cluster. Ray starts them, tells when one is lost, and carries what is said; it holds no images.

Ray alone and not Ray Data, which has no word for a file: there, a block is done or lost as a whole, and a file that
kills its process takes its neighbours with it.
"""

import itertools
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Generic

from srcnn.cluster.schedule import Event
from srcnn.cluster.task import R, Task
from srcnn.cluster.worker import Worker
from srcnn.version import VERSION

_MOMENT = 0.5  # seconds that `events` waits at most
_LOOK = 5.0  # seconds between two looks at how large the cluster is


class RayPool(Generic[R]):
    """One actor a slot (`srcnn.cluster.schedule.Pool`).

    An actor that is lost is not started again by Ray: only the scheduler knows which of its tasks are done.
    A batch is one call for each of its tasks, which an actor answers in order: rows come one by one, and that also
    through a Ray Client, which knows no generators.

    Parameters
    ----------
    ray : module
        From `srcnn.cluster.connection.connected`.
    work : callable
        What is done with a task (`srcnn.cluster.worker.Worker`).
    cores : int
        Of an actor.
    cards : int
        Graphics cards of an actor; Ray hides them from whoever does not ask for one.
    workers : int, optional
        How many; as many as the cluster has processors for when not given.
    """

    def __init__(
        self, ray: Any, work: Callable[[Task[R]], R], *, cores: int = 1, cards: int = 0, workers: int | None = None
    ) -> None:
        self._ray = ray
        self._given = workers
        self._cores = cores
        self._make = ray.remote(Worker).options(num_cpus=cores, num_gpus=cards, max_restarts=0, max_task_retries=0)
        self._work = ray.put(work)
        self._numbers = itertools.count()
        self._actors: dict[int, Any] = {}
        self._first: dict[Any, int] = {}  # the answer that is waited for, and whose it is
        self._rest: dict[int, deque[Any]] = {}  # those of a slot after it
        self._size = (0, float("-inf"))  # slots of the cluster, and when that was looked up

    def wanted(self) -> int:
        """As many as were asked for, or fit."""
        if self._given is not None:
            return self._given
        size, at = self._size
        if monotonic() - at > _LOOK:
            size = max(1, int(self._ray.cluster_resources().get("CPU", 0) // self._cores))
            self._size = (size, monotonic())
        return size

    def start(self) -> int:
        """Ask for an actor; it is there when the cluster has room.

        Returns
        -------
        int
            Its slot.
        """
        slot = next(self._numbers)
        actor = self._make.remote(self._work)
        self._actors[slot] = actor
        self._first[actor.about.remote()] = slot
        return slot

    def give(self, slot: int, batch: tuple[Task[R], ...]) -> None:
        """Send a batch.

        Parameters
        ----------
        slot : int
            To which actor.
        batch : tuple of Task
            In order.
        """
        do = self._actors[slot].do
        first, *rest = [do.remote(task) for task in batch]
        self._first[first] = slot
        self._rest[slot] = deque(rest)

    def stop(self, slot: int) -> None:
        """End an actor.

        Parameters
        ----------
        slot : int
            Which one.
        """
        self._ray.kill(self._actors.pop(slot))
        self._rest.pop(slot, None)

    def events(self) -> list[Event[R]]:
        """Wait a moment.

        Returns
        -------
        list of Event
            At most one of each slot.
        """
        if not self._first:
            return []
        ready, _ = self._ray.wait(list(self._first), num_returns=1, timeout=_MOMENT, fetch_local=False)
        return [self._event(one) for one in ready]

    def _event(self, answer: Any) -> Event[R]:
        slot = self._first.pop(answer)
        try:
            said = self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            self.stop(slot)  # it may be alive, and have the rest of its batch before it
            return Event(slot, "lost", why=_why(error))
        rest = self._rest.get(slot)
        if rest is None:
            return self._started(slot, said)
        if rest:
            self._first[rest.popleft()] = slot
        return Event(slot, "row", said)

    def _started(self, slot: int, version: str) -> Event[R]:
        if version == VERSION:
            return Event(slot, "ready")
        self.stop(slot)
        why = f"it has srcnn {version}, and this machine {VERSION}; install the same version everywhere"
        return Event(slot, "lost", why=why)


def _why(error: Exception) -> str:
    """Ray's reason in one line: its last words say what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "dead" in line or "died" in line or "Error" in line]
    return " ".join((told or lines or [type(error).__name__])[-1].split())[:200]
