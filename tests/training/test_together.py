"""Networks that are trained side by side leave the checkpoints that one run would leave."""

from pathlib import Path

import numpy as np
import pytest
import torch

from srcnn.errors import OptionError
from srcnn.nets import build
from srcnn.training.config import TrainConfig
from srcnn.training.data import Pair
from srcnn.training.member import make_member
from srcnn.training.patches import LivePatches, Source
from srcnn.training.predict import load_final, load_start, read_checkpoint
from srcnn.training.together import Group, train_together

CPU = torch.device("cpu")


def recipe(net: str, **values: object) -> TrainConfig:
    settings: dict[str, object] = {"loss": "charbonnier", "learning_rate": 3e-3, "frame": 2, "patch": 32, "batch": 4}
    return TrainConfig(net=net, scale=2, data=("x",), live=True, steps=1, **settings | values)  # type: ignore[arg-type]


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (3, 12, 12), np.uint8)
    return [np.kron(image, np.ones((8, 8), np.uint8)) for image in coarse]


def group(configs: list[TrainConfig], folder: Path) -> Group:
    first = configs[0]
    images = pictures()
    sampler = LivePatches([Source(image) for image in images[:2]], 2, first.patch, first.batch, 0)
    hr = images[2].astype(np.float32) / 255
    lr = hr.reshape(48, 2, 48, 2).mean((1, 3))
    members = [make_member(config, folder / config.net, CPU, 20) for config in configs]
    return Group(members, sampler, [Pair(lr[None], hr[None])], 0)


def test_every_member_learns_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    configs = [recipe("plain-4-2"), recipe("residual-4-1x2")]
    said: list[str] = []
    train_together([group(configs, tmp_path)], 3.0, said.append)
    assert any("validation" in line for line in said)
    for config in configs:
        path = tmp_path / config.net / "best.ckpt"
        saved = read_checkpoint(path)
        assert saved["step"] > 3
        assert [row["step"] for row in saved["log"]] == sorted(row["step"] for row in saved["log"])
        begun, ended = build(config.net, 2).state_dict(), load_final(path).state_dict()
        assert any(not torch.equal(begun[key], ended[key]) for key in begun)
        load_start(build(config.net, 3), str(path))  # of another scale: its last layer keeps its own start


def test_a_member_begins_from_a_run_before_it(tmp_path: Path) -> None:
    train_together([group([recipe("plain-4-2")], tmp_path)], 0.5, lambda _: None)
    before = tmp_path / "plain-4-2" / "best.ckpt"
    member = make_member(recipe("plain-4-2", init=str(before)), tmp_path / "next", CPU, 20)
    for key, value in load_final(before).state_dict().items():
        assert torch.equal(member.net.state_dict()[key], value)


@pytest.mark.parametrize("wrong", [{"live": False}, {"optimiser": "adam"}, {"ema": 0.0}, {"expand": 8}])
def test_other_recipes_are_refused(wrong: dict[str, object], tmp_path: Path) -> None:
    values = {"net": "plain-4-2", "scale": 2, "data": ("x",), "live": True, "steps": 1} | wrong
    with pytest.raises(OptionError, match="trained together are recipes with live"):
        make_member(TrainConfig(**values), tmp_path, CPU, 20)  # type: ignore[arg-type]
