"""Processes on a Ray cluster. Ray starts them, tells when one is lost, and carries what is said; it holds no images.

Ray alone and not Ray Data, which has no word for a file: there, a block is done or lost as a whole, and a file that
kills its process takes its neighbours with it.
"""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from srcnn.cluster.planned import Item
from srcnn.cluster.schedule import Event
from srcnn.cluster.worker import Worker
from srcnn.errors import ClusterError, OptionError, missing_extra
from srcnn.upscale_file import UpscaleFile
from srcnn.version import VERSION

_MOMENT = 0.5  # seconds that `events` waits at most
_LOOK = 5.0  # seconds between two looks at how large the cluster is


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster for the length of a block.

    Parameters
    ----------
    address : str
        ``"ray"``: the cluster that ``RAY_ADDRESS`` names or that runs on this machine, else one of this machine alone;
        ``"ray://HOST:PORT"``: one elsewhere, through its Ray Client server.

    Yields
    ------
    module
        `ray`.

    Raises
    ------
    OptionError
        If the address is none of these.
    MissingExtraError
        If Ray is not installed.
    ClusterError
        If there is no cluster.
    """
    if address != "ray" and not (address.startswith("ray://") and address.removeprefix("ray://")):
        raise OptionError(f"a cluster is called ray or ray://HOST:PORT, got {address!r}")
    # Ray reports its use to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise missing_extra("working on a cluster", "Ray", "cluster") from None
    try:
        ray.init(None if address == "ray" else address, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        what = " ".join(str(error).split())[:300]
        raise ClusterError(f"cannot reach the cluster {address}: {what}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


class RayPool:
    """One actor a slot (`srcnn.cluster.schedule.Pool`).

    An actor that is lost is not started again by Ray: only the scheduler knows which of its files are done.

    Parameters
    ----------
    ray : module
        From `connected`.
    work : UpscaleFile
        What is done with a file.
    overwrite : bool
        Whether existing results are replaced.
    workers : int, optional
        How many; as many as the cluster has processors for when not given.
    """

    def __init__(self, ray: Any, work: UpscaleFile, *, overwrite: bool, workers: int | None = None) -> None:
        self._ray = ray
        self._given = workers
        self._cores = work.threads or 1
        # Ray hides graphics cards from whoever does not ask for one.
        cards = 1 if work.device.startswith("cuda") else 0
        self._make = ray.remote(Worker).options(num_cpus=self._cores, num_gpus=cards, max_restarts=0)
        self._arguments = (ray.put(work), overwrite)
        self._numbers = itertools.count()
        self._actors: dict[int, Any] = {}
        self._pending: dict[Any, int] = {}  # what is waited for, and whose it is
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
        actor = self._make.remote(*self._arguments)
        self._actors[slot] = actor
        self._pending[actor.about.remote()] = slot
        return slot

    def give(self, slot: int, batch: tuple[Item, ...]) -> None:
        """Send a batch.

        Parameters
        ----------
        slot : int
            To which actor.
        batch : tuple of Item
            In order.
        """
        rows = self._actors[slot].upscale.options(num_returns="streaming").remote(batch)
        self._pending[rows] = slot

    def stop(self, slot: int) -> None:
        """End an actor.

        Parameters
        ----------
        slot : int
            Which one.
        """
        self._ray.kill(self._actors.pop(slot))

    def events(self) -> list[Event]:
        """Wait a moment.

        Returns
        -------
        list of Event
            At most one of each slot.
        """
        if not self._pending:
            return []
        ready, _ = self._ray.wait(list(self._pending), num_returns=1, timeout=_MOMENT, fetch_local=False)
        return [self._event(one) for one in ready]

    def _event(self, one: Any) -> Event:
        slot = self._pending.pop(one)
        is_rows = hasattr(one, "__next__")
        try:
            said = self._ray.get(next(one) if is_rows else one)
        except StopIteration:
            return Event(slot, "finished")
        except self._ray.exceptions.RayError as error:
            self._actors.pop(slot, None)
            return Event(slot, "lost", why=_why(error))
        if is_rows:
            self._pending[one] = slot
            return Event(slot, "row", said)
        if said != VERSION:
            self.stop(slot)
            why = f"it has srcnn {said}, and this machine {VERSION}; install the same version everywhere"
            return Event(slot, "lost", why=why)
        return Event(slot, "ready")


def _why(error: Exception) -> str:
    """Ray's reason in one line: its last words say what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "dead" in line or "died" in line or "Error" in line]
    return " ".join((told or lines or [type(error).__name__])[-1].split())[:200]
