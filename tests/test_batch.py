"""Which files become which, and what happens when one is bad."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcnn
from srcnn.batch import Job, Outcome, Plan, UpscaleFile, plan, run
from srcnn.errors import ImageError, OptionError
from srcnn.image.io import read_image, write_image
from srcnn.image.metadata.provenance import Provenance, file_provenance
from srcnn.image.picture import Picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """a.png, b.JPG, notes.txt, .hidden.png, sub/été 图.png, sub/deep/c.gif."""
    root = tmp_path / "pictures"
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/été 图.png", "sub/deep/c.gif"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def targets(found: Plan, base: Path) -> list[str]:
    return [job.target.relative_to(base).as_posix() for job in found.jobs]


def test_results_lie_beside_their_inputs(folder: Path) -> None:
    found = plan([folder / "a.png", folder / "b.JPG"], suffix="_x3")
    assert targets(found, folder) == ["a_x3.png", "b_x3.JPG"]


def test_folder_keeps_its_tree_and_order(folder: Path, tmp_path: Path) -> None:
    found = plan([folder], tmp_path / "out")
    assert targets(found, tmp_path / "out") == ["a.png", "b.JPG", "sub/été 图.png", "sub/deep/c.png"]
    assert found.failed == ()


def test_several_folders_stay_apart(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "more"
    other.mkdir()
    (other / "a.png").write_bytes(b"x")
    found = plan([folder, other], tmp_path / "out")
    assert targets(found, tmp_path / "out")[0] == "pictures/a.png"
    assert targets(found, tmp_path / "out")[-1] == "more/a.png"


def test_pattern_keeps_the_tree_below_its_fixed_part(folder: Path, tmp_path: Path) -> None:
    found = plan([f"{folder}/**/*.png"], tmp_path / "out", suffix="_big")
    assert targets(found, tmp_path / "out") == ["a_big.png", "sub/été 图_big.png"]


def test_brackets_in_a_name_are_no_pattern(folder: Path) -> None:
    path = folder / "scan [1].png"
    path.write_bytes(b"x")
    assert [job.source for job in plan([path], suffix="_x2").jobs] == [path]


def test_second_run_does_not_enlarge_the_results_of_the_first(folder: Path) -> None:
    before = plan([folder], suffix="_x3")
    for job in before.jobs:
        job.target.write_bytes(b"x")
    assert plan([folder], suffix="_x3").jobs == before.jobs
    assert plan([f"{folder}/*.png"], suffix="_x3").jobs == (before.jobs[0],)


def test_result_named_by_the_user_is_enlarged_again(folder: Path) -> None:
    (folder / "a_x3.png").write_bytes(b"x")
    found = plan([folder / "a.png", folder / "a_x3.png"], suffix="_x3")
    assert targets(found, folder) == ["a_x3.png", "a_x3_x3.png"]


def test_same_file_twice_is_one_job(folder: Path) -> None:
    assert len(plan([folder / "a.png", folder, f"{folder}/a*"], suffix="_x3").jobs) == 4


def test_one_file_gets_the_name_given(folder: Path, tmp_path: Path) -> None:
    assert plan([folder / "a.png"], tmp_path / "big.webp").jobs == (Job(folder / "a.png", tmp_path / "big.webp"),)


@pytest.mark.parametrize("output", ["out", "out.d/"])
def test_output_without_a_pictures_suffix_is_a_folder(folder: Path, tmp_path: Path, output: str) -> None:
    found = plan([folder / "a.png"], f"{tmp_path}/{output}")
    assert targets(found, tmp_path) == [f"{output.rstrip('/')}/a.png"]


def test_existing_folder_may_be_named_like_a_picture(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.png").mkdir()
    assert targets(plan([folder / "a.png"], tmp_path / "odd.png"), tmp_path) == ["odd.png/a.png"]


def test_inputs_that_are_not_there_are_failures(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    found = plan([tmp_path / "none.png", empty, f"{tmp_path}/*.tif", folder / "a.png"], tmp_path / "out")
    assert [outcome.message.split(":")[0].split(str(tmp_path))[0] for outcome in found.failed] == [
        "no such file",
        "no pictures in the folder ",
        "no picture matches ",
    ]
    assert len(found.jobs) == 1


@pytest.mark.parametrize(
    ("names", "output", "text"),
    [
        (["a.png"], None, "replace its own input"),
        (["a.png", "b.JPG"], "one.png", "several inputs"),
        ([""], "one.png", "several inputs"),
        (["a.png"], "one.xyz", "no format that can be written"),
    ],
)
def test_impossible_plans_are_refused(folder: Path, tmp_path: Path, names: list[str], output: str | None, text: str) -> None:
    with pytest.raises(OptionError, match=text):
        plan([folder / name for name in names], output and tmp_path / output)


def test_two_inputs_cannot_become_one_file(folder: Path, tmp_path: Path) -> None:
    (folder / "a.gif").write_bytes(b"x")
    with pytest.raises(OptionError, match="would both become"):
        plan([folder], tmp_path / "out")


def test_suffix_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(OptionError, match="slash"):
        plan([folder], suffix="/../x")


def test_a_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    jobs = tuple(Job(tmp_path / f"{n}.png", tmp_path / "new" / f"{n}.png") for n in range(4))
    (tmp_path / "new").mkdir()
    jobs[1].target.write_bytes(b"old")

    def work(job: Job) -> str:
        if job is jobs[2]:
            raise ImageError("it is torn")
        job.target.write_bytes(b"new")
        return "a note"

    missing = Outcome(tmp_path / "none", None, "failed", "no such file")
    outcomes = list(run(Plan(jobs, (missing,)), work))
    assert [outcome.state for outcome in outcomes] == ["failed", "done", "skipped", "failed", "done"]
    assert outcomes[3].message == "it is torn"
    assert outcomes[1].message == "a note"
    assert jobs[1].target.read_bytes() == b"old"
    assert [outcome.state for outcome in run(Plan(jobs, ()), work, overwrite=True)] == ["done", "done", "failed", "done"]
    assert jobs[1].target.read_bytes() == b"new"


def test_folder_that_cannot_be_made_fails_its_job(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    job = Job(tmp_path / "a.png", tmp_path / "file" / "a.png")
    (outcome,) = run(Plan((job,), ()), lambda job: "")
    assert outcome.state == "failed"
    assert "cannot write" in outcome.message


def test_mistakes_of_ours_come_out(tmp_path: Path) -> None:
    def work(job: Job) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run(Plan((Job(tmp_path / "a", tmp_path / "b"),), ()), work))


def test_one_file_is_read_enlarged_and_written(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.full((4, 6, 3), 9, np.uint16)))
    note = UpscaleFile(scale=2, model="bicubic")(Job(tmp_path / "a.png", tmp_path / "b.png"))
    sr = read_image(tmp_path / "b.png")
    assert note == ""
    assert sr.pixels.dtype == np.uint16
    assert sr.pixels.shape == (8, 12, 3)


def test_what_the_format_loses_is_said(tmp_path: Path) -> None:
    alpha = np.full((4, 6), 100, np.uint8)
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6, 3), np.uint8), alpha))
    assert "transparency" in UpscaleFile(scale=2, model="bicubic")(Job(tmp_path / "a.png", tmp_path / "b.jpg"))


def test_absurd_results_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.batch.LARGEST_RESULT", 95)
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    job = Job(tmp_path / "a.png", tmp_path / "b.png")
    with pytest.raises(ImageError, match="--no-limit"):
        UpscaleFile(scale=2, model="bicubic")(job)
    UpscaleFile(scale=2, model="bicubic", limited=False)(job)
    assert job.target.exists()


@pytest.mark.parametrize(
    ("settings", "scale"), [({}, "3"), ({"scale": 1.5}, "1.5"), ({"width": 12}, "2"), ({"height": 6, "width": 11}, "1.83333")]
)
def test_a_result_says_what_made_it(settings: dict[str, Any], scale: str, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    UpscaleFile(model="bicubic", **settings)(Job(tmp_path / "a.png", tmp_path / "b.jpg"))
    assert file_provenance(tmp_path / "b.jpg") == Provenance(version=srcnn.__version__, model="bicubic", scale=scale)


def test_of_a_network_only_the_name_of_its_file_is_said(make_network: Any, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    network = tmp_path / "mine.onnx"
    network.write_bytes(make_network(scale=2))
    UpscaleFile(model=f"{network}+tta", scale=2)(Job(tmp_path / "a.png", tmp_path / "b.png"))
    made = file_provenance(tmp_path / "b.png")
    assert made is not None
    assert made.model == "mine.onnx+tta"


@pytest.mark.parametrize("name", ["b.png", "b.bmp"])
def test_provenance_can_be_left_out_and_bmp_has_no_room_for_it(name: str, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    note = UpscaleFile(model="bicubic", provenance=name == "b.bmp")(Job(tmp_path / "a.png", tmp_path / name))
    assert note == ""
    assert file_provenance(tmp_path / name) is None
    assert b"xmp" not in (tmp_path / name).read_bytes()
