"""A run goes on as the same run: with the same network, measured on the same images, at the rate that is asked for."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from srcnn.errors import OptionError, WeightsError
from srcnn.training.config import TrainConfig
from srcnn.training.loop import train
from srcnn.training.predict import read_checkpoint
from srcnn.training.run_folder import LAST
from srcnn.training.run_state import Status


@pytest.fixture
def half(photos: Path, config: TrainConfig, tmp_path: Path) -> Path:
    """The folder of a run that was stopped after 5 of 12 steps."""

    def stop(status: Status) -> None:
        if status.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, photos, tmp_path / "half", report=stop)
    return tmp_path / "half"


@pytest.mark.parametrize("changed", [{"validation": "."}, {"holdout": 4}, {"degradation": "gaussian"}])
def test_what_psnr_is_measured_on_cannot_change(
    photos: Path, config: TrainConfig, half: Path, changed: dict[str, Any]
) -> None:
    before = (half / LAST).read_bytes()
    other = replace(config, validation_every=2, **changed)
    with pytest.raises(OptionError, match=r"resume with the .*recipe it began with"):
        train(other, photos, half, resume=True)
    assert (half / LAST).read_bytes() == before


def test_images_that_were_added_cannot_change_which_are_held_out(
    photos: Path, config: TrainConfig, half: Path, tmp_path: Path
) -> None:
    shutil.copytree(photos, tmp_path / "more")
    shutil.copy(photos / "0.png", tmp_path / "more" / "00.png")  # comes before all others but one
    with pytest.raises(OptionError, match=r"validated on 2 images, which are not those that are held out now \(2\.png"):
        train(config, tmp_path / "more", half, resume=True)
    assert train(config, photos, half, resume=True).step == 12


def test_a_checkpoint_that_does_not_say_what_was_held_out_goes_on(
    photos: Path, config: TrainConfig, half: Path
) -> None:
    older = read_checkpoint(half / LAST)
    del older["held_out"]
    torch.save(older, half / LAST)
    assert train(config, photos, half, resume=True).step == 12


@pytest.mark.parametrize("optimiser", ["soap", "sgd", "adam"])
def test_another_learning_rate_is_the_one_that_is_used(
    photos: Path, config: TrainConfig, tmp_path: Path, optimiser: str
) -> None:
    config = replace(config, optimiser=optimiser, steps=2, ema=0.0)  # type: ignore[arg-type]
    train(config, photos, tmp_path)
    before = read_checkpoint(tmp_path / LAST)["net"]
    result = train(replace(config, steps=4, learning_rate=1e-12), photos, tmp_path, resume=True)
    after = read_checkpoint(tmp_path / LAST)["net"]
    assert result.log[-1].learning_rate <= 1e-12
    for key in before:
        torch.testing.assert_close(after[key], before[key], rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"config": {"steps": 5, "colour": 1}}, "the recipe in the checkpoint .* cannot be used: unknown key"),
        ({"config": 5}, "the recipe in the checkpoint .* cannot be used"),
        ({"net": {"x": 1}}, "cannot resume from .*, which is damaged"),
        ({"optimiser": {}}, "cannot resume from .*, which is damaged"),
        ({"log": [{"step": 1}]}, "cannot resume from .*, which is damaged"),
        ({"mean": None, "optimiser": None, "log": None}, r"not the state of a run \(mean, optimiser, log\)"),
    ],
)
def test_a_damaged_checkpoint_is_named(
    photos: Path, config: TrainConfig, half: Path, change: dict[str, Any], words: str
) -> None:
    saved = read_checkpoint(half / LAST)
    whole = {**saved, **change}
    torch.save({key: value for key, value in whole.items() if value is not None or key not in change}, half / LAST)
    with pytest.raises(WeightsError, match=words):
        train(config, photos, half, resume=True)


def test_half_a_checkpoint_is_named(photos: Path, config: TrainConfig, half: Path) -> None:
    data = (half / LAST).read_bytes()
    (half / LAST).write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match="not a checkpoint of srcnn train, or damaged"):
        train(config, photos, half, resume=True)
