"""Cores that a process may keep busy: control groups as Linux shows them, in a tree made for the test."""

import math
import os
from pathlib import Path

import pytest

from srcnn import cores
from srcnn.cores import cpu_quota, usable_cores

V2 = "30 23 0:26 {root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "30 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "31 25 0:28 {root} /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
)


def tree(root: Path, group: str, mounts: str, files: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": group, "proc/self/mountinfo": mounts, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


@pytest.mark.parametrize(("text", "quota"), [("max 100000\n", None), ("150000 100000\n", 1.5), ("200000 50000\n", 4.0)])
def test_version_2(tmp_path: Path, text: str, quota: float | None) -> None:
    root = tree(tmp_path, "0::/\n", V2.format(root="/"), {"sys/fs/cgroup/cpu.max": text})
    assert cpu_quota(root) == quota


def test_version_2_the_groups_around_it_count(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/a.slice/cpu.max": "300000 100000\n",
        "sys/fs/cgroup/a.slice/b/cpu.max": "max 100000\n",
        "sys/fs/cgroup/other/cpu.max": "100000 100000\n",
    }
    root = tree(tmp_path, "0::/a.slice/b\n", V2.format(root="/"), files)
    assert cpu_quota(root) == 3.0


def test_version_2_in_a_container_that_sees_the_path_of_its_host(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/cpu.max": "250000 100000\n"}
    root = tree(tmp_path, "0::/docker/1f2e\n", V2.format(root="/docker/1f2e"), files)
    assert cpu_quota(root) == 2.5


def test_version_2_outside_of_what_is_mounted(tmp_path: Path) -> None:
    root = tree(tmp_path, "0::/../other\n", V2.format(root="/"), {"sys/fs/cgroup/cpu.max": "100000 100000\n"})
    assert cpu_quota(root) == 1.0


@pytest.mark.parametrize(("quota", "expected"), [("-1", None), ("50000", 0.5), ("800000", 8.0)])
def test_version_1(tmp_path: Path, quota: str, expected: float | None) -> None:
    folder = "sys/fs/cgroup/cpu,cpuacct/docker/1f2e"
    files = {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": "100000\n"}
    root = tree(tmp_path, "5:memory:/x\n4:cpu,cpuacct:/docker/1f2e\n0::/\n", V1.format(root="/"), files)
    assert cpu_quota(root) == expected


@pytest.mark.parametrize("text", ["", "nonsense\n", "1 0\n", "a b\n"])
def test_what_cannot_be_read_limits_nothing(tmp_path: Path, text: str) -> None:
    root = tree(tmp_path, "0::/\n", V2.format(root="/") + "broken line\n", {"sys/fs/cgroup/cpu.max": text})
    assert cpu_quota(root) is None
    assert cpu_quota(tmp_path / "elsewhere") is None


@pytest.mark.parametrize(("quota", "expected"), [(None, 4), (2.0, 2), (1.5, 2), (0.2, 1), (64.0, 4)])
def test_the_lesser_of_affinity_and_quota(monkeypatch: pytest.MonkeyPatch, quota: float | None, expected: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(4), raising=False)
    monkeypatch.setattr(cores, "cpu_quota", lambda: quota)
    assert usable_cores() == expected


def test_of_this_process() -> None:
    quota = cpu_quota()
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
    assert quota is None or usable_cores() <= math.ceil(quota)
