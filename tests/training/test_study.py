"""The studies: every one can be read, trained and measured."""

import math
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.benchmark.datasets import Dataset, open_dataset
from srcnn.benchmark.study_records import read_study_records
from srcnn.errors import OptionError, SrcnnError
from srcnn.files.io import read_image
from srcnn.nets import Colour
from srcnn.report.study import study_page
from srcnn.training import study
from srcnn.training.config import TrainConfig
from srcnn.training.predict import read_checkpoint
from srcnn.training.run_folder import BEST, LAST
from srcnn.training.run_state import Run
from srcnn.training.schedule import share_done
from srcnn.training.study import Variant, read_study, run_study, trained
from srcnn.training.study_scores import levels, measured_by
from srcnn.weights import find

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "recipes" / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_variants_of_a_study_have_equal_budgets(path: Path) -> None:
    variants = {variant.label: (variant, config) for variant, config in read_study(path)}
    steps = {
        name: config.steps + (variants[variant.after][1].steps if variant.after else 0)
        for name, (variant, config) in variants.items()
        if not variant.hidden
    }
    assert len(set(steps.values())) == 1
    assert len(steps) >= 2


STUDY = """
[base]
net = "srcnn-5-1-3"
widths = [8, 4]
scale = 2
data = ["photos"]
patch = 20
batch = 4
steps = 6
holdout = 3
warm_up = 2
snapshots = 3

[[variant]]
label = "Y only"
paper = "32.39"

[[variant]]
label = "chroma first"
net = "srcnn-5-1-3-ycbcr"
loss = "mse-cbcr"
hidden = true

[[variant]]
label = "YCbCr"
net = "srcnn-5-1-3-ycbcr"
after = "chroma first"
"""


def test_a_study_is_trained_measured_and_told(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(STUDY)
    for name in ("photos", "Test"):
        (tmp_path / name).mkdir()
        for path in photos.glob("*.png"):
            Image.fromarray(read_image(path).pixels).save(tmp_path / name / path.name)
    run_study(tmp_path / "small.toml", tmp_path, tmp_path / "out", "Test")
    records = read_study_records(tmp_path / "out" / "small_Test")
    assert (records.study, records.dataset, records.scale) == ("small", "Test", 2)
    assert list(records.rows) == ["bicubic", "Y only", "YCbCr"]
    assert records.rows["Y only"]["Cb"] == pytest.approx(
        records.rows["bicubic"]["Cb"], abs=0.05
    )  # a network on luma leaves chroma to bicubic
    assert records.rows["Y only"]["seconds"] > 0
    assert records.paper == {"Y only": "32.39"}
    assert list(records.curves) == ["Y only", "YCbCr"]
    curve = records.curves["Y only"]
    assert [count for count, _ in curve] == [0, 4, 12, 24]  # steps 0, 1, 3, 6 of four patches
    assert curve[0][1] == pytest.approx(records.rows["bicubic"]["Y"], abs=0.01)  # the start hands the image on
    assert records.levels == {"bicubic": records.rows["bicubic"]["Y"]}  # of no other method is this set's figure known
    made = sorted((tmp_path / "out" / "runs").glob("*/best.ckpt"))
    assert len(made) == 3
    stamps = [path.stat().st_mtime_ns for path in made]
    # Nothing is trained twice, not in another study either.
    (tmp_path / "other.toml").write_text(STUDY.replace("chroma first", "chroma before"))
    for name in ("small", "other"):
        run_study(tmp_path / f"{name}.toml", tmp_path, tmp_path / "out", "Test")
    assert [path.stat().st_mtime_ns for path in sorted((tmp_path / "out" / "runs").glob("*/best.ckpt"))] == stamps


def test_every_degradation_has_its_own_row_of_bicubic(photos: Path, tmp_path: Path) -> None:
    for name in ("photos", "Test"):
        shutil.copytree(photos, tmp_path / name)
    degradations = 'label = "hidden"\nhidden = true\nscale = 3\ndegradation = "gaussian"\npatch = 21\n'
    for degradation in ("bicubic", "gaussian"):
        degradations += f'[[variant]]\nlabel = "on {degradation}"\ndegradation = "{degradation}"\n'
    (tmp_path / "small.toml").write_text(f"{STUDY.partition('[[variant]]')[0]}[[variant]]\n{degradations}")
    folder = run_study(tmp_path / "small.toml", tmp_path, tmp_path / "out", "Test")
    records = read_study_records(folder)
    assert list(records.rows) == ["bicubic", "on bicubic", "bicubic, gaussian", "on gaussian"]
    assert records.scale == 2
    for degradation, row in (("bicubic", "bicubic"), ("gaussian", "bicubic, gaussian")):
        start = records.curves[f"on {degradation}"][0][1]  # the start hands the image on
        assert start == pytest.approx(records.rows[row]["Y"], abs=0.01)
    page = study_page(records, None)
    assert "2 networks on Test at ×2. Each is to be compared with bicubic on images that were degraded alike." in page


def stopped_after_a_step(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Run, "_stop_signal", lambda run, asked: signal.SIGTERM if run.step else 0)


def interrupted_in_the_last_validation(patch: pytest.MonkeyPatch) -> None:
    validate = Run._validate

    def interrupted(run: Run, rate: float) -> None:
        if share_done(run.config, run.step, run.seconds) == 1:
            raise KeyboardInterrupt
        validate(run, rate)

    patch.setattr(Run, "_validate", interrupted)


def interrupted_before_the_best_is_saved(patch: pytest.MonkeyPatch) -> None:
    save = Run._save

    def interrupted(run: Run, name: str) -> None:
        if name == BEST:
            raise KeyboardInterrupt
        save(run, name)

    patch.setattr(Run, "_save", interrupted)


@pytest.mark.parametrize("limit", [{"minutes": 0.01}, {"steps": 4}, {"steps": 4, "validate_steps": 3}], ids=str)
@pytest.mark.parametrize(
    "interruption",
    [stopped_after_a_step, interrupted_in_the_last_validation, interrupted_before_the_best_is_saved],
)
def test_an_interrupted_variant_is_trained_to_its_end(
    photos: Path,
    config: TrainConfig,
    tmp_path: Path,
    interruption: Callable[[pytest.MonkeyPatch], None],
    limit: dict[str, float],
) -> None:
    variant, config = Variant(label="a"), replace(config, **({"steps": 0} | limit))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        interruption(patch)
        with pytest.raises(KeyboardInterrupt):
            trained(variant, config, {}, photos, tmp_path)
    best = trained(variant, config, {}, photos, tmp_path)
    last, chosen = read_checkpoint(best.with_name(LAST)), read_checkpoint(best)
    assert share_done(config, last["step"], last["seconds"]) == 1
    assert last["log"][-1]["step"] == last["step"]
    assert chosen["log"][-1]["val_psnr"] == max(row["val_psnr"] for row in last["log"])
    made = best.with_name(LAST).stat().st_mtime_ns
    assert trained(variant, config, {}, photos, tmp_path) == best
    assert best.with_name(LAST).stat().st_mtime_ns == made  # nothing was left to do


@pytest.mark.parametrize("colour", ["luma", "rgb", "ycbcr"])
def test_a_grey_test_set_is_measured_as_it_is(photos: Path, tmp_path: Path, colour: Colour) -> None:
    shutil.copytree(photos, tmp_path / "Test")
    config = TrainConfig(net="srcnn-5-1-3", scale=2, steps=1)
    found, in_luma = (
        measured_by(lambda ilr, _: np.atleast_3d(ilr), colour, config, open_dataset(name, tmp_path))
        for name in ("Test:grey", "Test")
    )
    assert set(found) == {"Y"}
    assert set(in_luma) == {"Y", "Cb", "Cr", "YCbCr", "RGB"}
    # The same error counts 255 / 219 as much on grey as in luma, up to how three planes are weighted in it.
    assert in_luma["Y"] - found["Y"] == pytest.approx(20 * math.log10(255 / 219), abs=0.05)


def test_level_lines_are_what_the_cards_say(tmp_path: Path) -> None:
    config = TrainConfig(net="srcnn-9-1-5", scale=3, steps=1)
    found = levels(30.39, config, Dataset("Set5", ()))
    assert list(found) == ["bicubic", "sc", "ne-lle", "kk", "anr", "a+"]
    assert found["a+"] == find("a+", 3).card.scores["Set5"]["psnr"]
    assert list(levels(33.66, replace(config, scale=2), Dataset("Set5", ()))) == list(found)
    assert levels(28.0, config, Dataset("mine", ())) == {"bicubic": 28.0}
    assert levels(28.0, replace(config, degradation="gaussian"), Dataset("Set5", ())) == {"bicubic": 28.0}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[variant]]\nlabel = "a"\nnett = "srcnn-9-1-5"', "unknown key 'nett'; did you mean 'net'"),
        ('[[variant]]\nlabel = "bicubic"', "cannot be called 'bicubic'"),
        ('[[variant]]\nlabel = "a"\n[[variant]]\nlabel = "a"', "two variants are called 'a'"),
        ('[[variant]]\nlabel = "a"\nafter = "b"', "comes after 'b', which is not above it"),
        ('[[variant]]\nlabel = "a"\nhidden = 1', "hidden must be true or false"),
        ('[[variant]]\nnet = "srcnn-9-1-5"', "label is missing"),
        ('[variant]\nlabel = "a"', "tables"),
        ('[[variant]]\nlabel = " "', "label of a variant is empty"),
        ('[[variant]]\nlabel = "bicubic, gaussian"', "cannot be called 'bicubic, gaussian'"),
        ('[[variant]]\nlabel = "a"\nhidden = true', "all variants are hidden"),
        ('[[variant]]\nlabel = "a"\n[[variant]]\nlabel = "b"\nscale = 2', "have one scale, and 'b' has 2, 'a' 3"),
        ('[[variant]]\nlabel = "a"\nnet = "espcn"', "take the enlarged image, as SRCNN, not of 'espcn'"),
        ("[bass]\nsteps = 2", "unknown key 'bass'"),
        ("", "at least one"),
    ],
)
def test_a_wrong_study_is_refused_in_words(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(f"[base]\nsteps = 3\n{text}\n")
    with pytest.raises(OptionError, match=rf"wrong\.toml: .*{says}"):
        read_study(tmp_path / "wrong.toml")


@pytest.mark.parametrize(
    ("size", "says"), [(4, "x.png: cannot crop 3 pixels"), (60, "x.png is enlarged without any error")]
)
def test_a_test_image_that_cannot_be_measured_is_told_before_training(
    photos: Path, tmp_path: Path, size: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "train", lambda *given, **named: pytest.fail("it was trained"))
    shutil.copytree(photos, tmp_path / "photos")
    (tmp_path / "Test").mkdir()
    Image.fromarray(np.full((size, size), 77, np.uint8)).save(tmp_path / "Test" / "x.png")
    (tmp_path / "mine.toml").write_text('[base]\nsteps = 1\ndata = ["photos"]\n[[variant]]\nlabel = "a"\n')
    with pytest.raises(SrcnnError, match=says):
        run_study(tmp_path / "mine.toml", tmp_path, tmp_path / "out", "Test")
