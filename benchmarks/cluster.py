"""A Ray cluster on this machine, nodes of one core each: how fast it is, what Ray costs, and whether anything is lost.

Call it with ``speed``, ``tasks`` or ``check``. Nodes share the cores, the memory and the disk of the machine, so there
is nothing to see of more nodes than cores; on cores that other programs use, only processor seconds mean something.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1", "RAY_enable_worker_prestart": "0",
         "RAY_prestart_worker_first_driver": "0", "RAY_agent_register_timeout_ms": "240000"}  # fmt: skip
UPSCALE = [sys.executable, "-m", "srcnn", "upscale", "-m", "fast", "-s", "2", "-j", "1"]
STORE = 80 * 2**20  # of a node, for objects, of which srcnn has none
_TICK = os.sysconf("SC_CLK_TCK")


def make_images(folder: Path, count: int, width: int, height: int, kind: str) -> None:
    """Smooth images with some detail, no two of them the same."""
    folder.mkdir()
    for n in range(count):
        rng = np.random.default_rng(n)
        coarse = Image.fromarray(rng.integers(0, 256, (height // 4, width // 4, 3), np.uint8))
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(folder / f"{n:05}.{kind}")


class Nodes:
    """A cluster of this process, some nodes of one core."""

    def __init__(self, count: int) -> None:
        from ray.cluster_utils import Cluster

        self.cluster = Cluster()
        self.nodes = [self.add() for _ in range(count)]
        self.address: str = self.cluster.address

    def add(self) -> Any:
        """One more; Ray gives up after 30 s on a busy machine, so it is tried again."""
        for left in reversed(range(10)):
            try:
                return self.cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
            except Exception:  # Ray's word for it
                if not left:
                    raise
        return None

    def kill(self) -> None:
        """Kill the last one."""
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)


@contextmanager
def nodes_of(count: int) -> Iterator[Nodes]:
    nodes = Nodes(count)
    try:
        yield nodes
    finally:
        nodes.cluster.shutdown()


def processor_seconds() -> float:
    """Of this process and all below it, those that have ended included."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = sum(map(int, fields[11:15]))
    return sum(ticks for process, ticks in spent.items() if os.getpid() in _above(process, parents)) / _TICK


def _above(process: int, parents: dict[int, int]) -> Iterator[int]:
    while process:
        yield process
        process = parents.get(process, 0)


@dataclass
class Driver:
    """The command on a cluster, and what it has reported so far."""

    process: subprocess.Popen[bytes]
    rows: Path

    def done(self) -> int:
        return self.rows.read_bytes().count(b"\n") if self.rows.exists() else 0

    def until(self, count: int) -> float:
        """Wait for that many rows; the time by the clock."""
        while self.done() < count and self.process.poll() is None:
            time.sleep(0.02)
        return time.perf_counter()

    def memory(self, what: str = "VmRSS") -> int:
        """Megabytes."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(what)), 0)


def start(nodes: Nodes, source: Path, out: Path, rows: Path) -> Driver:
    command = [*UPSCALE, str(source), "-o", f"{out}/", "--cluster", "ray", "--rows", str(rows)]
    environment = os.environ | {"RAY_ADDRESS": nodes.address}
    return Driver(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL), rows)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def speed(work: Path, counts: Iterable[int], images: int, repeats: int) -> None:
    """Images a second between the first and the last row, and processor seconds of everything."""
    make_images(work / "in", images, 512, 384, "jpg")
    begun, spent = time.perf_counter(), processor_seconds()
    subprocess.run([*UPSCALE, str(work / "in"), "-o", f"{work / 'one'}/", "-q"], check=True)
    took, spent = time.perf_counter() - begun, processor_seconds() - spent
    print(f"{images} JPEG of 512x384, x2 by fast; {len(os.sched_getaffinity(0))} cores", flush=True)
    print(f"without Ray: {images / took:.2f} images/s with the start, {spent / images:.4f} processor s an image")
    first = 0.0
    for count in counts:
        with nodes_of(count) as nodes:
            best, least, wait = 0.0, float("inf"), float("inf")
            for n in range(repeats):
                begun, before = time.perf_counter(), processor_seconds()
                driver = start(nodes, work / "in", work / f"out{count}_{n}", work / f"rows{count}_{n}")
                one = driver.until(1)
                seen = driver.done()
                end = driver.until(images)
                driver.process.wait()
                best = max(best, (images - seen) / (end - one))
                least = min(least, (processor_seconds() - before) / images)
                wait = min(wait, one - begun)
        first = first or best
        print(
            f"{count} nodes: {best:.2f} images/s, {best / first:.2f} times one node's; "
            f"{least:.4f} processor s an image, {wait:.1f} s to the first (best of {repeats})",
            flush=True,
        )


def tasks(count: int, nodes: int, repeats: int) -> None:
    """What Ray and the scheduler take for a file on which nothing is done."""
    from srcnn.cluster.batches import Batches
    from srcnn.cluster.connection import connected
    from srcnn.cluster.on_ray import RayPool
    from srcnn.cluster.planned import Item
    from srcnn.cluster.schedule import work_through
    from srcnn.planning import Job, Outcome

    def nothing(task: Any) -> Outcome:
        return Outcome(task.job.source, task.job.target, "done", seconds=0.0)

    items = [Item(Job(Path(f"/in/{n}.png"), Path(f"/out/{n}.png")), size=100_000) for n in range(count)]
    with nodes_of(nodes) as cluster:
        os.environ["RAY_ADDRESS"] = cluster.address
        clock = spent = float("inf")
        with connected("ray") as ray:
            for _ in range(repeats):
                rows = work_through(Batches(items), RayPool(ray, nothing))
                next(rows)
                begun, before = time.perf_counter(), processor_seconds()
                left = sum(1 for _ in rows)
                clock = min(clock, (time.perf_counter() - begun) / left)
                spent = min(spent, (processor_seconds() - before) / left)
    print(f"{count} files on which nothing is done, {nodes} nodes: {clock * 1e3:.2f} ms each by the clock, "
          f"{spent * 1e3:.2f} ms of processors (best of {repeats})")  # fmt: skip


def check(work: Path, images: int, nodes: int) -> None:
    """The bytes of one machine, memory of the driver, a killed node and a killed driver."""
    make_images(work / "in", images, 48, 32, "png")
    subprocess.run([*UPSCALE, str(work / "in"), "-o", f"{work / 'one'}/", "-q"], check=True)
    expected = contents(work / "one")
    with nodes_of(nodes) as cluster:
        driver = start(cluster, work / "in", work / "whole", work / "whole.jsonl")
        for tenth in range(1, 10):
            driver.until(images * tenth // 10)
            print(f"{driver.done()} rows: the driver holds {driver.memory()} MB, {driver.memory('VmHWM')} at most")
        driver.process.wait()
        print(f"{images} images on {nodes} nodes: the same bytes: {contents(work / 'whole') == expected}", flush=True)

        rows = work / "killed.jsonl"
        driver = start(cluster, work / "in", work / "killed", rows)
        driver.until(images // 4)
        cluster.kill()
        driver.until(images // 2)
        driver.process.send_signal(signal.SIGKILL)
        driver.process.wait()
        before = driver.done()
        start(cluster, work / "in", work / "killed", rows).process.wait()
    found = [json.loads(line) for line in rows.read_text().splitlines()]
    states = Counter(row["state"] for row in found[before:])
    done = Counter(row["input"] for row in found if row["state"] == "done")
    print(
        f"a node killed after {images // 4} rows, the driver after {before}, then started again: {dict(states)}; "
        f"the same bytes: {contents(work / 'killed') == expected}; "
        f"rows of the second run: {len(found) - before}; upscaled twice: {sum(n > 1 for n in done.values())}; "
        f"begun more than once: {sum(row['tries'] > 1 for row in found)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["speed", "tasks", "check"])
    parser.add_argument("--images", type=int, help="how many (speed 200, tasks 5000, check 2000)")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    os.environ.update(QUIET)
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "speed":
            speed(Path(folder), range(1, options.nodes + 1), options.images or 200, options.repeat)
        elif options.what == "tasks":
            tasks(options.images or 5000, options.nodes, options.repeat)
        else:
            check(Path(folder), options.images or 2000, options.nodes)


if __name__ == "__main__":
    main()
