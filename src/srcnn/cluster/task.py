"""A piece of work that is sent to another machine, and what is known of it when its process is lost."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Task(ABC, Generic[R]):
    """What one process does at once, and reports in one row.

    Attributes
    ----------
    size : int
        Bytes that are read for it; 0 where they are not known.
    tries : int
        How often the process that worked on it was lost.
    last : bool
        Whether it has waited for another process that was doing it.
    """

    size: int = 0
    tries: int = 0
    last: bool = False

    def once_more(self) -> Self:
        """The same after its process was lost.

        Returns
        -------
        Task
            To be given to another process.
        """
        return replace(self, tries=self.tries + 1)

    @abstractmethod
    def set_aside(self, why: str) -> R:
        """The row of work that costs every process that tries it.

        Parameters
        ----------
        why : str
            What became of them, as the end of a line.

        Returns
        -------
        row
            A failure.
        """

    def finished(self, row: R) -> R | None:
        """The row as it is reported.

        Parameters
        ----------
        row : object
            From the process.

        Returns
        -------
        row or None
            None where the work has to wait for somebody else, and is begun again when nothing else is left.
        """
        return row

    def seconds(self, row: R) -> float | None:
        """How long the work took, from which the size of batches is found.

        Parameters
        ----------
        row : object
            From the process.

        Returns
        -------
        float or None
            None where nothing was done.
        """
        return None
