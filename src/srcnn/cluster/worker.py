"""What runs on the machines of a cluster: one process a slot, which keeps its model from task to task."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic

from srcnn.batch import carry_out
from srcnn.cluster.planned import Item
from srcnn.cluster.task import R, Task
from srcnn.files.atomic import remove_stale_parts
from srcnn.planning import Outcome
from srcnn.upscale_file import UpscaleFile
from srcnn.version import VERSION


class Worker(Generic[R]):
    """Does one task after another.

    Parameters
    ----------
    work : callable
        Takes a task and gives its row; what it opens for the first one, it keeps.
    """

    def __init__(self, work: Callable[[Task[R]], R]) -> None:
        self._work = work

    def about(self) -> str:
        """The version of srcnn here, by which the driver knows that the process runs."""
        return VERSION

    def do(self, task: Task[R]) -> R:
        """Do a task.

        Parameters
        ----------
        task : Task
            From the driver.

        Returns
        -------
        row
            What became of it.
        """
        return self._work(task)


@dataclass(frozen=True)
class UpscaleItem:
    """The work of `srcnn upscale` on one file of a cluster's plan; a model is opened with the first that needs it.

    Attributes
    ----------
    work : UpscaleFile
        What is done with a file.
    overwrite : bool
        Whether existing results are replaced.
    """

    work: UpscaleFile
    overwrite: bool

    def __call__(self, item: Task[Outcome]) -> Outcome:
        """Upscale the file.

        Parameters
        ----------
        item : Item
            Which one.

        Returns
        -------
        Outcome
            With the name of this machine.
        """
        assert isinstance(item, Item)
        if item.tidy and isinstance(item.job.target, Path):
            remove_stale_parts(item.job.target.parent)
        outcome = carry_out(item.job, self.work, overwrite=self.overwrite)
        return replace(outcome, node=socket.gethostname())
