"""One process at a time works in the folder of a run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from srcnn.errors import DataError, OptionError
from srcnn.training.run_folder import LAST, working_in

HOLD = """
import sys, time
from pathlib import Path
from srcnn.training.run_folder import working_in
with working_in(Path(sys.argv[1]), resume=False):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="no file locks there")
def test_a_second_process_is_refused_and_a_dead_one_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with holder(folder) as process:
        with (
            pytest.raises(OptionError, match=rf"run is in use by process {process.pid} on "),
            working_in(folder, resume=False),
        ):
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert any(folder.iterdir())  # nothing was tidied up
        with working_in(folder, resume=False):
            (folder / LAST).touch()
    assert [path.name for path in folder.iterdir()] == [LAST]


def test_what_is_in_the_folder_decides(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to resume"), working_in(tmp_path / "run", resume=True):
        pass
    assert not (tmp_path / "run").exists()
    with working_in(tmp_path / "run", resume=False):
        (tmp_path / "run" / LAST).touch()
    with pytest.raises(OptionError, match="already holds a run"), working_in(tmp_path / "run", resume=False):
        pass
    with working_in(tmp_path / "run", resume=True):
        pass


def test_a_run_that_left_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyError), working_in(tmp_path / "deep" / "run", resume=False):
        raise KeyError
    assert not (tmp_path / "deep" / "run").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with (
        pytest.raises(DataError, match="cannot write to the run folder"),
        working_in(tmp_path / "run", resume=False),
    ):
        pass
    assert (tmp_path / "run").read_text() == "mine"
