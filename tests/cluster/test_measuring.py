"""Measurements that are sent away: the same scores, errors as answers, and files that other machines find."""

import pickle
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.benchmark import measurement
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.measurement import Measured, Measuring
from srcnn.benchmark.records import Key, Score, read
from srcnn.benchmark.run import run_benchmark
from srcnn.cluster import measuring as module
from srcnn.cluster.measuring import Measure, Measurement, OnCluster, Row
from srcnn.cluster.schedule import TRIES, Event
from srcnn.cluster.task import Task
from srcnn.errors import ClusterError, DataError, OptionError, ShapeError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.methods import load
from srcnn.methods.base import Method
from srcnn.report.screen import mean_tables

CONFIG = BenchmarkConfig(
    methods=("fast", "bicubic"), datasets=("set",), scales=(2, 3), degradations=("bicubic", "jpeg50"), threads=1
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "set").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for n in range(3):
        pixels = np.add.outer(np.arange(40), np.arange(30 + n))[..., None] + rng.integers(0, 90, (40, 30 + n, 3))
        write_image(tmp_path / "data" / "set" / f"{n}.png", Picture(pixels.astype(np.uint8)))
    return tmp_path / "data"


class Played:
    """Processes in this one; work and rows are pickled as on their way to others, and the last one is first."""

    def __init__(
        self, ray: Any, work: Callable[[Task[Row]], Row], *, cores: int = 1, workers: int | None = None
    ) -> None:
        self.works = {slot: pickle.loads(pickle.dumps(work)) for slot in range(workers or 2)}
        self.started: list[int] = []
        self.rows: list[Event[Row]] = []
        assert cores == 1

    def wanted(self) -> int:
        return len(self.works)

    def start(self) -> int:
        slot = len(self.started) % len(self.works)
        self.started.append(slot)
        self.rows.append(Event(slot, "ready"))
        return slot

    def give(self, slot: int, batch: tuple[Task[Row], ...]) -> None:
        (task,) = pickle.loads(pickle.dumps(batch))
        assert task.path.is_absolute()
        if task.path.stem == "poison":
            self.rows.append(Event(slot, "lost", why="the actor died"))
        else:
            self.rows.append(Event(slot, "row", pickle.loads(pickle.dumps(self.works[slot](task)))))

    def stop(self, slot: int) -> None:
        raise AssertionError

    def events(self) -> list[Event[Row]]:
        return [self.rows.pop()]


@pytest.fixture(autouse=True)
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nothing(address: str) -> Generator[None, None, None]:
        yield

    monkeypatch.setattr(module, "connected", nothing)
    monkeypatch.setattr(module, "RayPool", Played)


def test_the_scores_are_those_of_one_machine_and_the_seconds_are_not_compared(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # relative paths are made absolute
    config = replace(CONFIG, save_images=True)
    one = run_benchmark(config, Path("one"), data=Path("data"))
    many = run_benchmark(config, Path("many"), data=Path("data"), measurer=OnCluster("ray"))
    assert [(s.key, s.values, s.shape, s.notes) for s in many.scores] == [
        (s.key, s.values, s.shape, s.notes) for s in one.scores
    ]
    assert many.run["engines"] == one.run["engines"]
    assert images(tmp_path / "many") == images(tmp_path / "one")
    assert many.run["timing"] == "on a cluster, beside other measurements: not comparable"
    assert not any(score.alone for score in read(tmp_path / "many").scores)
    assert all(score.alone for score in read(tmp_path / "one").scores)
    text = mean_tables(many.scores, many.metrics)
    assert ", bicubic: measured on a cluster beside other work, so they are not comparable" in text
    assert all(line.split()[-2:] == ["-", "-"] for line in text.splitlines() if line.startswith("bicubic"))
    assert "cluster" not in mean_tables(one.scores, one.metrics)


def images(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.png")}


def test_measurements_of_a_cluster_and_of_one_machine_are_not_mixed(data: Path, tmp_path: Path) -> None:
    run_benchmark(CONFIG, tmp_path / "out", data=data)
    with pytest.raises(DataError, match="differ from this run in: timing"):
        run_benchmark(CONFIG, tmp_path / "out", data=data, resume=True, measurer=OnCluster("ray"))


def test_a_bad_image_ends_the_run_as_on_one_machine_and_what_is_measured_stays(data: Path, tmp_path: Path) -> None:
    write_image(data / "set" / "9.png", Picture(np.zeros((1, 9), np.uint8)))
    with pytest.raises(ShapeError, match=r"9\.png"):
        run_benchmark(CONFIG, tmp_path / "out", data=data, measurer=OnCluster("ray", workers=1))
    assert 0 < len(read(tmp_path / "out").scores) < 32


def test_a_stopped_run_goes_on(data: Path, tmp_path: Path) -> None:
    def stop(score: Score, done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(CONFIG, tmp_path, data=data, measurer=OnCluster("ray"), report=stop)
    before = read(tmp_path).scores
    new: list[Key] = []
    on_cluster = OnCluster("ray")
    records = run_benchmark(
        CONFIG, tmp_path, data=data, resume=True, measurer=on_cluster, report=lambda s, *_: new.append(s.key)
    )
    assert len(before) == 7
    assert len(new) == len(records.scores) - 7 == 17
    assert {score.key: score.values for score in before}.items() <= {s.key: s.values for s in records.scores}.items()


def test_an_image_that_costs_three_processes_ends_the_run(data: Path, tmp_path: Path) -> None:
    (data / "set" / "2.png").rename(data / "set" / "poison.png")
    with pytest.raises(ClusterError, match=rf"poison\.png: {TRIES} processes were lost .*the actor died"):
        run_benchmark(CONFIG, tmp_path / "out", data=data, measurer=OnCluster("ray"))


def test_a_process_keeps_its_method(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def noted(name: str, scale: int, **how: Any) -> Method:
        loaded.append((name, scale))
        return load(name, scale, **how)

    monkeypatch.setattr(measurement, "load", noted)
    measure = Measure(Measuring(CONFIG, (), {}))
    for method, image in (("bicubic", 0), ("bicubic", 1), ("fast", 0), ("fast", 1)):
        path = data / "set" / f"{image}.png"
        assert isinstance(measure(Measurement(Key(method, "set", 2, path.stem), path)), Measured)
    assert loaded == [("bicubic", 2), ("fast", 2)]


def test_what_srcnn_refuses_is_an_answer(data: Path) -> None:
    row = Measure(Measuring(CONFIG, (), {}))(Measurement(Key("bicubik", "set", 2, "0"), data / "set" / "0.png"))
    assert isinstance(row, OptionError)
