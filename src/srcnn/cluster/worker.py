"""What runs on the machines of a cluster: one process a slot, which keeps its model from file to file."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from srcnn.batch import carry_out
from srcnn.cluster.planned import Item
from srcnn.files.atomic import remove_stale_parts
from srcnn.planning import Outcome
from srcnn.upscale_file import UpscaleFile
from srcnn.version import VERSION


class Worker:
    """Upscales the files of batches; a model is opened with the first file that needs it.

    Parameters
    ----------
    work : UpscaleFile
        What is done with a file.
    overwrite : bool
        Whether existing results are replaced.
    """

    def __init__(self, work: UpscaleFile, overwrite: bool) -> None:
        self._work = work
        self._overwrite = overwrite
        self._node = socket.gethostname()

    def about(self) -> str:
        """The version of srcnn here, by which the driver knows that the process runs."""
        return VERSION

    def upscale(self, items: tuple[Item, ...]) -> Iterator[Outcome]:
        """Work through a batch.

        Parameters
        ----------
        items : tuple of Item
            In order.

        Yields
        ------
        Outcome
            Of each file as soon as it is done.
        """
        for item in items:
            if item.tidy and isinstance(item.job.target, Path):
                remove_stale_parts(item.job.target.parent)
            outcome = carry_out(item.job, self._work, overwrite=self._overwrite)
            yield replace(outcome, node=self._node)
