"""How tasks are shared out: in batches that take about the same time."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Generic

from srcnn.cluster.task import R, Task

SECONDS = 5.0  # of a batch: far more than what sending it costs, and little to lose
MOST = 64  # tasks of a batch, before anything is known of their time
_WEIGHT = 0.2  # of the newest file in the mean


class Batches(Generic[R]):
    """Takes tasks off a list as slots ask for them.

    Pixels are known once an image is read, which is the work; bytes are known from the listing.
    The time of a byte is measured as rows come in, so a batch is as many files as take `SECONDS`, and one large file is
    a batch by itself.
    Towards the end batches become smaller, so that no slot is left with the last one.

    Parameters
    ----------
    items : iterable of Task or of rows
        Tasks, and rows of what needs no work.
    most : int
        Tasks of a batch at most.
    """

    def __init__(self, items: Iterable[Task[R] | R], most: int = MOST) -> None:
        self._items: Iterator[Task[R] | R] = iter(items)
        self._most = most
        self._again: deque[Task[R]] = deque()
        self._waiting: list[Task[R]] = []
        self._per_byte: float | None = None
        self._mean_size = 0.0
        self.exhausted = False  # the list has come to its end
        self.settled: deque[R] = deque()  # rows of what needs no work

    @property
    def empty(self) -> bool:
        """Whether all tasks are given out, except those that wait for another process."""
        return self.exhausted and not self._again

    def measured(self, item: Task[R], seconds: float | None) -> None:
        """Learn from a task that is finished.

        Parameters
        ----------
        item : Task
            The task.
        seconds : float or None
            How long it took; None where nothing was done.
        """
        if seconds is not None and item.size:
            share = seconds / item.size
            self._per_byte = share if self._per_byte is None else self._per_byte + _WEIGHT * (share - self._per_byte)

    def repeat(self, items: Iterable[Task[R]]) -> None:
        """Take tasks back that were lost; they come before all others.

        Parameters
        ----------
        items : iterable of Task
            In order.
        """
        self._again.extend(items)

    def wait(self, item: Task[R]) -> None:
        """Take a task back that another process is doing; it comes after all others.

        Parameters
        ----------
        item : Task
            Its ``last`` is set when it comes again.
        """
        self._waiting.append(item)

    def take(self, left: int | None = None, slots: int = 1) -> tuple[Task[R], ...]:
        """The next batch.

        Parameters
        ----------
        left : int, optional
            Tasks that are still to be done, where it is known.
        slots : int
            Among how many they are shared.

        Returns
        -------
        tuple of Task
            Empty where `settled` is to be emptied first, or there is nothing to do, at the moment or any more.
        """
        most = self._most if left is None else max(1, min(self._most, left // (2 * slots)))
        batch: list[Task[R]] = []
        seconds = 0.0
        while len(batch) < most:
            item = self._next()
            if item is None:
                break
            expected = self._expected(item)
            if batch and seconds + expected > SECONDS:
                self._again.appendleft(item)
                break
            batch.append(item)
            seconds += expected
        return tuple(batch)

    def _next(self) -> Task[R] | None:
        if self._again:
            return self._again.popleft()
        while len(self.settled) < MOST:  # a million failures, too, are told one by one
            item = next(self._items, None)
            if item is None:
                self.exhausted = True
                return None
            if isinstance(item, Task):
                return item
            self.settled.append(item)
        return None

    def _expected(self, item: Task[R]) -> float:
        """Seconds that a task will take; before anything is measured, a few fill a batch."""
        if item.size:
            self._mean_size += _WEIGHT * (item.size - self._mean_size) if self._mean_size else item.size
        if self._per_byte is None:
            return SECONDS / 4
        return self._per_byte * (item.size or self._mean_size)

    def last_ones(self) -> bool:
        """Whether tasks that waited for another process have become due; asked when nothing else is left.

        Returns
        -------
        bool
            False once there are none.
        """
        self._again.extend(replace(item, last=True) for item in self._waiting)
        self._waiting.clear()
        return bool(self._again)
