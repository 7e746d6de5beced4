"""The benchmark: the published bicubic row, what is saved, what is refused, and going on after a stop."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from srcnn.benchmark import description, measurement
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.records import RUN, SCORES, Key, Score, mean, read
from srcnn.benchmark.run import plan, run_benchmark
from srcnn.errors import DataError, OptionError, ShapeError
from srcnn.files import read_image, write_image
from srcnn.files.picture import Picture
from srcnn.methods.base import Method
from srcnn.methods.bicubic import Bicubic
from srcnn.report.published import published
from srcnn.report.screen import mean_tables

BICUBIC = BenchmarkConfig(methods=("bicubic",), datasets=("set",), scales=(2, 3))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one set: a colour image, a grey one, and a 16-bit one."""
    folder = tmp_path / "data"
    (folder / "set").mkdir(parents=True)
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(50), np.arange(67))
    colour = (smooth[..., None] + rng.integers(0, 60, (50, 67, 3))).astype(np.uint8)
    write_image(folder / "set" / "colour.png", Picture(colour))
    write_image(folder / "set" / "grey.png", Picture(colour[..., 0]))
    write_image(folder / "set" / "deep.png", Picture(colour.astype(np.uint16) * 257))
    return folder


def test_bicubic_prints_the_published_row(data_dir: Path, tmp_path: Path) -> None:
    records = run_benchmark(BenchmarkConfig(methods=("bicubic",)), tmp_path, data=data_dir)
    table = mean_tables(records.scores, records.metrics)
    rows = [line.split()[1:5] for line in table.splitlines() if line.startswith("bicubic")]
    assert rows == [
        ["33.66", "(33.66)", "0.9299", "(0.9299)"],
        ["30.39", "(30.39)", "0.8682", "(0.8682)"],
        ["28.42", "(28.42)", "0.8104", "(0.8104)"],
    ]


# Means of Set14 and BSD100 as they are printed in many papers; computed by the protocol of docs/protocol.md.
@pytest.mark.parametrize(("scale", "psnr"), [(2, "30.23"), (3, "27.54"), (4, "26.00")])
def test_bicubic_on_set14(scale: int, psnr: str, data_dir: Path, tmp_path: Path) -> None:
    config = BenchmarkConfig(methods=("bicubic",), datasets=("Set14",), scales=(scale,), metrics=("psnr",))
    scores = run_benchmark(config, tmp_path, data=data_dir).scores
    assert len(scores) == 14
    assert f"{mean([score.values['psnr'] for score in scores]):.2f}" == psnr


# Table 4 of the paper: its BSD200 are the 200 test images of BSDS500, in grey.
@pytest.mark.slow
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_bicubic_on_the_papers_bsd200(scale: int, data_dir: Path, tmp_path: Path) -> None:
    dataset = "BSDS500_test200:grey"
    config = BenchmarkConfig(methods=("bicubic",), datasets=(dataset,), scales=(scale,), metrics=("psnr",))
    scores = run_benchmark(config, tmp_path, data=data_dir).scores
    assert len(scores) == 200
    figure = published("bicubic", "BSDS500_test200 grey", scale, "psnr")
    assert figure is not None
    assert mean([score.values["psnr"] for score in scores]) == pytest.approx(figure.value, abs=0.015)


def test_a_set_in_grey_is_measured_in_grey(data: Path, tmp_path: Path) -> None:
    config = replace(BICUBIC, datasets=("set", "set:grey"), scales=(2,), metrics=("psnr",))
    values = {
        (score.key.dataset, score.key.image): score.values["psnr"]
        for score in run_benchmark(config, tmp_path, data=data).scores
    }
    assert values["set grey", "grey"] == values["set", "grey"]  # which was grey already
    assert values["set", "colour"] - values["set grey", "colour"] == pytest.approx(20 * np.log10(255 / 219), abs=0.05)


def test_a_row_for_every_image_and_scale_is_saved(data: Path, tmp_path: Path) -> None:
    told: list[tuple[Score, int, int]] = []
    records = run_benchmark(BICUBIC, tmp_path / "out", data=data, report=lambda *what: told.append(what))
    assert [score.key for score in records.scores] == [
        Key("bicubic", "set", scale, image) for scale in (2, 3) for image in ("colour", "deep", "grey")
    ]
    assert [score for score, _, _ in told] == list(records.scores)
    assert [(done, total) for _, done, total in told] == [(n, 6) for n in range(1, 7)]
    assert (tmp_path / "out" / SCORES).read_text().splitlines()[
        0
    ] == "method,dataset,scale,image,psnr,ssim,seconds,cpu_seconds"
    saved = read(tmp_path / "out")
    assert [(s.key, s.values, s.shape) for s in saved.scores] == [(s.key, s.values, s.shape) for s in records.scores]
    assert saved.scores[0].shape == (50, 66)
    assert saved.scores[-1].shape == (48, 66)


def test_a_sixteen_bit_image_scores_like_its_eight_bit_twin(data: Path, tmp_path: Path) -> None:
    values = {score.key.image: score.values for score in run_benchmark(BICUBIC, tmp_path, data=data).scores}
    assert values["deep"] == values["colour"]


def test_two_runs_give_the_same_figures(data: Path, tmp_path: Path) -> None:
    first, second = (run_benchmark(BICUBIC, tmp_path / name, data=data) for name in "ab")
    assert [score.values for score in first.scores] == [score.values for score in second.scores]


def test_the_run_names_what_made_the_figures(data: Path, tmp_path: Path) -> None:
    run_benchmark(BICUBIC, tmp_path, data=data)
    run = json.loads((tmp_path / RUN).read_text())
    assert run["settings"] == {"metrics": ["psnr", "ssim"], "threads": None, "engine": "auto"}
    assert {"python", "numpy", "onnxruntime"} <= set(run["versions"])
    assert len(run["datasets"]["set"]) == 64
    assert run["weights"] == {}


def test_a_metric_that_needs_a_larger_image_is_left_empty(data: Path, tmp_path: Path) -> None:
    config = BenchmarkConfig(methods=("bicubic",), datasets=("set",), scales=(2,), metrics=("psnr", "ms-ssim"))
    scores = run_benchmark(config, tmp_path, data=data).scores
    assert all(set(score.values) == {"psnr"} for score in scores)
    assert "ms-ssim needs at least 161 pixels per side, but only 46 are left" in scores[0].notes[0]
    assert (tmp_path / SCORES).read_text().splitlines()[1].split(",")[5] == ""


def test_a_image_smaller_than_the_scale_is_named(data: Path, tmp_path: Path) -> None:
    write_image(data / "set" / "tiny.png", Picture(np.zeros((2, 9), np.uint8)))
    with pytest.raises(ShapeError, match=r"tiny\.png"):
        run_benchmark(BICUBIC, tmp_path, data=data)


def test_a_colour_method_is_measured_on_luma_like_any_other(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {
        score.key.image: score.values["psnr"] for score in run_benchmark(BICUBIC, tmp_path / "luma", data=data).scores
    }
    monkeypatch.setattr(measurement, "load", lambda name, scale, **_: Bicubic(scale=scale, channels="rgb"))
    colour = {
        score.key.image: score.values["psnr"] for score in run_benchmark(BICUBIC, tmp_path / "rgb", data=data).scores
    }
    assert colour["grey"] == pytest.approx(plain["grey"], abs=1e-6)  # a grey image is its own luma either way
    assert colour["colour"] == pytest.approx(
        plain["colour"], abs=0.1
    )  # rounding and clipping happen elsewhere, nothing more
    assert colour["colour"] != plain["colour"]


class Stopped(Exception):  # noqa: N818
    """What a test raises where a user would press Ctrl-C."""


def stop_after(n: int) -> Callable[[Score, int, int], None]:
    def report(score: Score, done: int, total: int) -> None:
        if done > n:
            raise Stopped

    return report


def test_a_stopped_run_keeps_what_is_done_and_goes_on(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run_benchmark(BICUBIC, tmp_path, data=data, report=stop_after(3))
    saved = read(tmp_path).scores
    assert [score.key.scale for score in saved] == [2, 2, 2, 3]
    new: list[Key] = []
    records = run_benchmark(BICUBIC, tmp_path, data=data, resume=True, report=lambda score, *_: new.append(score.key))
    assert [key.image for key in new] == ["deep", "grey"]
    assert records.scores[:4] == saved
    assert read(tmp_path).scores[:4] == saved


def test_images_are_kept_and_can_be_measured_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    records = run_benchmark(replace(BICUBIC, save_images=True), out, data=data)
    kept = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert len(kept) == 12  # results and originals of three images at two scales
    assert kept[-1] == "results/bicubic/set/x3/grey.png"
    assert read_image(out / "originals/set/x3/colour.png").pixels.shape == (48, 66, 3)
    assert read_image(out / "results/bicubic/set/x3/grey.png").pixels.shape == (48, 66)
    again = replace(BICUBIC, methods=(), results={"saved": out / "results/bicubic"})
    for score, saved in zip(records.scores, run_benchmark(again, None, data=data).scores, strict=True):
        assert saved.values["psnr"] == pytest.approx(score.values["psnr"], abs=0.05), "but for the rounding of colours"


def test_resume_makes_images_that_an_earlier_run_did_not_keep(data: Path, tmp_path: Path) -> None:
    run_benchmark(BICUBIC, tmp_path / "out", data=data)
    assert not list((tmp_path / "out").rglob("*.png"))
    run_benchmark(replace(BICUBIC, save_images=True), tmp_path / "out", data=data, resume=True)
    assert (tmp_path / "out/results/bicubic/set/x2/deep.png").exists()
    run_benchmark(BICUBIC, tmp_path / "out", data=data, resume=True)
    assert json.loads((tmp_path / "out" / RUN).read_text())["saved_images"] is True


def test_images_need_a_folder(data: Path) -> None:
    with pytest.raises(OptionError, match="output folder"):
        run_benchmark(replace(BICUBIC, save_images=True), None, data=data)


def test_without_resume_all_is_measured_anew(data: Path, tmp_path: Path) -> None:
    run_benchmark(BICUBIC, tmp_path, data=data)
    config = BenchmarkConfig(methods=("bicubic",), datasets=("set",), scales=(2,))
    run_benchmark(config, tmp_path, data=data)
    assert {score.key.scale for score in read(tmp_path).scores} == {2}


def test_resume_refuses_scores_that_were_measured_otherwise(data: Path, tmp_path: Path) -> None:
    run_benchmark(BICUBIC, tmp_path, data=data)
    other_metrics = BenchmarkConfig(methods=("bicubic",), datasets=("set",), metrics=("psnr",))
    with pytest.raises(DataError, match="differ from this run in: settings"):
        run_benchmark(other_metrics, tmp_path, data=data, resume=True)
    write_image(data / "set" / "more.png", Picture(np.zeros((40, 40), np.uint8)))
    with pytest.raises(DataError, match="differ from this run in: set"):
        run_benchmark(BICUBIC, tmp_path, data=data, resume=True)


@pytest.mark.parametrize(
    ("what", "other"), [("versions", {"numpy": "0.1"}), ("machine", {"processor": "an abacus", "cores": 1})]
)
def test_resume_refuses_scores_of_other_libraries_and_machines(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, other: dict[str, str | int]
) -> None:
    run_benchmark(BICUBIC, tmp_path, data=data)
    monkeypatch.setattr(description, what, lambda: other)
    with pytest.raises(DataError, match=f"differ from this run in: {what}"):
        run_benchmark(BICUBIC, tmp_path, data=data, resume=True)


def test_resume_refuses_images_of_the_same_names_and_other_pixels(data: Path, tmp_path: Path) -> None:
    run_benchmark(BICUBIC, tmp_path, data=data)
    write_image(data / "set" / "grey.png", Picture(np.zeros((50, 67), np.uint8)))
    with pytest.raises(DataError, match="differ from this run in: set"):
        run_benchmark(BICUBIC, tmp_path, data=data, resume=True)


def test_every_name_is_checked_before_anything_is_measured(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Method:
        raise AssertionError("a method was loaded")

    monkeypatch.setattr(measurement, "load", refuse)
    for change, error in (
        ({"methods": ("bicubic", "bicubik")}, OptionError),
        ({"methods": ()}, OptionError),
        ({"scales": ()}, OptionError),
        ({"scales": (1,)}, OptionError),
        ({"metrics": ("psnr", "sim")}, OptionError),
        ({"datasets": ("set", "Set5")}, DataError),
        ({"engine": "fast"}, OptionError),
        ({"threads": 0}, OptionError),
    ):
        with pytest.raises(error):
            run_benchmark(
                BenchmarkConfig(**({"methods": ("bicubic",), "datasets": ("set",)} | change)), tmp_path, data=data
            )
    assert not (tmp_path / SCORES).exists()


def test_all_stands_for_every_method_there_is_at_a_scale() -> None:
    jobs = plan(BenchmarkConfig(methods=("all",), scales=(2, 5)))
    assert ("bicubic", 2) in jobs
    assert [name for name, scale in jobs if scale == 5] == ["bicubic"]


def test_naming_a_method_twice_measures_it_once() -> None:
    assert plan(BenchmarkConfig(methods=("bicubic", "bicubic"), scales=(2, 2))) == (("bicubic", 2),)


def test_worn_images_are_datasets_of_their_own(data: Path, tmp_path: Path) -> None:
    config = BenchmarkConfig(
        methods=("bicubic", "photo"),
        datasets=("set",),
        scales=(2,),
        metrics=("psnr",),
        degradations=("bicubic", "noise20", "jpeg30"),
    )
    scores = run_benchmark(config, tmp_path / "out", data=data).scores
    of = {score.key: score for score in scores}
    assert {key.dataset for key in of} == {"set", "set noise20", "set jpeg30"}
    assert len(of) == 2 * 3 * 3
    for method in ("bicubic", "photo"):
        clean, noisy, jpeg = (
            mean([of[Key(method, name, 2, image)].values["psnr"] for image in ("colour", "deep", "grey")])
            for name in ("set", "set noise20", "set jpeg30")
        )
        assert noisy < clean
        assert jpeg < clean
    # The clean set is what it is without worn ones beside it.
    alone = run_benchmark(replace(config, degradations=("bicubic",)), tmp_path / "alone", data=data).scores
    assert {score.key: score.values for score in alone} == {
        key: score.values for key, score in of.items() if key.dataset == "set"
    }
    assert "set jpeg30 x2, mean of 3 images" in mean_tables(scores, ("psnr",))


@pytest.mark.parametrize(
    "name", ["jpeg", "noise", "jpeg75+noise5", "noise5jpeg75", "gaussian", "jpeg101", "noise5+", ""]
)
def test_a_degradation_that_there_is_not_is_refused(name: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"degradation is named|JPEG quality must be"):
        run_benchmark(replace(BICUBIC, degradations=(name,)), tmp_path / "out", data=data)


def test_two_datasets_of_one_name_are_refused(data: Path, tmp_path: Path) -> None:
    (data / "set grey").symlink_to("set")
    config = replace(BICUBIC, datasets=("set:grey", "set grey"))
    with pytest.raises(OptionError, match="2 datasets would be called 'set grey'"):
        run_benchmark(config, tmp_path / "out", data=data)


def test_no_other_process_replaces_what_one_measures(data: Path, tmp_path: Path) -> None:
    refused = []

    def meanwhile(score: Score, done: int, total: int) -> None:
        if done == 1:
            with pytest.raises(OptionError, match="another process measures into") as caught:
                run_benchmark(replace(BICUBIC, scales=(4,)), tmp_path / "out", data=data, resume=True)
            refused.append(caught)

    run_benchmark(BICUBIC, tmp_path / "out", data=data, report=meanwhile)
    assert len(refused) == 1
    run_benchmark(replace(BICUBIC, scales=(4,)), tmp_path / "out", data=data, resume=True)
    assert {score.key.scale for score in read(tmp_path / "out").scores} == {2, 3, 4}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [RUN, SCORES]


def test_what_is_refused_leaves_no_folder(data: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for config in (replace(BICUBIC, results={"mine": tmp_path / "elsewhere"}), replace(BICUBIC, scales=(1,))):
        with pytest.raises((DataError, OptionError)):
            run_benchmark(config, tmp_path / "out", data=data)
    assert not (tmp_path / "out").exists()
