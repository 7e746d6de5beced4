"""How many cores this process may keep busy: its affinity, and on Linux the quota of its control group.

A container is usually limited by a quota and not by an affinity: it sees every core of its host, and a process that
starts as many threads is stopped for most of every tenth of a second.
"""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def usable_cores() -> int:
    """Cores that this process may keep busy.

    Returns
    -------
    int
        At least 1: the cores that it may run on, or the quota of its control group, rounded up, where that is less.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def cpu_quota(root: Path = _ROOT) -> float | None:
    """The processor time that the control groups of this process allow it, versions 1 and 2.

    Parameters
    ----------
    root : path
        The folder that holds ``proc`` and what is mounted; another one only in tests.

    Returns
    -------
    float or None
        Seconds of processor time a second; the least of the group and all groups around it.
        None where nothing limits it, as on systems without control groups.
    """
    try:
        groups = (root / "proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
        mounts = (root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    quotas: list[float] = []
    for group in groups:
        # "0::/user.slice" of version 2, "4:cpu,cpuacct:/docker/1f2e" of version 1
        _, _, rest = group.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for folder in _folders(mounts, "cpu" if controllers else "", PurePosixPath(path), root):
            with suppress(OSError, ValueError, ZeroDivisionError):
                quotas += _quota_v1(folder) if controllers else _quota_v2(folder)
    return min(quotas, default=None)


def _folders(mounts: list[str], controller: str, path: PurePosixPath, root: Path) -> Iterator[Path]:
    """The folders of a group and of the groups around it, as far as they are mounted here."""
    for mount in mounts:
        # 36 35 98:0 /root /mount/point rw,noatime shared:1 - cgroup cgroup rw,cpu,cpuacct
        before, _, after = mount.partition(" - ")
        places, kinds = before.split(" "), after.split(" ")
        if len(places) < 5 or len(kinds) < 3:
            continue
        if kinds[0] != ("cgroup" if controller else "cgroup2"):
            continue
        if controller and controller not in kinds[2].split(","):
            continue
        top = root / places[4].lstrip("/")
        # Within a container the path may be that of the host, of which only the part below the mount is seen.
        below = path.relative_to(places[3]) if path.is_relative_to(places[3]) else PurePosixPath()
        if ".." in below.parts:
            below = PurePosixPath()
        yield from (top.joinpath(*below.parts[:depth]) for depth in range(len(below.parts) + 1))


def _quota_v2(folder: Path) -> list[float]:
    quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
    return [] if quota == "max" else [int(quota) / int(period)]


def _quota_v1(folder: Path) -> list[float]:
    quota, period = (int((folder / f"cpu.cfs_{name}_us").read_text(encoding="ascii")) for name in ("quota", "period"))
    return [quota / period] if quota > 0 else []
