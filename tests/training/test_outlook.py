"""What is told before a run starts."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from srcnn.training import outlook
from srcnn.training.outlook import Outlook, preparation_seconds, spoken, step_seconds

RUN = Outlook(
    model="srcnn-9-5-5",
    scale=3,
    folder=Path("runs/mine"),
    images=1040,
    held_out=10,
    device="cpu",
    processes=1,
    threads=2,
    precision="bfloat16",
    wished="bfloat16",
    steps=0,
    minutes=14.0,
    preparation_seconds=37.0,
    step_seconds=0.1,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only the test moves."""
    now = [0.0]
    monkeypatch.setattr("srcnn.training.outlook.time.perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 second"), (1.2, "1 second"), (37, "37 seconds"), (89, "89 seconds"), (90, "1.5 minutes"),
        (1234, "21 minutes"),
        (3600, "60 minutes"), (9000, "2.5 hours"), (86400 * 3.26, "3.3 days"),
    ],
)  # fmt: skip
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_a_run_by_the_clock() -> None:
    lines = RUN.lines()
    assert (
        lines[0] == "srcnn-9-5-5 x3 into runs/mine: 1,040 images to train on, 10 held out; 2 threads on cpu, bfloat16"
    )
    assert lines[1] == "preparing the images takes about 37 seconds; training takes 14 minutes, about 8,400 steps"
    assert len(lines) == 2


def test_a_run_by_steps() -> None:
    run = replace(RUN, steps=6_250_000, minutes=0.0)
    assert run.lines()[-1].endswith("training 6,250,000 steps takes about 7.2 days")
    assert replace(run, step_seconds=math.nan).lines()[-1].endswith("training 6,250,000 steps, whose time is not known")


@pytest.mark.parametrize(("steps", "seconds"), [(100, 10), (1_000_000, 14 * 60)])
def test_the_limit_that_is_reached_first_counts(steps: int, seconds: float) -> None:
    run = replace(RUN, steps=steps)
    assert run.training_seconds == pytest.approx(seconds)
    assert spoken(seconds) in run.lines()[-1]


def test_only_what_is_left_of_a_resumed_run_is_counted() -> None:
    assert replace(RUN, minutes_done=13.0).training_seconds == pytest.approx(60)
    assert replace(RUN, steps=50, minutes=0.0, steps_done=30).training_seconds == pytest.approx(2)
    assert replace(RUN, minutes_done=15.0).training_seconds == 0


def test_another_precision_than_wished_is_told_in_one_line() -> None:
    lines = replace(RUN, precision="float32").lines()
    assert len(lines) == 3
    assert "asks for bfloat16" in lines[1]
    assert "float32 is used" in lines[1]


def test_preparation_is_estimated_by_size(tmp_path: Path, clock: list[float]) -> None:
    files = []
    for number in range(40):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(bytes(100 + 10 * number))

    seen: list[Path] = []

    def prepare(path: Path) -> None:
        seen.append(path)
        clock[0] += path.stat().st_size / 10_000

    estimate = preparation_seconds(files, prepare)
    assert estimate == pytest.approx(sum(path.stat().st_size for path in files) / 10_000)
    assert len(seen) == outlook.SAMPLED


def test_estimates_take_no_longer_than_they_may(tmp_path: Path, clock: list[float]) -> None:
    files = [tmp_path / f"{number}.png" for number in range(9)]
    for path in files:
        path.write_bytes(b"12345")
    seen: list[object] = []

    def slow(what: object) -> None:
        seen.append(what)
        clock[0] += 100

    assert preparation_seconds(files, slow) == pytest.approx(900)
    assert len(seen) == 1
    assert step_seconds(slow) == pytest.approx(100)
    assert len(seen) == 2


def test_first_steps_do_not_count(clock: list[float]) -> None:
    def step(number: int) -> None:
        clock[0] += 0.5 if number < outlook.WARM else 0.125

    assert step_seconds(step) == pytest.approx(0.125)
