"""What a model takes here: the time of a megapixel, and the PSNR of its card."""

from pathlib import Path

import numpy as np
import pytest

from srcnn import weights
from srcnn.benchmark import model_times
from srcnn.benchmark.model_times import ModelTime, time_model
from srcnn.errors import DataError, OptionError
from srcnn.image.arrays import Floats


class Timed:
    """A method that takes as long as it is told, by a clock of its own."""

    channels = "luma"

    def __init__(self, clock: list[float], of_a_megapixel: float) -> None:
        self.clock, self.of_a_megapixel, self.sides = clock, of_a_megapixel, set[int]()

    def upscale(self, lr: Floats) -> Floats:
        self.sides.add(2 * lr.shape[0])
        self.clock[0] += self.of_a_megapixel * 4 * lr.size / 1e6
        return lr


@pytest.mark.parametrize(("seconds", "sides"), [(0.5, {192, 1152}), (60.0, {192})])
def test_time_is_of_a_megapixel_and_slow_models_get_a_small_image(
    seconds: float, sides: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    method = Timed(clock, seconds)
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("time.process_time", lambda: 2 * clock[0])
    monkeypatch.setattr(model_times, "load", lambda name, scale, **_: method)
    found = time_model("any", 2)
    assert found == ModelTime("any", 2, pytest.approx(seconds), pytest.approx(2 * seconds))  # type: ignore[arg-type]
    assert method.sides == sides


def test_psnr_here_is_that_of_the_card(data_dir: Path) -> None:
    found = time_model("fast", 3, data=data_dir)
    (card,) = (e.card for e in weights.entries() if (e.card.name, e.card.scale) == ("plain-s", 3))
    assert found.psnr == pytest.approx(card.scores["Set5"]["psnr"], abs=0.005)
    assert 0 < found.seconds < 100


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        time_model("slow", 3)
    with pytest.raises(DataError):
        time_model("bicubic", 2, data=tmp_path)


def test_colour_models_are_timed_on_colour() -> None:
    assert time_model("bicubic", 2).psnr is None
    assert np.isfinite(time_model("srcnn-9-5-5-rgb", 2).seconds)
