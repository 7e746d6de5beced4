"""Which files become which."""

from pathlib import Path

import pytest

from srcnn.errors import OptionError
from srcnn.planning import Job, Plan, plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """a.png, b.JPG, notes.txt, .hidden.png, sub/été 图.png, sub/deep/c.gif."""
    root = tmp_path / "images"
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/été 图.png", "sub/deep/c.gif"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def targets(found: Plan, base: Path) -> list[str]:
    return [Path(str(job.target)).relative_to(base).as_posix() for job in found.jobs]


def test_results_lie_beside_their_inputs(folder: Path) -> None:
    found = plan([folder / "a.png", folder / "b.JPG"], suffix="_x3")
    assert targets(found, folder) == ["a_x3.png", "b_x3.JPG"]


def test_folder_keeps_its_tree_and_order(folder: Path, tmp_path: Path) -> None:
    found = plan([folder], tmp_path / "out")
    assert targets(found, tmp_path / "out") == ["a.png", "b.JPG", "sub/été 图.png", "sub/deep/c.gif"]
    assert found.failed == ()


def test_several_folders_stay_apart(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "more"
    other.mkdir()
    (other / "a.png").write_bytes(b"x")
    found = plan([folder, other], tmp_path / "out")
    assert targets(found, tmp_path / "out")[0] == "images/a.png"
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
        Path(str(job.target)).write_bytes(b"x")
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
def test_output_without_a_images_suffix_is_a_folder(folder: Path, tmp_path: Path, output: str) -> None:
    found = plan([folder / "a.png"], f"{tmp_path}/{output}")
    assert targets(found, tmp_path) == [f"{output.rstrip('/')}/a.png"]


def test_existing_folder_may_be_named_like_a_image(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.png").mkdir()
    assert targets(plan([folder / "a.png"], tmp_path / "odd.png"), tmp_path) == ["odd.png/a.png"]


def test_inputs_that_are_not_there_are_failures(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    found = plan([tmp_path / "none.png", empty, f"{tmp_path}/*.tif", folder / "a.png"], tmp_path / "out")
    assert [outcome.message.split(":")[0].split(str(tmp_path))[0] for outcome in found.failed] == [
        "no such file",
        "no image matches ",
    ]
    assert [outcome.message for outcome in found.left_out] == [f"no images in the folder {empty}"]
    assert len(found.jobs) == 1


@pytest.mark.parametrize(
    ("names", "output", "text"),
    [
        (["a.png"], None, "replace its own input"),
        (["a.png", "b.JPG"], "one.png", "several inputs"),
        ([""], "one.png", "several inputs"),
        (["a.png"], "one.xyz", "not a format that can be written"),
    ],
)
def test_impossible_plans_are_refused(
    folder: Path, tmp_path: Path, names: list[str], output: str | None, text: str
) -> None:
    with pytest.raises(OptionError, match=text):
        plan([folder / name for name in names], output and tmp_path / output)


def test_of_two_that_would_become_one_the_converted_one_keeps_its_whole_name(folder: Path, tmp_path: Path) -> None:
    names = [folder / name for name in ("a.heic", "a.png", "b.JPG")]
    names[0].write_bytes(b"x")
    found = plan(names, tmp_path / "out")
    assert targets(found, tmp_path / "out") == ["a.heic.png", "a.png", "b.JPG"]
    assert "a.png" in found.jobs[0].note
    assert targets(plan(names, suffix="_x2"), folder)[:2] == ["a.heic_x2.png", "a_x2.png"]


def test_what_is_still_in_the_way_of_another_fails_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(b"x")
    found = plan([folder / "a.png", tmp_path / "other" / "a.png", folder / "b.JPG"], tmp_path / "out")
    assert targets(found, tmp_path / "out") == ["a.png", "b.JPG"]
    assert [outcome.source for outcome in found.failed] == [tmp_path / "other" / "a.png"]
    assert "would both become" in found.failed[0].message


def test_own_input_in_the_way_fails_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "c.png").write_bytes(b"x")
    found = plan([folder / "a.png", tmp_path / "c.png"], folder)
    assert targets(found, folder) == ["c.png"]
    assert "replace its own input" in found.failed[0].message


def test_suffix_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(OptionError, match="slash"):
        plan([folder], suffix="/../x")


# Names
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v1.2 scan", "v1.2 scan_x3.png"),
        ("IMG.2024.05.01", "IMG.2024.05.01_x3.png"),
        ("a.b.png", "a.b_x3.png"),
        ("photo.jpg~", "photo.jpg~_x3.png"),
        ("photo.heic", "photo_x3.png"),
        ("moving.GIF", "moving_x3.GIF"),
        ("plain", "plain_x3.png"),
        ("scan.TIFF", "scan_x3.TIFF"),
    ],
)
def test_only_the_suffix_of_an_image_is_cut(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert targets(plan([tmp_path / name], suffix="_x3"), tmp_path) == [expected]


@pytest.mark.parametrize(
    "pattern", ["Trip [2020]/*.jpg", "Trip [2020]/**/*.jpg", "*/a [1].jpg", "Tr?p [[]2020]/a*.jpg", "T*/*"]
)
def test_what_exists_is_no_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    for name in ("Trip [2020]/a [1].jpg", "Trip 2/b.png", "a 1.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert Path("Trip [2020]/a [1].jpg") in [job.source for job in plan([pattern], "out").jobs]


@pytest.mark.parametrize("output", ["results.v2/", "out.png/", "deep/er.jpg/"])
def test_a_slash_makes_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    monkeypatch.chdir(folder)
    assert [job.target for job in plan(["a.png"], output).jobs] == [Path(output) / "a.png"]
    Path("file.png").write_bytes(b"x")
    with pytest.raises(OptionError, match="not a folder"):
        plan(["a.png"], "file.png/")


@pytest.mark.parametrize("inputs", [[""], ["a.png", ""]])
def test_empty_arguments_are_refused(folder: Path, inputs: list[str]) -> None:
    with pytest.raises(OptionError, match="empty"):
        plan(inputs)
    with pytest.raises(OptionError, match="output is empty"):
        plan([folder / "a.png"], "")


def test_a_local_folder_may_be_called_like_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s3:/bucket").mkdir(parents=True)
    Path("s3:/bucket/a.png").write_bytes(b"x")
    assert len(plan(["s3://bucket/a.png"], suffix="_x2").jobs) == 1


# What cannot be reached
# ------------------------------------------------------------------------------------------------------------


def test_a_link_to_a_file_is_a_file_and_a_link_to_a_folder_is_taken_when_named(folder: Path, tmp_path: Path) -> None:
    (folder / "latest.png").symlink_to("a.png")
    (tmp_path / "link").symlink_to(folder)
    assert "latest.png" in targets(plan([folder], tmp_path / "out"), tmp_path / "out")
    assert len(plan([tmp_path / "link"], tmp_path / "out").jobs) == 5


def test_the_output_below_an_input_is_no_input(folder: Path) -> None:
    (folder / "large").mkdir()
    (folder / "large" / "old.bmp").write_bytes(b"x")
    found = plan([folder], folder / "large")
    assert len(found.jobs) == 4
    assert "results are written there" in found.left_out[0].message
