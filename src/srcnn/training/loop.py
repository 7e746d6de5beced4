"""Training a network: a recipe and images become the checkpoints of a run.

Lightning Fabric brings devices and nodes. `srcnn.training.preparation` makes all that a run needs, and
`srcnn.training.run_state` goes through it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException

from srcnn.errors import ClusterError, OptionError
from srcnn.training.config import TrainConfig
from srcnn.training.outlook import Outlook
from srcnn.training.preparation import prepared
from srcnn.training.resuming import earlier_run
from srcnn.training.run_folder import LAST, working_in
from srcnn.training.run_state import Result, Status
from srcnn.training.stopping import Stopped


def train(
    config: TrainConfig,
    data: Path,
    run: Path,
    *,
    resume: bool = False,
    devices: int = 1,
    nodes: int = 1,
    accelerator: str = "cpu",
    report: Callable[[Status], None] | None = None,
    announce: Callable[[Outlook], None] | None = None,
) -> Result:
    """Train a network.

    Parameters
    ----------
    config : TrainConfig
        The recipe.
    data : Path
        The folder that holds the folders named in the recipe.
    run : Path
        Where checkpoints and logs go. One process at a time may work there.
        A checkpoint is written after the first step, every ``checkpoint_minutes``, and at every end.
    resume : bool
        Go on from ``run/last.ckpt``; with a limit in steps the result is the one that an uninterrupted run gives.
    devices, nodes : int
        Processes on this machine, and machines; the batch is shared among them. Every node runs the same command with
        ``MASTER_ADDR``, ``MASTER_PORT`` and ``NODE_RANK`` set, as ``torchrun`` does.
    accelerator : str
        As Lightning names them: "cpu", "cuda", "mps", "auto".
    report : callable, optional
        Told where the run is, on the first process only.
    announce : callable, optional
        Told what is going to be done and how long it takes, before any image is prepared, on the first process only.
        The estimate takes a few seconds.

    Returns
    -------
    Result
        Of the run when its limit is reached.

    Raises
    ------
    OptionError
        If the recipe does not fit the devices or the checkpoint to resume from, or the folder is another process's or
        another run's.
    DataError
        If images are missing.
    WeightsError
        If what the recipe begins from or is taught by is missing, or does not fit.
    ClusterError
        If another process of the run is lost.
    Stopped
        If SIGINT, SIGTERM or SIGHUP asked to stop; what was trained is saved.
        A ``KeyboardInterrupt`` is raised as it is before the first step.
    """
    world = devices * nodes
    if config.batch % world:
        raise OptionError(f"batch {config.batch} cannot be shared equally by {world} processes")
    with working_in(run, resume=resume) if _leads() else nullcontext():
        checkpoint = earlier_run(run / LAST, config) if resume else None
        fabric = _launched(accelerator, devices, nodes)
        with _left_together(fabric), _losses_told(run, world):
            return prepared(config, data, run, checkpoint, fabric, report, announce).go()


def _leads() -> bool:
    """Whether this is the process that writes files; others are started by it, or by a launcher that numbers them."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK"))


def _launched(accelerator: str, devices: int, nodes: int) -> Fabric:
    strategy = "ddp" if devices * nodes > 1 else "auto"
    try:
        fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy=strategy)
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        reason = str(error).strip().splitlines()[0]
        raise OptionError(
            f"accelerator {accelerator!r} with {devices} device(s) cannot be used here: {reason}"
        ) from error
    fabric.launch()
    return fabric


@contextmanager
def _left_together(fabric: Fabric) -> Iterator[None]:
    """Take the process group down once all its processes are at their end.

    Left to the end of the interpreter, the threads of Gloo now and then outlive what they work on, and the process
    aborts ("terminate called without an active exception"), after which Lightning kills the others.
    After an error that only one process met, there is nobody to wait for, and nothing is taken down.
    """
    stop = None
    try:
        yield
    except Stopped as stopped:  # by all processes, which have agreed on it
        stop = stopped
    if torch.distributed.is_initialized():
        fabric.barrier()
        torch.distributed.destroy_process_group()
    if stop is not None:
        raise stop


@contextmanager
def _losses_told(run: Path, world: int) -> Iterator[None]:
    """Turn what PyTorch says when another process is gone into what the user can do about it."""
    try:
        yield
    except RuntimeError as error:
        is_lost = isinstance(error, torch.distributed.DistError) or "gloo" in str(error)
        if world == 1 or not is_lost:
            raise
        why = " ".join(str(error).split())[:160]
        again = f"start all again with --resume to go on from {run / LAST}" if (run / LAST).exists() else "start again"
        raise ClusterError(f"another process of this run was lost ({why}); {again}") from error
