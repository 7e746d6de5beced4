"""Plans that are not held: the same jobs as those of `srcnn.planning`, one by one."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest

from srcnn.cluster import planned as module
from srcnn.cluster.planned import Item, planned
from srcnn.cluster.run import run_on_cluster
from srcnn.errors import OptionError
from srcnn.files.address import Address
from srcnn.finding import Found
from srcnn.naming import naming_of
from srcnn.planning import Outcome, plan
from srcnn.upscale_file import UpscaleFile


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x" * len(name))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    touch("in/cat.gif", "in/cat.png", "in/cat.d/cat.gif", "in/cat.d/cat.x.png", "in/dog.psd", "in/.hidden.png")
    touch("in/sub/cat.jpg", "in/sub/cat.tga", "in/sub/cat.jp2", "in/notes.txt")
    return tmp_path


def jobs_of(found: Any) -> set[tuple[str, str, bool, str]]:
    items = [item.job for item in found if isinstance(item, Item)] if not hasattr(found, "jobs") else found.jobs
    return {(os.path.abspath(str(job.source)), os.path.abspath(str(job.target)), job.listed, job.note) for job in items}  # noqa: PTH100


@pytest.mark.parametrize("inputs", [["in"], ["in/**/*.png"], ["in/", "in/sub/"], ["in/cat.gif", "in/cat.png"]])
@pytest.mark.parametrize("format_name", [None, "jpeg"])
def test_the_jobs_are_those_of_a_plan(inputs: list[str], format_name: str | None) -> None:
    ours = jobs_of(planned(inputs, "out", suffix="_x2", format_name=format_name))
    theirs = jobs_of(plan(inputs, "out/", suffix="_x2", format_name=format_name))
    strip = [tuple(str(part).replace(os.getcwd() + os.sep, "") for part in job) for job in sorted(ours)]  # noqa: PTH109
    assert strip == [tuple(str(part).replace(os.getcwd() + os.sep, "") for part in job) for job in sorted(theirs)]  # noqa: PTH109


def test_the_jobs_of_a_storage_are_those_of_a_plan() -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra 'remote')")
    memory = fsspec.filesystem("memory")
    for name in ("cat.gif", "cat.png", "cat.d/a.png", "sub/cat.jpg", "large/old.png"):
        memory.pipe(f"/planned/{name}", b"1234")
    found = list(planned(["memory://planned"], "memory://planned/large"))
    memory.rm("/planned", recursive=True)
    rows = {str(item.job.source): (str(item.job.target), item.size) for item in found if isinstance(item, Item)}
    assert rows == {
        f"memory:///planned/{source}": (f"memory:///planned/large/{target}", 4)
        for source, target in (
            ("cat.gif", "cat.gif"),
            ("cat.png", "cat.png"),
            ("cat.d/a.png", "cat.d/a.png"),
            ("sub/cat.jpg", "sub/cat.jpg"),
        )
    }


def test_what_is_no_job_is_an_outcome_and_the_first_of_a_folder_tidies() -> None:
    found = list(planned(["in"], "out"))
    assert [one.source.name for one in found if isinstance(one, Outcome)] == ["dog.psd"]
    tidy = [item.job.target.parent.name for item in found if isinstance(item, Item) and item.tidy]
    assert sorted(tidy) == ["cat.d", "out", "sub"]
    assert all(item.size == len("in/" + item.job.source.relative_to(Path.cwd() / "in").as_posix())
               for item in found if isinstance(item, Item) and isinstance(item.job.source, Path))  # fmt: skip


def test_of_several_inputs_the_second_of_a_name_fails_and_a_double_is_one() -> None:
    touch("other/cat.png")
    found = list(planned(["in/cat.png", "in/cat.png", "other/cat.png"], "out"))
    assert [type(one) for one in found] == [Item, Outcome]
    assert isinstance(found[1], Outcome)
    assert (found[1].state, "would both become" in found[1].message) == ("failed", True)


@pytest.mark.parametrize(
    ("inputs", "output", "text"),
    [
        (["in"], None, "needs --output"),
        (["-"], "out", "needs --output"),
        (["in"], "-", "needs --output"),
        (["in"], "in/cat.png", "is a file; a cluster writes into a folder"),
        (["in/sub"], "in", "lies in the folder of the results"),
        (["in"], "in", "lies in the folder of the results"),
        (["memory://b/in"], "memory://b", "lies in the folder of the results"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(inputs: list[str], output: str | None, text: str) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed (extra 'remote')")
    with pytest.raises(OptionError, match=text):
        planned(inputs, output)


def test_results_inside_of_the_inputs_are_no_inputs() -> None:
    touch("in/large/cat.png")
    jobs = [one.job.source for one in planned(["in"], "in/large") if isinstance(one, Item)]
    assert len(jobs) == 7
    assert not [source for source in jobs if "large" in str(source)]


def test_a_long_list_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def listing(*_: object) -> Iterator[Found]:
        for n in range(40_000):
            yield Found(Address(f"s3://bucket/in/{n:09}.png"), PurePath(), listed=True, size=n)

    monkeypatch.setattr(module, "stream", listing)
    found = iter(module.Planned(("s3://bucket/in",), Path("out"), naming_of("", None)))
    next(found)
    tracemalloc.start()
    count = sum(1 for _ in found)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 39_999
    assert peak < 8_000_000, (
        "bytes: 200 a name, most of them in a table of Python that shrinks again; held they are 1,000"
    )


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2"])
def test_no_number_of_processes_is_refused_before_the_cluster_is_reached(folder: Path, workers: Any) -> None:
    (folder / "in").mkdir(exist_ok=True)
    with pytest.raises(OptionError, match="workers must be a whole number of at least 1"):
        next(run_on_cluster(planned(["in"], "out"), UpscaleFile(), "ray", workers=workers))
