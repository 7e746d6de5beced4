"""Reporting never stops work, results that cannot be printed do, and Ctrl-C is one line: in processes of their own, as
users run it.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells, signals and devices of POSIX")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good images, one with a name beyond ASCII, and a bad one."""
    rng = np.random.default_rng(0)
    write_image(tmp_path / "a.png", Picture(rng.integers(0, 256, (12, 14, 3), np.uint8)))
    write_image(tmp_path / "ă 图 😀.png", Picture(rng.integers(0, 256, (11, 13), np.uint8)))
    (tmp_path / "bad.png").write_bytes(b"no image")
    return tmp_path


def srcnn(folder: Path, command: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of shell in which $SRCNN is the command."""
    own = {"SRCNN": f"{sys.executable} -m srcnn", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**os.environ, **own, **environment},
        capture_output=True,
        timeout=300,
        check=False,
    )


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").glob("*"))


BATCH = "$SRCNN upscale a.png bad.png ă* -m bicubic -s 2 -o out/"


@pytest.mark.parametrize(
    "streams",
    [
        "2>&-",
        ">&-",
        "<&- >&- 2>&-",
        pytest.param("2>/dev/full", marks=full),
        pytest.param(">/dev/full", marks=full),
        "| true",
        "2>&1 | true",
    ],
)
def test_a_batch_goes_on_whatever_becomes_of_its_lines(folder: Path, streams: str) -> None:
    done = srcnn(folder, f"({BATCH}; echo $? >code) {streams}")
    assert (folder / "code").read_text() == "1\n"
    assert made(folder) == ["a.png", "ă 图 😀.png"]
    assert read_image(folder / "out" / "a.png").pixels.shape == (24, 28, 3)
    assert b"Traceback" not in done.stderr + done.stdout
    assert b"Exception" not in done.stderr + done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-16"])
def test_a_batch_goes_on_in_any_encoding(folder: Path, encoding: str) -> None:
    done = srcnn(
        folder, f"$SRCNN upscale none-图.png {BATCH.removeprefix('$SRCNN upscale')}", PYTHONIOENCODING=encoding
    )
    assert done.returncode == 1
    assert made(folder) == ["a.png", "ă 图 😀.png"]
    lines = done.stderr.decode(encoding).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("srcnn: ") for line in lines[:2])
    assert ("\\u56fe" in lines[0]) != (encoding == "utf-16")


def test_a_name_cannot_move_the_cursor(folder: Path) -> None:
    done = srcnn(folder, r"""$SRCNN upscale "$(printf 'two\nlines\033c.png')" -m bicubic""")
    assert done.stderr.splitlines()[0] == b"srcnn: no such file: two\\nlines\\x1bc.png"


def test_undecodable_names_are_taken_and_named(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    try:
        (folder / name).write_bytes((folder / "a.png").read_bytes())
    except OSError:
        pytest.skip("this file system has no such names")
    assert srcnn(folder, "$SRCNN upscale caf*.png -m bicubic -o out/").returncode == 0
    assert made(folder) == [name]
    done = srcnn(folder, "$SRCNN score caf*.png a.png")
    assert done.returncode == 0
    assert b"inf" in done.stdout


@pytest.mark.parametrize(
    ("command", "stream"),
    [
        ("models", ">&-"),
        ("--help", ">&-"),
        pytest.param("models --json", ">/dev/full", marks=full),
        pytest.param("score a.png a.png", ">/dev/full", marks=full),
        pytest.param("--version", ">/dev/full", marks=full),
    ],
)
def test_results_that_cannot_be_printed_are_a_failure_in_one_line(folder: Path, command: str, stream: str) -> None:
    done = srcnn(folder, f"$SRCNN {command} {stream}")
    assert done.returncode == 1
    assert done.stderr.startswith(b"srcnn: cannot write to standard output: ")
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_has_enough_is_no_error_worth_a_line(folder: Path) -> None:
    done = srcnn(folder, "($SRCNN models; echo $? >code) | head -1")
    assert done.stdout.startswith(b"model")
    assert done.stderr == b""
    assert (folder / "code").read_text() in {"0\n", "1\n"}, "0 when all was written before the reader left"


@pytest.mark.parametrize("streams", ["2>&-", pytest.param("2>/dev/full", marks=full)])
def test_exit_codes_of_wrong_usage_stay(folder: Path, streams: str) -> None:
    for arguments in ("upscale a.png -m bicubik", "upscale --nonsense", "upscale", "nonsense"):
        assert srcnn(folder, f"$SRCNN {arguments} {streams}").returncode == 2


def test_an_output_file_never_gets_the_number_of_a_closed_stream(folder: Path) -> None:
    code = (
        "import os, srcnn.console\n"
        "def command():\n"
        "    with open('file', 'wb') as file:\n"
        "        assert file.fileno() > 2, file.fileno()\n"
        "srcnn.console.run(command)\n"
    )
    (folder / "code.py").write_text(code)
    assert srcnn(folder, f"{sys.executable} code.py <&- >&- 2>&-").returncode == 0


# Ctrl-C
# ----------------------------------------------------------------------------------------------------------------------


def interrupted(folder: Path, code: str, by: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
    """Exit code and output of Python code that is interrupted once it prints "now"."""
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "now\n"
        child.send_signal(by)
        out, err = child.communicate(timeout=120)
    return child.returncode, out, err


DURING_AN_IMPORT = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {module!r}:
            sys.meta_path.remove(self)
            print("now", flush=True)
            time.sleep(100)
sys.meta_path.insert(0, Slow())
sys.argv = ["srcnn", "upscale", "a.png", "-m", "fast", "--engine", "onnxruntime", "-o", "big.png"]
from srcnn.__main__ import start
start()
"""


@pytest.mark.parametrize("module", ["signal", "typer", "numpy", "pyvips", "onnxruntime"])
def test_interrupt_during_start_up_is_one_line(folder: Path, module: str) -> None:
    status, _, err = interrupted(folder, DURING_AN_IMPORT.format(module=module))
    assert status == 130
    assert err.splitlines()[-1].startswith("srcnn: stopped")
    assert err.count("\n") == 1
    assert not (folder / "big.png").exists()
    assert not list(folder.glob(".srcnn-*"))


DURING_WORK = """
import sys, time
import importlib
module = importlib.import_module("srcnn.prepared")
plain = module.enlarged_strips
def slow(*arguments, **settings):
    slow.calls += 1
    if slow.calls == 2:
        print("now", flush=True)
        time.sleep(100)
    return plain(*arguments, **settings)
slow.calls = 0
module.enlarged_strips = slow
sys.argv = ["srcnn", "upscale", "a.png", "bad.png", "-m", "bicubic", "-o", "out/"]
from srcnn.__main__ import start
start()
"""


def test_interrupt_during_work_is_one_line_and_no_half_file(folder: Path) -> None:
    (folder / "bad.png").write_bytes((folder / "a.png").read_bytes())
    status, _, err = interrupted(folder, DURING_WORK)
    assert status == 130
    assert err == "srcnn: stopped: 1 upscaled, 1 left; run the same command again to continue\n"
    assert [path.name for path in (folder / "out").iterdir()] == ["a.png"]


SWALLOWED = """
import srcnn.console, time, sys
class Late:
    def __del__(self):
        print("now", flush=True)
        time.sleep(100)
def command():
    Late()
    print("went on")
srcnn.console.run(command)
"""


def test_interrupt_that_python_would_lose_ends_all_the_same(folder: Path) -> None:
    assert interrupted(folder, SWALLOWED) == (130, "", "srcnn: stopped\n")


def test_second_interrupt_ends_at_once(folder: Path) -> None:
    code = """
import os, signal, srcnn.console, time
def command():
    try:
        print("now", flush=True)
        time.sleep(100)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(100)
srcnn.console.run(command)
"""
    assert interrupted(folder, code) == (130, "", "srcnn: stopped\n")


def test_ignored_interrupts_stay_ignored(folder: Path) -> None:
    code = """
import os, signal, srcnn.console
signal.signal(signal.SIGINT, signal.SIG_IGN)
def command():
    os.kill(os.getpid(), signal.SIGINT)
    print("went on")
srcnn.console.run(command)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")


IN_A_LIBRARY = """
import sys
sys.argv = ["srcnn", "upscale", "a.png", "-m", "fast", "-o", "big.png"]
from srcnn.__main__ import start
start()
"""
OF_ITS_OWN = """
import os, time
try:
    os.write(1, b"now\\n")
    time.sleep(100)
except BaseException as error:
    raise ImportError("initialization failed") from error
"""
FROM_A_STRING = """
exec("import os, time; os.write(1, b'now\\\\n'); time.sleep(100)")
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("library", [OF_ITS_OWN, FROM_A_STRING])
def test_interrupt_that_a_library_takes_for_its_own_error_ends_all_the_same(
    folder: Path, library: str, by: signal.Signals
) -> None:
    # OpenVINO's modules in C report "initialization failed" when a signal comes during their import.
    # The command went on with ONNX Runtime.
    # In code that is run from a string, as that of data classes, Python ended itself by SIGINT.
    (folder / "openvino.py").write_text(library)
    status, out, err = interrupted(folder, IN_A_LIBRARY, by)
    assert status == 128 + by
    assert out == ""
    assert err.startswith("srcnn: stopped")
    assert err.count("\n") == 1
    assert not (folder / "big.png").exists()
