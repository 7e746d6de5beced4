"""What a batch would make and how long it would take, by a clock that only the work moves."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from srcnn.batch import run
from srcnn.errors import ImageError
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture
from srcnn.planning import Job, Outcome, plan
from srcnn.prepared import Upscaled
from srcnn.progress import OnProgress
from srcnn.rehearsal import rehearse
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

LOADING, READING, FIXED, BLOCK = 3.0, 0.25, 0.5, 0.75  # seconds


@dataclass
class Machine:
    """Its clock is moved by reading, loading, and by every row of blocks: one for 10 rows of an image."""

    now: float = 0.0
    loaded: bool = False
    blocks: int = 0

    def clock(self) -> float:
        return self.now

    def prepare(self, job: Job[Path]) -> "Work":
        self.now += READING
        height, width = read_image(job.source).pixels.shape[:2]
        return Work(self, (width, height))

    def work(self, job: Job[Path]) -> Upscaled:
        return self.prepare(job).write(job.target)


@dataclass
class Work:
    machine: Machine
    size: tuple[int, int]
    frames: int = 1

    @property
    def expected(self) -> Upscaled:
        width, height = self.size
        return Upscaled(input_size=self.size, size=(2 * width, 2 * height), model="it")

    def write(self, target: Path, on_progress: OnProgress | None = None) -> Upscaled:
        if not self.machine.loaded:
            self.machine.now += LOADING
            self.machine.loaded = True
        self.machine.now += FIXED
        total = self.size[1] // 10
        for done in range(total + 1):
            if on_progress is not None:
                on_progress(done, total)
            if done < total:
                self.machine.now += BLOCK
                self.machine.blocks += 1
        target.write_bytes(b"")
        return self.expected


def folder_of(tmp_path: Path, *heights: int) -> Path:
    for number, height in enumerate(heights):
        write_image(tmp_path / "in" / f"{number:02}.png", Picture(np.zeros((height, 6), np.uint8)))
    return tmp_path / "in"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()


@pytest.mark.parametrize(
    "heights",
    [(30,), (400,), (20,) * 30, (20, 40, 60, 80, 300), (30, 2000, 30, 30), tuple(range(10, 200, 10))],
    ids=str,
)
def test_the_estimate_is_what_it_takes(tmp_path: Path, heights: tuple[int, ...]) -> None:
    jobs = plan([folder_of(tmp_path, *heights)], tmp_path / "out")
    before = Machine()
    rows = list(rehearse(jobs, before.prepare, clock=before.clock))
    assert not (tmp_path / "out").exists()
    assert {row.state for row in rows} == {"planned"}
    really = Machine()
    assert {row.state for row in run(jobs, really.work)} == {"done"}
    assert sum(row.seconds or 0 for row in rows) == pytest.approx(really.now, rel=0.1)


def test_only_a_part_of_a_large_image_is_worked_on(tmp_path: Path) -> None:
    machine = Machine()
    list(rehearse(plan([folder_of(tmp_path, 4000)], tmp_path / "out"), machine.prepare, clock=machine.clock))
    assert 2 < machine.blocks < 8


def test_what_needs_no_work_or_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 10, 10)
    (folder / "bad.png").write_bytes(b"no image")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "01.png").write_bytes(b"old")
    jobs = plan([folder], tmp_path / "out")
    work = UpscaleFile(size=TargetSize(scale=2), model="bicubic")
    rows = {row.source.name: row for row in rehearse(jobs, work.prepare)}
    assert {name: row.state for name, row in rows.items()} == {
        "00.png": "planned", "01.png": "skipped", "bad.png": "failed",
    }  # fmt: skip
    assert (rows["00.png"].input_size, rows["00.png"].size, rows["00.png"].model) == ((6, 10), (12, 20), "bicubic")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["01.png"]
    again = {row.source.name: row.state for row in rehearse(jobs, work.prepare, overwrite=True)}
    assert again["01.png"] == "planned"


def test_a_kind_whose_trial_fails_has_no_estimate(tmp_path: Path) -> None:
    class Broken(Work):
        def write(self, target: Path, on_progress: OnProgress | None = None) -> Upscaled:
            raise ImageError("no")

    jobs = plan([folder_of(tmp_path, 10)], tmp_path / "out")
    (row,) = rehearse(jobs, lambda job: Broken(Machine(), (6, 10)))
    assert isinstance(row, Outcome)
    assert (row.state, row.seconds) == ("planned", None)
