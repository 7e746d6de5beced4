"""Results made elsewhere stand in the same tables; what is missing or wrong is named."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.records import Key
from srcnn.benchmark.run import plan, run_benchmark
from srcnn.benchmark.sources import LiveMethod, SavedResults
from srcnn.benchmark.timing import ENOUGH, REPEATS
from srcnn.degrade import degrade, enlarge
from srcnn.errors import DataError, OptionError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.resize import modcrop

GREY = np.random.default_rng(0).integers(16, 236, (50, 67)).astype(np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "set"
    folder.mkdir(parents=True)
    write_image(folder / "grey.png", Picture(GREY))
    return folder.parent


def put_result(folder: Path, pixels: np.ndarray, name: str = "grey.png") -> None:
    (folder / "set" / "x2").mkdir(parents=True, exist_ok=True)
    write_image(folder / "set" / "x2" / name, Picture(pixels))


def config(folder: Path, **more: tuple[str, ...]) -> BenchmarkConfig:
    return BenchmarkConfig(methods=more.get("methods", ()), datasets=("set",), scales=(2,), results={"mine": folder})


def test_a_saved_image_scores_like_the_method_that_made_it(data: Path, tmp_path: Path) -> None:
    hr = modcrop(GREY, 2)
    put_result(tmp_path / "mine", to_integers(enlarge(degrade(to_floats(hr), 2), 2)))
    records = run_benchmark(config(tmp_path / "mine", methods=("bicubic",)), tmp_path / "out", data=data)
    bicubic, mine = records.scores
    assert (bicubic.key.method, mine.key.method) == ("bicubic", "mine")
    assert mine.values == bicubic.values
    assert np.isnan(mine.seconds)
    assert np.isnan(mine.cpu_seconds)
    assert mine.peak_memory is None
    assert "mine x2" in records.run["weights"]
    assert "mine x2" not in records.run["multiplications"]


def test_other_images_in_the_folder_are_not_mixed_in_on_resume(data: Path, tmp_path: Path) -> None:
    put_result(tmp_path / "mine", GREY[:, :66])
    run_benchmark(config(tmp_path / "mine"), tmp_path / "out", data=data)
    put_result(tmp_path / "mine", 255 - GREY[:, :66])
    with pytest.raises(DataError, match="mine x2"):
        run_benchmark(config(tmp_path / "mine"), tmp_path / "out", data=data, resume=True)


def test_a_missing_result_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match=r"mine/set/x2/grey\.png .*there is no image"):
        run_benchmark(config(tmp_path / "mine"), tmp_path / "out", data=data)


def test_two_files_of_one_image_are_refused(data: Path, tmp_path: Path) -> None:
    put_result(tmp_path / "mine", GREY[:, :66])
    put_result(tmp_path / "mine", GREY[:, :66], "grey.bmp")
    with pytest.raises(DataError, match=r"grey\.bmp and grey\.png"):
        SavedResults(tmp_path / "mine").path(Key("mine", "set", 2, "grey"))


def test_a_result_of_another_size_is_refused(data: Path, tmp_path: Path) -> None:
    put_result(tmp_path / "mine", GREY)
    with pytest.raises(DataError, match=r"must have 66x50 pixels.*not 67x50"):
        run_benchmark(config(tmp_path / "mine"), tmp_path / "out", data=data)


@pytest.mark.parametrize("name", ["bicubic", "best", "all", "a,b", "mine+tta", "net.onnx", ""])
def test_results_need_a_name_of_their_own(name: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="unique name"):
        plan(BenchmarkConfig(methods=("bicubic",), results={name: tmp_path}))


def test_results_in_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="which does not exist"):
        plan(BenchmarkConfig(methods=(), results={"mine": tmp_path / "nowhere"}))


@dataclass
class Slow:
    """A method whose first call at every new size takes far longer than the next,
    as that of an engine that compiles.
    """

    clock: list[float]
    first: float
    further: float
    name: str = "slow"
    scale: int = 2
    channels: str = "luma"
    calls: list[tuple[int, ...]] = field(default_factory=list)

    def upscale(self, lr: np.ndarray) -> np.ndarray:
        self.clock[0] += self.further if lr.shape in self.calls else self.first
        self.calls.append(lr.shape)
        return enlarge(lr, 2)


@pytest.mark.parametrize(("further", "timed"), [(0.01, REPEATS), (0.4, 3), (2 * ENOUGH, 1)])
def test_the_first_call_at_a_size_is_not_timed(further: float, timed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(time, "process_time", lambda: 2 * clock[0])
    method = Slow(clock, first=50.0, further=further)
    source = LiveMethod(method)  # type: ignore[arg-type]
    for height in (20, 30):
        estimate = source.estimate(Key("slow", "set", 2, "grey"), GREY[:height, :40])
        assert estimate.seconds == pytest.approx(further)
        assert estimate.cpu_seconds == pytest.approx(2 * further)
        assert method.calls.count((height // 2, 20)) == timed + 1


def test_a_call_that_the_machine_disturbed_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, durations = [0.0], iter([50.0, 0.02, 0.5, 0.01, 0.02, 0.01])

    class Disturbed(Slow):
        def upscale(self, lr: np.ndarray) -> np.ndarray:
            clock[0] += next(durations)
            return enlarge(lr, 2)

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(time, "process_time", lambda: clock[0])
    source = LiveMethod(Disturbed(clock, 0, 0))  # type: ignore[arg-type]
    estimate = source.estimate(Key("slow", "set", 2, "grey"), GREY[:20, :40])
    assert estimate.seconds == pytest.approx(0.02)
