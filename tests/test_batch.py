"""What happens when one of many files is bad, and what several processes share."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import srcnn
from srcnn.batch import carry_out, run
from srcnn.errors import ImageError
from srcnn.files.atomic import claimed
from srcnn.files.io import read_image, write_image
from srcnn.files.metadata.provenance import Provenance, file_provenance
from srcnn.files.picture import Metadata, Picture
from srcnn.output import WriteOptions
from srcnn.planning import Job, Outcome, Plan, plan
from srcnn.prepared import Upscaled
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """a.png, b.JPG, notes.txt, .hidden.png, sub/été 图.png, sub/deep/c.gif."""
    root = tmp_path / "images"
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/été 图.png", "sub/deep/c.gif"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


@pytest.fixture
def no_permission(monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of this name cannot be opened: root may open all, so the system's answer is made here."""
    plain = os.listdir

    def listdir(path: Path) -> list[str]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path)

    monkeypatch.setattr("os.listdir", listdir)
    return "locked"


def test_a_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    jobs = tuple(Job(tmp_path / f"{n}.png", tmp_path / "new" / f"{n}.png") for n in range(4))
    (tmp_path / "new").mkdir()
    jobs[1].target.write_bytes(b"old")

    def work(job: Job[Path]) -> Upscaled:
        if job == jobs[2]:
            raise ImageError("it is torn")
        job.target.write_bytes(b"new")
        return Upscaled(input_size=(1, 2), size=(3, 6), model="bicubic", lost=("a loss",))

    missing = Outcome(tmp_path / "none", None, "failed", "no such file")
    outcomes = list(run(Plan(jobs, (missing,)), work))
    assert [outcome.state for outcome in outcomes] == ["failed", "done", "skipped", "failed", "done"]
    assert outcomes[3].message == f"{jobs[2].source}: it is torn", "an error that names no file gets its name"
    assert outcomes[1].message == "a loss"
    assert (outcomes[1].input_size, outcomes[1].size, outcomes[1].model) == ((1, 2), (3, 6), "bicubic")
    assert outcomes[1].lost == ("a loss",)
    assert outcomes[1].seconds is not None
    assert jobs[1].target.read_bytes() == b"old"
    assert [outcome.state for outcome in run(Plan(jobs, ()), work, overwrite=True)] == [
        "done",
        "done",
        "failed",
        "done",
    ]
    assert jobs[1].target.read_bytes() == b"new"


def test_folder_that_cannot_be_made_fails_its_job(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    job = Job(tmp_path / "a.png", tmp_path / "file" / "a.png")
    (outcome,) = run(Plan((job,), ()), lambda job: None)
    assert outcome.state == "failed"
    assert "cannot write" in outcome.message


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("oh\nno"), MemoryError(), RecursionError(), OSError(28, "No space left on device")]
)
def test_no_error_stops_the_rest(tmp_path: Path, error: Exception) -> None:
    def work(job: Job[Path]) -> None:
        if job.source.name == "1":
            raise error
        job.target.write_bytes(b"")

    jobs = tuple(Job(tmp_path / str(n), tmp_path / f"{n}.png") for n in range(3))
    outcomes = list(run(Plan(jobs, ()), work))
    assert [outcome.state for outcome in outcomes] == ["done", "failed", "done"]
    assert "\n" not in outcomes[1].message
    if isinstance(error, ZeroDivisionError):
        assert "please report it (ZeroDivisionError: oh no, at test_batch.py:" in outcomes[1].message
    assert not list(tmp_path.glob(".srcnn-*"))


# What cannot be reached
# ------------------------------------------------------------------------------------------------------------


def test_a_name_that_becomes_too_long_fails_alone(tmp_path: Path) -> None:
    for name in ("x" * 251 + ".png", "a.png"):
        write_image(tmp_path / name, Picture(np.zeros((4, 5), np.uint8)))
    outcomes = list(run(plan([tmp_path], suffix="_x3"), UpscaleFile(model="bicubic")))
    assert [outcome.state for outcome in outcomes] == ["done", "failed"]
    assert "too long" in outcomes[1].message


@pytest.mark.parametrize("name", ["y" * 300 + ".png", "nul\0l.png", "loop.png", "a.png/b.png", "broken.png"])
def test_unreachable_files_fail_alone(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 5), np.uint8)))
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "broken.png").symlink_to("nowhere")
    found = plan([f"{tmp_path}/{name}", tmp_path / "a.png"], tmp_path / "out/")
    assert [outcome.state for outcome in found.failed] == ["failed"]
    assert [outcome.state for outcome in run(found, UpscaleFile(model="bicubic"))] == ["failed", "done"]


def test_what_a_folder_holds_and_cannot_be_taken_is_named(folder: Path, no_permission: str) -> None:
    (folder / "sub" / no_permission).mkdir()
    (folder / "sub" / "circle").symlink_to(folder)
    (folder / "gone.png").symlink_to("nowhere.png")
    for name in ("photo.CUR", "sub/art.qoi", "sub/deep/raw.cr2", "readme.md", ".photo.heic"):
        (folder / name).write_bytes(b"x")
    for inputs in ([folder], [f"{folder}/**"], [f"{folder}/**/*"]):
        found = plan(inputs, suffix="_x2")
        assert len(found.jobs) == 4
        named = sorted(Path(str(outcome.source)).relative_to(folder).as_posix() for outcome in found.failed)
        assert named == ["gone.png", "photo.CUR", "sub/art.qoi", "sub/deep/raw.cr2", "sub/locked"]
        assert [outcome.source for outcome in found.left_out] == [folder / "sub" / "circle"]
        states = [outcome.state for outcome in run(found, lambda job: None)]
        assert states == ["failed"] * 5 + ["left out"] + ["done"] * 4


def test_a_size_that_an_image_cannot_have_names_the_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_image(tmp_path / name, Picture(np.zeros((4, 5), np.uint8)))
    found = plan([tmp_path], tmp_path / "out/")
    messages = [outcome.message for outcome in run(found, UpscaleFile(model="bicubic", size=TargetSize(width=1000)))]
    said = "width 1000 is more than 64 times the image's 5x4"
    assert messages == [f"{tmp_path}/a.png: {said}", f"{tmp_path}/b.png: {said}"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_in_the_place_of_a_result_is_a_failure(tmp_path: Path, overwrite: bool) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 5), np.uint8)))
    (tmp_path / "a_x3.png").mkdir()
    found = plan([tmp_path / "a.png"], suffix="_x3")
    (outcome,) = run(found, UpscaleFile(model="bicubic"), overwrite=overwrite)
    assert outcome.state == "failed"
    assert "there is a folder of that name" in outcome.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
def test_a_pipe_with_a_name_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (outcome,) = run(plan([tmp_path / "pipe.png"], suffix="_x3"), UpscaleFile(model="bicubic"))
    assert outcome.state == "failed"
    assert "it is not a regular file" in outcome.message


# Results of other runs
# -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".avif", ".gif"])
def test_results_of_another_scale_are_not_enlarged_again(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / f"a{suffix}", Picture(np.zeros((6, 7, 3), np.uint8)))
    settings: tuple[dict[str, Any], ...] = (
        *({"scale": 2.0}, {"scale": 1.5}, {"width": 20}, {"fit": "20x20"}, {"fill": "20x21"}, {"long_side": 30}),
        *({"short_side": 30}, {"megapixels": 0.001}, {"print_size": "1x2in", "dpi": 20.5}),
    )
    sizes = [TargetSize(**asked) for asked in settings]
    for size in sizes:
        found = plan([tmp_path], suffix=size.label)
        states = [outcome.state for outcome in run(found, UpscaleFile(model="bicubic", size=size))]
        assert states.count("done") == 1
        assert set(states) <= {"done", "left out"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"a{end}{suffix}" for end in ("", *(size.label for size in sizes))
    )
    # One that the user names is enlarged.
    found = plan([tmp_path / f"a_x2{suffix}"], suffix="_x2")
    assert [outcome.state for outcome in run(found, UpscaleFile(size=TargetSize(scale=2), model="bicubic"))] == ["done"]


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.tif", "a.webp"])
def test_results_without_provenance_are_known_by_name_and_size(tmp_path: Path, name: str) -> None:
    lying = Metadata(exif=b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0")
    write_image(tmp_path / "a.png", Picture(np.zeros((6, 7, 3), np.uint8)))
    image = Image.open(tmp_path / "a.png")
    (tmp_path / "a.png").unlink()
    image.save(tmp_path / name, exif=lying.exif)
    for size in (TargetSize(scale=3), TargetSize(scale=2), TargetSize(width=20, height=30, stretch=True)):
        work = UpscaleFile(model="bicubic", size=size, provenance=False, options=WriteOptions(format="png"))
        states = [outcome.state for outcome in run(plan([tmp_path], suffix=size.label, format_name="png"), work)]
        assert states.count("done") == 1
        assert set(states) <= {"done", "left out"}
    assert {path.stem for path in tmp_path.iterdir()} == {"a", "a_x3", "a_x2", "a_w20xh30"}


def test_images_that_are_only_called_like_results_are_enlarged(tmp_path: Path) -> None:
    for name in ("icon.png", "icon_x2.png", "map_x2.bmp"):
        write_image(tmp_path / name, Picture(np.zeros((6, 7), np.uint8)))
    states = [outcome.state for outcome in run(plan([tmp_path], suffix="_x3"), UpscaleFile(model="bicubic"))]
    assert states == ["done"] * 3


def test_another_input_is_never_overwritten(folder: Path) -> None:
    (folder / "a_x3.png").write_bytes(b"x")
    outcomes = list(run(plan([folder / "a.png", folder / "a_x3.png"], suffix="_x3"), lambda job: None, overwrite=True))
    assert [outcome.state for outcome in outcomes] == ["failed", "done"]
    assert "is itself an input" in outcomes[0].message


# Several processes
# -----------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_what_another_process_makes_is_skipped(folder: Path) -> None:
    found = plan([folder], suffix="_x3")
    with claimed(Path(str(found.jobs[1].target))):
        outcomes = list(run(found, lambda job: None))
    assert [outcome.state for outcome in outcomes] == ["done", "done", "done", "skipped"]
    assert "another process" in outcomes[3].message
    assert not list(folder.rglob(".srcnn-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_what_another_process_did_not_finish_is_done_at_the_end(folder: Path) -> None:
    found = plan([folder], suffix="_x3")
    with ExitStack() as other:
        other.enter_context(claimed(Path(str(found.jobs[1].target))))
        done = []
        for outcome in run(found, lambda job: _put(job, b"ours")):
            done.append((outcome.source, outcome.state))
            if outcome.source == found.jobs[2].source:
                other.close()  # the other process dies
    assert done == [(found.jobs[n].source, "done") for n in (0, 2, 3, 1)]


def test_what_another_process_has_just_made_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def claimed_late(path: Path) -> Iterator[bool]:
        path.write_bytes(b"theirs")
        yield True

    monkeypatch.setattr("srcnn.batch.claimed", claimed_late)
    found = plan([folder / "a.png"], suffix="_x3")
    assert [outcome.state for outcome in run(found, lambda job: _put(job, b"ours"))] == ["skipped"]
    assert (folder / "a_x3.png").read_bytes() == b"theirs"


def _put(job: Job[Path], data: bytes) -> None:
    job.target.write_bytes(data)


WORKER = """
import sys, time
from pathlib import Path
from srcnn.batch import run
from srcnn.files import atomic
if sys.argv[2] == "leases":
    atomic._lock = lambda handle: None
from srcnn.planning import plan
from srcnn.files.atomic import replacing
def work(job):
    with replacing(job.target) as part:
        part.write_bytes(b"half")
        time.sleep(0.05)
        part.write_bytes(b"whole")
print("ready", flush=True)
sys.stdin.readline()
states = [outcome.state for outcome in run(plan([sys.argv[1]], suffix="_x3"), work)]
print(states.count("done"), states.count("failed"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
@pytest.mark.parametrize("means", ["locks", "leases"])
def test_processes_on_one_folder_share_the_work(tmp_path: Path, means: str) -> None:
    for n in range(20):
        (tmp_path / f"{n}.png").write_bytes(b"x")
    if means == "locks":
        (tmp_path / ".srcnn-0123.part").write_bytes(b"left behind")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), means],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    counts = [child.communicate(timeout=300)[0].split() for child in children]
    assert sum(int(done) for done, _ in counts) == 20
    assert [failed for _, failed in counts] == ["0"] * 3
    assert all((tmp_path / f"{n}_x3.png").read_bytes() == b"whole" for n in range(20))
    assert len(list(tmp_path.iterdir())) == 40


def test_jobs_can_be_sent_to_other_processes(tmp_path: Path) -> None:
    for n in range(3):
        write_image(tmp_path / f"{n}.png", Picture(np.full((4, 5), n, np.uint8)))
    (tmp_path / "3.png").write_bytes(b"no image")
    work = partial(carry_out, work=UpscaleFile(model="bicubic", size=TargetSize(scale=2)))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        outcomes = list(pool.map(work, plan([tmp_path], tmp_path / "out").jobs))
    assert [outcome.state for outcome in outcomes] == ["done", "done", "done", "failed"]
    assert outcomes[0].size == (10, 8)


# The work
# ----------------------------------------------------------------------------------------------------------------------


def test_one_file_is_read_enlarged_and_written(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.full((4, 6, 3), 9, np.uint16)))
    made = UpscaleFile(size=TargetSize(scale=2), model="bicubic")(Job(tmp_path / "a.png", tmp_path / "b.png"))
    sr = read_image(tmp_path / "b.png")
    assert made == Upscaled(input_size=(6, 4), size=(12, 8), model="bicubic")
    assert sr.pixels.dtype == np.uint16
    assert sr.pixels.shape == (8, 12, 3)


def test_what_the_format_loses_is_said(tmp_path: Path) -> None:
    alpha = np.full((4, 6), 100, np.uint8)
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6, 3), np.uint8), alpha))
    made = UpscaleFile(size=TargetSize(scale=2), model="bicubic")(Job(tmp_path / "a.png", tmp_path / "b.jpg"))
    assert "transparency" in made.lost[0]


def test_absurd_results_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["srcnn.upscale_file"], "LARGEST_RESULT", 95)
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    job = Job(tmp_path / "a.png", tmp_path / "b.png")
    with pytest.raises(ImageError, match="--no-limit"):
        UpscaleFile(size=TargetSize(scale=2), model="bicubic")(job)
    UpscaleFile(size=TargetSize(scale=2), model="bicubic", limited=False)(job)
    assert job.target.exists()


@pytest.mark.parametrize(
    ("settings", "scale"),
    [
        ({}, "3"),
        ({"scale": 1.5}, "1.5"),
        ({"width": 12}, "2"),
        ({"height": 6, "width": 11, "stretch": True}, "1.83333"),
    ],
)
def test_a_result_says_what_made_it(settings: dict[str, Any], scale: str, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    UpscaleFile(model="bicubic", size=TargetSize(**settings))(Job(tmp_path / "a.png", tmp_path / "b.jpg"))
    assert file_provenance(tmp_path / "b.jpg") == Provenance(version=srcnn.__version__, model="bicubic", scale=scale)


def test_of_a_network_only_the_name_of_its_file_is_said(make_network: Any, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    network = tmp_path / "mine.onnx"
    network.write_bytes(make_network(scale=2))
    UpscaleFile(model=f"{network}+tta", size=TargetSize(scale=2))(Job(tmp_path / "a.png", tmp_path / "b.png"))
    made = file_provenance(tmp_path / "b.png")
    assert made is not None
    assert made.model == "mine.onnx+tta"


@pytest.mark.parametrize("name", ["b.png", "b.bmp"])
def test_provenance_can_be_left_out_and_bmp_has_no_room_for_it(name: str, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((4, 6), np.uint8)))
    made = UpscaleFile(model="bicubic", provenance=name == "b.bmp")(Job(tmp_path / "a.png", tmp_path / name))
    assert made.notes == ()
    assert file_provenance(tmp_path / name) is None
    assert b"xmp" not in (tmp_path / name).read_bytes()
