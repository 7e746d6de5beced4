"""A run learns, can be cut in two without a trace, and can be shared among processes."""

import csv
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.fabric import Fabric
from PIL import Image

from srcnn.degrade import make_pair
from srcnn.errors import DataError, OptionError, RangeError, WeightsError
from srcnn.image.arrays import Floats
from srcnn.nets import build, colour_of
from srcnn.nets.precision import bfloat16_is_quicker
from srcnn.training import loop, preparation, run_state
from srcnn.training.config import TrainConfig
from srcnn.training.data import read_hr
from srcnn.training.export import export
from srcnn.training.loop import train
from srcnn.training.losses import LOSSES
from srcnn.training.outlook import Outlook
from srcnn.training.predict import load_final, protocol_psnr, read_checkpoint
from srcnn.training.run_folder import BEST, LAST, LOG, SNAPSHOTS
from srcnn.training.run_state import Status, is_due
from srcnn.training.stopping import Stopped
from srcnn.weights.log import read_log


def final_weights(path: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = read_checkpoint(path)["final"]
    return weights


def test_a_run_learns_and_keeps_what_it_made(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    seen: list[Status] = []
    result = train(replace(config, steps=150, learning_rate=3e-3), photos, tmp_path, report=seen.append)
    start = train(replace(config, steps=1, learning_rate=1e-9), photos, tmp_path / "start")
    assert result.val_psnr > start.val_psnr + 0.3  # the identity start is bicubic
    assert result.step == 150
    assert seen[0].stage == "images"
    assert seen[-1].stage == "done"
    assert [status.step for status in seen if status.stage == "training"] == list(range(1, 151))
    with (tmp_path / LOG).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["val_psnr"]) == result.log[-1].val_psnr
    assert (tmp_path / BEST).exists()
    assert list((tmp_path / "tensorboard").iterdir())
    assert not list(tmp_path.glob("*.part"))


def test_the_frame_of_a_sub_image_carries_no_loss(
    photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Size] = []

    def loss(sr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
        seen.extend((sr.shape, hr.shape))
        return (sr - hr).square().mean()

    monkeypatch.setitem(LOSSES, "mse", loss)
    train(replace(config, net="plain-8-2", widths=(), frame=3, steps=1), photos, tmp_path / "run")
    inner = config.patch - 2 * 3 * config.scale
    assert seen == [(config.batch, 1, inner, inner)] * 2


def test_layers_trained_as_more_than_they_are_end_as_what_they_were(
    photos: Path, config: TrainConfig, tmp_path: Path
) -> None:
    plain = replace(config, net="plain-8-2", widths=())
    result = train(replace(plain, expand=16), photos, tmp_path / "run")
    _, card = export(result.best)
    assert card.parameters == sum(p.numel() for p in build("plain-8-2", 2).parameters())
    begun = train(replace(plain, init=str(result.best), steps=1, learning_rate=1e-9), photos, tmp_path / "next")
    assert begun.val_psnr == pytest.approx(result.val_psnr, abs=0.01)


needs_bfloat16 = pytest.mark.skipif(not bfloat16_is_quicker("cpu"), reason="this processor has no bfloat16 arithmetic")


@needs_bfloat16
@pytest.mark.parametrize("net", ["plain-8-2", "subpixel-8-2"])
def test_bfloat16_learns_nearly_the_same(photos: Path, config: TrainConfig, tmp_path: Path, net: str) -> None:
    config = replace(config, net=net, widths=(), optimiser="sgd", learning_rate=1e-3, steps=8, ema=0.0, warm_up=0)
    start = build(net, config.scale, start=config.start, seed=config.seed).state_dict()
    moved = {}
    for precision in ("float32", "bfloat16"):
        train(replace(config, precision=precision), photos, tmp_path / precision)
        end = final_weights(tmp_path / precision / LAST)
        assert all(weight.dtype == torch.float32 for weight in end.values())
        moved[precision] = torch.cat([(end[key] - start[key]).flatten() for key in start])
    error = torch.linalg.vector_norm(moved["bfloat16"] - moved["float32"]) / torch.linalg.vector_norm(moved["float32"])
    assert 0 < error < 0.1


def test_bfloat16_is_a_wish(photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def lacks(device: str) -> bool:
        asked.append(device)
        return False

    monkeypatch.setattr(preparation, "bfloat16_is_quicker", lacks)
    config = replace(config, net="plain-8-2", widths=(), steps=4)
    told: list[Outlook] = []
    train(config, photos, tmp_path / "float32", announce=told.append)
    train(replace(config, precision="bfloat16"), photos, tmp_path / "wish", announce=told.append)
    ends = [final_weights(tmp_path / run / LAST) for run in ("float32", "wish")]
    assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])
    assert asked == ["cpu"]
    assert [outlook.precision for outlook in told] == ["float32", "float32"]
    lines = [[line for line in outlook.lines() if "asks for bfloat16" in line] for outlook in told]
    assert [len(found) for found in lines] == [0, 1]


@needs_bfloat16
def test_the_end_of_a_run_can_be_in_float32(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, net="plain-8-2", widths=(), steps=4)
    half = replace(config, precision="bfloat16")
    runs = {
        "float32": config,
        "bfloat16": half,
        "both": replace(half, float32_end=0.5),
        "end alone": replace(half, float32_end=1.0),
    }
    ends = {}
    for name, recipe in runs.items():
        train(recipe, photos, tmp_path / name)
        ends[name] = torch.cat([weight.flatten() for weight in final_weights(tmp_path / name / LAST).values()])
    assert torch.equal(ends["end alone"], ends["float32"])
    assert not torch.equal(ends["both"], ends["float32"])
    assert not torch.equal(ends["both"], ends["bfloat16"])


@pytest.mark.parametrize("optimiser", ["soap", "sgd", "adam", "adamw"])
def test_resume_is_exact(
    photos: Path, config: TrainConfig, tmp_path: Path, optimiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(config, optimiser=optimiser, learning_rate=1e-3)  # type: ignore[arg-type]
    train(config, photos, tmp_path / "whole")

    # A run that is stopped after 5 of its 12 steps, as by Ctrl-C.
    def stop(status: Status) -> None:
        if status.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, photos, tmp_path / "pieces", report=stop)
    assert read_checkpoint(tmp_path / "pieces" / LAST)["step"] == 5
    result = train(config, photos, tmp_path / "pieces", resume=True)
    assert result.step == 12
    whole, pieces = (final_weights(tmp_path / run / LAST) for run in ("whole", "pieces"))
    assert all(torch.equal(whole[key], pieces[key]) for key in whole)


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("net", "srcnn-5-3-3"),
        ("widths", (8, 6)),
        ("expand", 2),
        ("scale", 3),
        ("optimiser", "adam"),
        ("seed", 1),
        ("ema", 0.5),
    ],
)
def test_resume_refuses_another_recipe(
    photos: Path, config: TrainConfig, one_step: Path, tmp_path: Path, key: str, other: object
) -> None:
    shutil.copytree(one_step, tmp_path / "run")
    changed: dict[str, Any] = {key: other}
    with pytest.raises(OptionError, match=f"was made with {key} = .*, not .*resume with the recipe it began with"):
        train(replace(config, **changed), photos, tmp_path / "run", resume=True)


@pytest.fixture(scope="module")
def one_step(photos: Path, config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that made one step of the recipe `config`."""
    run = tmp_path_factory.mktemp("one") / "run"
    train(replace(config, steps=1), photos, run)
    return run


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_between_two_steps(
    photos: Path, config: TrainConfig, tmp_path: Path, number: signal.Signals
) -> None:
    train(config, photos, tmp_path / "whole")

    def stop(status: Status) -> None:
        if status.step == 4:
            os.kill(os.getpid(), number)

    with pytest.raises(Stopped) as stopped:
        train(config, photos, tmp_path / "pieces", report=stop)
    assert stopped.value.number == number
    assert read_checkpoint(tmp_path / "pieces" / LAST)["step"] == 4
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    train(config, photos, tmp_path / "pieces", resume=True)
    whole, pieces = (final_weights(tmp_path / run / LAST) for run in ("whole", "pieces"))
    assert all(torch.equal(whole[key], pieces[key]) for key in whole)


def test_the_first_checkpoint_follows_the_first_step(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    class KilledError(Exception):
        """Ends a run without a chance to save."""

    def kill(status: Status) -> None:
        if status.step == 2:
            raise KilledError

    with pytest.raises(KilledError):
        train(replace(config, checkpoint_minutes=1e6), photos, tmp_path, report=kill)
    assert read_checkpoint(tmp_path / LAST)["step"] == 1
    assert train(config, photos, tmp_path, resume=True).step == 12


def test_a_signal_amid_a_step_leaves_the_checkpoint_before(
    photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def loss(sr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return (sr - hr).square().mean()

    monkeypatch.setitem(LOSSES, "mse", loss)
    with pytest.raises(KeyboardInterrupt):
        train(config, photos, tmp_path)
    assert read_checkpoint(tmp_path / LAST)["step"] == 1


@pytest.mark.parametrize("net", ["srcnn-5-1-3", "srcnn-5-1-3-rgb", "plain-8-2"])
def test_a_result_is_compared_with_bicubic(photos: Path, config: TrainConfig, tmp_path: Path, net: str) -> None:
    result = train(replace(config, net=net, widths=(), steps=1), photos, tmp_path)
    expected = []
    for path in result.images.validation:
        hr, _, ilr = make_pair(read_hr(path, colour_of(net)), config.scale)
        a, b = (np.moveaxis(np.atleast_3d(image), 2, 0) for image in (hr, ilr))
        expected.append(protocol_psnr(a, b, config.scale))
    assert result.bicubic_psnr == pytest.approx(np.mean(expected), abs=0.01)


def test_an_outlook_changes_nothing(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    told: list[Outlook] = []
    train(config, photos, tmp_path / "told", announce=told.append)
    train(config, photos, tmp_path / "not")
    ends = [final_weights(tmp_path / run / LAST) for run in ("told", "not")]
    assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])
    assert (told[0].images, told[0].held_out, told[0].steps, told[0].device) == (4, 2, 12, "cpu")
    assert told[0].preparation_seconds > 0
    assert told[0].step_seconds > 0


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"init": "nowhere/best.ckpt"}, WeightsError, "cannot read the checkpoint"),
        ({"teacher": "no-such-model", "teacher_weight": 0.5}, OptionError, "no-such-model"),
        ({"patch": 6}, OptionError, "patch must be larger than"),
        ({"net": "srcnn-5-2-3"}, OptionError, "all odd"),
    ],
)
def test_what_is_wrong_is_found_before_images_are_prepared(
    photos: Path, config: TrainConfig, tmp_path: Path, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    told: list[object] = []
    with pytest.raises(error, match=words):
        train(replace(config, **changes), photos, tmp_path / "run", report=told.append, announce=told.append)
    assert told == []
    assert not (tmp_path / "run").exists()


def test_an_accelerator_that_is_not_there_is_one_clear_error(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="accelerator 'abacus'"):
        train(config, photos, tmp_path / "run", accelerator="abacus")


@pytest.mark.filterwarnings("ignore:Grad strides do not match:UserWarning")
@pytest.mark.parametrize("signals", [(), (signal.SIGTERM,)], ids=["finished", "stopped"])
def test_a_run_leaves_no_process_group_and_no_thread(
    photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signals: tuple[int, ...]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MASTER_PORT", str(free.getsockname()[1]))
    for name, value in (("MASTER_ADDR", "127.0.0.1"), ("NODE_RANK", "0"), ("LOCAL_RANK", "0"), ("WORLD_SIZE", "1")):
        monkeypatch.setenv(name, value)
    groups: list[bool] = []

    def grouped(accelerator: str, devices: int, nodes: int) -> Fabric:
        fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy="ddp")
        fabric.launch()
        return fabric

    def look(status: Status) -> None:
        groups.append(torch.distributed.is_initialized())
        if status.step == 2:
            for number in signals:
                os.kill(os.getpid(), number)

    monkeypatch.setattr(loop, "_launched", grouped)
    before = set(threading.enumerate())
    with pytest.raises(Stopped) if signals else nullcontext():
        train(config, photos, tmp_path / "run", report=look)
    assert groups
    assert all(groups)
    assert not torch.distributed.is_initialized()
    lightnings = {thread for thread in threading.enumerate() if thread.name == "child-process-observer"}
    assert set(threading.enumerate()) - before <= lightnings


# SGD: SOAP would turn the last bit of a gradient into other directions where its matrices are singular.
TWO = """
net = "srcnn-5-1-3"
widths = [8, 4]
scale = 2
data = ["."]
patch = 20
batch = 4
steps = 12
holdout = 3
warm_up = 2
ema = 0.9
optimiser = "sgd"
learning_rate = 0.05
"""


def _started(launch: str, photos: Path, folder: Path, *more: str) -> "list[subprocess.Popen[str]]":
    """A run of two processes: of one command, or as two nodes that torchrun starts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (folder / "recipe.toml").write_text(TWO, encoding="utf-8")
    run = ["srcnn", "train", str(folder / "recipe.toml"), "--data", str(photos), "--output", str(folder / "run")]
    run += ["--accelerator", "cpu", *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if launch == "devices":
        environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        commands = [["-m", *run, "--devices", "2"]]
    else:
        where = ["--nnodes=2", "--nproc-per-node=1", "--master-addr=127.0.0.1", f"--master-port={port}"]
        torchrun = ["-m", "torch.distributed.run", *where]
        commands = [[*torchrun, f"--node-rank={rank}", "-m", *run, "--nodes", "2"] for rank in (0, 1)]
    return [
        subprocess.Popen(
            [sys.executable, *command], env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for command in commands
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("launch", ["devices", "nodes"])
def test_two_processes_give_what_one_gives(photos: Path, config: TrainConfig, tmp_path: Path, launch: str) -> None:
    processes = _started(launch, photos, tmp_path)
    said = [process.communicate(timeout=300) for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    two = final_weights(tmp_path / "run" / LAST)
    assert read_checkpoint(tmp_path / "run" / LAST)["step"] == 12
    assert (tmp_path / "run" / "model.onnx").exists()
    assert sum(out.count("held-out images") for out, _ in said) == 1  # only the first process speaks
    # The gradients of both are averaged: one process that draws both halves of every batch makes the same steps.
    one = _train_on_both_halves(config, photos, tmp_path / "one")
    for key, tensor in one.items():
        torch.testing.assert_close(two[key], tensor, atol=1e-6, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found as Linux shows them")
def test_a_lost_node_ends_the_run_and_resume_goes_on(photos: Path, tmp_path: Path) -> None:
    first, second = _started("nodes", photos, tmp_path, "--steps", "1000000")
    last = tmp_path / "run" / LAST
    while not last.exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.1)
    step = read_checkpoint(last)["step"]
    # torchrun starts its process in a session of its own.
    (rank,) = Path(f"/proc/{second.pid}/task/{second.pid}/children").read_text(encoding="ascii").split()
    os.kill(int(rank), signal.SIGKILL)
    _, said = first.communicate(timeout=300)
    second.communicate()
    assert first.returncode != 0, said
    assert "srcnn: another process of this run was lost" in said
    assert f"--resume to go on from {last}" in said
    assert "Traceback" not in said.split("torch.distributed.elastic")[0].split("srcnn: another process")[0]
    step = max(step, read_checkpoint(last)["step"])
    processes = _started("nodes", photos, tmp_path, "--resume", "--steps", str(step + 3))
    ends = [process.communicate(timeout=300) for process in processes]
    assert all(process.returncode == 0 for process in processes), ends
    assert read_checkpoint(last)["step"] == step + 3


def _train_on_both_halves(config: TrainConfig, photos: Path, run: Path) -> dict[str, torch.Tensor]:
    import numpy as np

    from srcnn.training.data import PatchSampler

    class Both(PatchSampler):
        def sample(self, index: int, rank: int = 0) -> tuple[Floats, Floats]:
            half = PatchSampler(
                self.pairs, self.patch, self.halo, self.reduction, self.batch // 2, self.augment, self.seed
            )
            parts = [half.sample(index, rank) for rank in (0, 1)]
            return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "PatchSampler", Both)
        train(replace(config, optimiser="sgd", learning_rate=0.05), photos, run)
    return final_weights(run / LAST)


def test_minutes_end_a_run(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    result = train(replace(config, steps=0, minutes=0.02), photos, tmp_path)
    assert result.step > 0
    assert read_checkpoint(tmp_path / LAST)["seconds"] >= 1.2


def test_last_layer_has_its_own_rate(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    train(replace(config, optimiser="sgd", last_layer_rate=1e-30, ema=0.0, learning_rate=0.01), photos, tmp_path)
    start = replace(config, steps=1, learning_rate=1e-30, optimiser="sgd", ema=0.0)
    train(start, photos, tmp_path / "start")
    trained, begun = final_weights(tmp_path / LAST), final_weights(tmp_path / "start" / LAST)
    torch.testing.assert_close(trained["layers.2.weight"], begun["layers.2.weight"])
    assert (trained["layers.0.weight"] - begun["layers.0.weight"]).abs().max() > 1e-5


def test_init_begins_from_another_runs_weights(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    train(config, photos, tmp_path / "first")
    train(
        replace(config, init=str(tmp_path / "first" / LAST), steps=1, learning_rate=1e-30, ema=0.0),
        photos,
        tmp_path / "second",
    )
    first, second = (final_weights(tmp_path / run / LAST) for run in ("first", "second"))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_stage_carries_the_log_of_those_before_it(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    first = train(replace(config, validate_steps=4), photos, tmp_path / "first")
    assert [row.step for row in first.log] == [1, 2, 4, 8, 12]
    init = str(tmp_path / "first" / LAST)
    second = train(replace(config, init=init, steps=4), photos, tmp_path / "second")
    rows = read_log(tmp_path / "second" / LOG)
    assert [(row.stage, row.step) for row in rows] == [(0, 1), (0, 2), (0, 4), (0, 8), (0, 12), (1, 4)]
    assert rows[:5] == first.log
    assert second.val_psnr == rows[5].val_psnr  # the run's own, even if an earlier stage was better
    # It travels through a resumed run and into the next stage; of another scale, a curve would mean something else.
    third = replace(config, init=str(tmp_path / "second" / LAST), steps=2)
    train(third, photos, tmp_path / "third")
    train(replace(third, steps=4), photos, tmp_path / "third", resume=True)
    assert [row.stage for row in read_log(tmp_path / "third" / LOG)] == [0] * 5 + [1, 2, 2]
    train(replace(config, init=init, scale=3, steps=2, patch=21), photos, tmp_path / "other")
    assert [row.stage for row in read_log(tmp_path / "other" / LOG)] == [0]


def test_weights_are_kept_on_the_way(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    train(replace(config, snapshots=5), photos, tmp_path / "run")
    kept = sorted((tmp_path / "run" / SNAPSHOTS).glob("*.ckpt"))
    assert [int(path.stem) for path in kept] == [0, 1, 2, 5, 10, 12]
    begun, ended = load_final(kept[0]).state_dict(), load_final(kept[-1]).state_dict()
    assert not torch.equal(begun["layers.0.weight"], ended["layers.0.weight"])
    last = load_final(tmp_path / "run" / LAST).state_dict()
    assert all(torch.equal(ended[key], last[key]) for key in last)


@pytest.mark.parametrize(
    ("every", "due"),
    [(0, []), (1, [1, 2, 3]), (6, [1, 3, 6, 12]), (7, [1, 3, 7, 14]), (128, [2, 4, 8, 16, 32, 64, 128])],
)
def test_early_steps_are_due_more_often(every: int, due: list[int]) -> None:
    assert [step for step in range(1, due[-1] + 1 if due else 9) if is_due(step, every)] == due


def test_a_teacher_must_be_of_the_same_scale(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    teacher = replace(config, net="subpixel-4-1", widths=(), patch=20)
    train(teacher, photos, tmp_path / "teacher")
    path = str(tmp_path / "teacher" / LAST)
    taught = train(replace(config, teacher=path, teacher_weight=0.5), photos, tmp_path / "taught")
    assert math.isfinite(taught.val_psnr)
    with pytest.raises(ValueError, match="teacher at scale 3"):
        train(replace(config, scale=3, patch=21, teacher=path, teacher_weight=0.5), photos, tmp_path / "wrong")


def test_a_run_is_never_overwritten(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    train(config, photos, tmp_path)
    with pytest.raises(OptionError, match="already holds a run"):
        train(config, photos, tmp_path)
    with pytest.raises(OptionError, match="scale = 2"):
        train(replace(config, scale=3, patch=21), photos, tmp_path, resume=True)
    with pytest.raises(DataError, match="nothing to resume"):
        train(config, photos, tmp_path / "elsewhere", resume=True)


def test_batch_must_be_shared_equally(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be shared equally by 3"):
        train(config, photos, tmp_path, devices=3)


def test_no_checkpoint_is_unpickled(tmp_path: Path) -> None:
    import pickle

    bad = tmp_path / "bad.ckpt"
    bad.write_bytes(pickle.dumps({"config": print}))
    with pytest.raises(ValueError, match=r"bad\.ckpt is not a checkpoint"):
        load_final(bad)


def test_a_run_that_diverges_says_so(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    wild = replace(config, optimiser="sgd", learning_rate=1e6, loss="euclidean", warm_up=0, start="he", ema=0.0)
    with pytest.raises(RangeError, match=r"diverged: after \d+ steps .* smaller learning_rate"):
        train(wild, photos, tmp_path)


def test_a_network_that_is_lost_in_the_last_step_is_no_result(
    photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_state, "predict", lambda net, source: np.full_like(source, np.nan))
    with pytest.raises(RangeError, match="diverged: after 12 steps"):
        train(config, photos, tmp_path)
    assert not (tmp_path / BEST).exists()


def test_held_out_images_that_cannot_be_measured_are_told_before_training(
    photos: Path, config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_sampler", lambda *given: pytest.fail("training images were prepared"))
    for number in range(6):
        size = (20, 20) if number % 3 == 0 else (72, 60)
        Image.open(photos / f"{number}.png").crop((0, 0, *size)).save(tmp_path / f"{number}.png")
    for scale, patch, least in ((8, 24, 24), (7, 21, 21)):
        with pytest.raises(DataError, match=f"no held-out image is at least {least} pixels per side"):
            train(replace(config, scale=scale, patch=patch), tmp_path, tmp_path / "run")


def test_only_images_that_were_measured_count(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "images")
    Image.open(photos / "0.png").crop((0, 0, 9, 9)).save(tmp_path / "images" / "0.png")
    assert train(replace(config, steps=1), tmp_path / "images", tmp_path / "run").held_out == 1


@pytest.mark.parametrize("net", ["srcnn-5-1-3", "srcnn-5-1-3-ycbcr"])
def test_held_out_images_of_one_colour_choose_nothing(
    photos: Path, config: TrainConfig, tmp_path: Path, net: str
) -> None:
    config = replace(config, net=net)
    shutil.copytree(photos, tmp_path / "images")
    white = Image.new("RGB", (72, 60), "white")
    white.save(tmp_path / "images" / "0.png")
    result = train(replace(config, steps=2), tmp_path / "images", tmp_path / "run")
    assert result.held_out == 1
    assert math.isfinite(result.val_psnr)
    white.save(tmp_path / "images" / "3.png")
    with pytest.raises(DataError, match="all held-out images are of one colour"):
        train(config, tmp_path / "images", tmp_path / "none")


def test_an_estimate_without_error_is_as_good_as_the_best_with_one() -> None:
    hr = np.full((1, 20, 20), 0.5, np.float32)
    sr = hr.copy()
    sr[0, 9, 9] += 1 / 255
    assert protocol_psnr(hr, hr, 2) == pytest.approx(protocol_psnr(hr, sr, 2))
    assert protocol_psnr(hr, hr, 2) == pytest.approx(48.13 + 24.08, abs=0.01)
