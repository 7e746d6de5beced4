"""The same bytes on a real cluster, through a real S3 server, and when nodes and drivers are killed."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from srcnn.benchmark.records import read
from srcnn.files.io import write_image
from srcnn.files.picture import Picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Ray under Windows kills no nodes"),
]

COUNT = 60
PATIENCE = 900  # seconds for a command; on two free cores it takes ten


class Nodes(Protocol):
    address: str
    client: str

    def ask(self, what: str) -> str: ...


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for n in range(COUNT):
        size = (int(rng.integers(9, 60)), int(rng.integers(9, 60)), 3)
        write_image(folder / f"{n:03}.png", Picture(rng.integers(0, 256, size).astype(np.uint8)))
    return folder


@pytest.fixture(scope="session")
def expected(images: Path, tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> dict[str, bytes]:
    """What one machine makes of the images."""
    out = tmp_path_factory.mktemp("one") / "out"
    subprocess.run([*COMMAND, str(images), "-o", f"{out}/"], env=environment, check=True, timeout=PATIENCE)
    return contents(out)


COMMAND = [sys.executable, "-m", "srcnn", "upscale", "-m", "fast", "-s", "2", "-j", "1"]


def contents(folder: Path) -> dict[str, bytes]:
    """All files, hidden ones too: nothing half done is left."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def start(
    nodes: Nodes, environment: dict[str, str], source: str | Path, out: str | Path, rows: Path
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, str(source), "-o", f"{out}/", "--cluster", "ray", "--rows", str(rows)],
        env=environment | {"RAY_ADDRESS": nodes.address}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(driver: "subprocess.Popen[str]") -> str:
    _, said = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0, said
    return said


def finished(nodes: Nodes, environment: dict[str, str], *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, env=environment | {"RAY_ADDRESS": nodes.address},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def rows_so_far(rows: Path) -> int:
    return rows.read_text(encoding="utf-8").count("\n") if rows.exists() else 0


def wait_until(rows: Path, count: int, driver: "subprocess.Popen[str]") -> None:
    while rows_so_far(rows) < count and driver.poll() is None:
        time.sleep(0.1)


def test_the_bytes_are_those_of_one_machine(
    nodes: Nodes, environment: dict[str, str], images: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    said = ended(start(nodes, environment, images, tmp_path / "out", tmp_path / "rows"))
    assert said.splitlines()[-1] == f"{COUNT} upscaled"
    assert contents(tmp_path / "out") == expected
    rows = rows_of(tmp_path / "rows")
    assert Counter(row["state"] for row in rows) == {"done": COUNT}
    assert all(row["node"] and row["tries"] == 1 and row["seconds"] > 0 and row["size"] for row in rows)


def test_through_a_ray_client_the_bytes_are_the_same(
    nodes: Nodes, environment: dict[str, str], images: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    command = [*COMMAND, str(images), "-o", f"{tmp_path / 'out'}/", "--cluster", nodes.client]
    subprocess.run(command, env=environment, check=True, timeout=PATIENCE)
    assert contents(tmp_path / "out") == expected


def test_a_bad_file_is_a_row(nodes: Nodes, environment: dict[str, str], images: Path, tmp_path: Path) -> None:
    shutil.copytree(images, tmp_path / "in", ignore=lambda _, names: [name for name in names if name > "003"])
    (tmp_path / "in" / "bad.png").write_bytes(b"no image")
    driver = start(nodes, environment, tmp_path / "in", tmp_path / "out", tmp_path / "rows")
    _, said = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 1
    assert said.splitlines()[-1] == "3 upscaled, 1 failed"
    (failed,) = [row for row in rows_of(tmp_path / "rows") if row["state"] == "failed"]
    assert "bad.png: it is not an image" in failed["error"]


def test_a_file_that_ends_its_process_is_set_aside_and_standard_output_has_rows_alone(
    nodes: Nodes, environment: dict[str, str], images: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    shutil.copytree(images, tmp_path / "in")
    shutil.copy(images / "000.png", tmp_path / "in" / "poison.png")
    command = [sys.executable, "-c", "import poison; poison.poisoned()", *COMMAND[3:], str(tmp_path / "in")]
    ended = finished(nodes, environment, *command, "-o", f"{tmp_path / 'out'}/", "--cluster", "ray", "--json")
    assert ended.returncode == 1, ended.stderr
    assert f"{COUNT} upscaled, 1 failed" in ended.stderr
    rows = {Path(row["input"]).stem: row for row in map(json.loads, ended.stdout.splitlines())}
    poison = rows.pop("poison")
    assert (poison["state"], poison["tries"]) == ("failed", 3)
    assert "set aside, it was being upscaled when 3 processes were lost" in poison["error"]
    assert {(row["state"], row["tries"]) for row in rows.values()} == {("done", 1)}
    assert contents(tmp_path / "out") == expected


def test_a_killed_node_and_a_killed_driver_lose_and_double_nothing(
    nodes: Nodes, environment: dict[str, str], images: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    rows = tmp_path / "rows"
    driver = start(nodes, environment, images, tmp_path / "out", rows)
    wait_until(rows, 5, driver)
    nodes.ask("kill")
    wait_until(rows, 15, driver)
    driver.send_signal(signal.SIGKILL)
    driver.communicate(timeout=PATIENCE)
    before = rows_so_far(rows)
    said = ended(start(nodes, environment, images, tmp_path / "out", rows))
    nodes.ask("add")
    assert contents(tmp_path / "out") == expected
    assert before < COUNT, "the driver was killed in the middle"
    assert "skipped" in said
    again = rows_of(rows)[before:]
    assert len(again) == COUNT
    done = Counter(row["input"] for row in rows_of(rows) if row["state"] == "done")
    assert set(done.values()) == {1}, "no image is upscaled twice"


def test_a_benchmark_gives_the_scores_of_one_machine(
    nodes: Nodes, environment: dict[str, str], images: Path, tmp_path: Path
) -> None:
    small = tmp_path / "data" / "small"
    shutil.copytree(images, small, ignore=lambda _, names: [name for name in names if name > "005"])
    command = [sys.executable, "-m", "srcnn", "benchmark", "--methods", "bicubic,fast", "--scales", "2,3"]
    command += ["--datasets", "small", "--data", str(small.parent), "-j", "1"]
    for name, more in (("one", []), ("many", ["--cluster", "ray"])):
        ended = finished(nodes, environment, *command, "-o", str(tmp_path / name), *more)
        assert ended.returncode == 0, ended.stderr
    assert "measured on a cluster beside other work, so they are not comparable" in ended.stdout
    one, many = read(tmp_path / "one"), read(tmp_path / "many")
    assert len(one.scores) == 2 * 2 * 5
    assert [(score.key, score.values) for score in many.scores] == [(score.key, score.values) for score in one.scores]
    assert {score.alone for score in many.scores} == {False}


def test_from_bucket_to_bucket(
    nodes: Nodes, s3: str, environment: dict[str, str], images: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    import fsspec

    storage = fsspec.filesystem("s3", key="test", secret="test", client_kwargs={"endpoint_url": s3})
    storage.mkdir("photos")
    storage.put(f"{images}/", "photos/in", recursive=True)
    ended(start(nodes, environment, "s3://photos/in", "s3://photos/out", tmp_path / "rows"))
    found = {path.rsplit("/", 1)[1]: storage.cat_file(path) for path in storage.find("photos/out")}
    assert found == expected
