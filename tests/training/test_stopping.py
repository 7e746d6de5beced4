"""Signals are noted once, and act as ever after that."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from srcnn.training.stopping import STOPPING, noted_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent there")


@pytest.fixture
def handlers() -> Iterator[list[int]]:
    """Handlers that take a note of what reaches them, in the place of those of the test runner."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda n, frame: came.append(n)) for number in STOPPING}
    yield came
    for number, handler in before.items():
        signal.signal(number, handler)


# In a process of its own: what else runs in that of the tests may have an opinion on SIGINT.
PROGRAM = """
import signal, sys
from srcnn.training.stopping import noted_signals
number, came = signal.Signals(int(sys.argv[1])), []
signal.signal(number, lambda n, frame: came.append(n))
with noted_signals() as asked:
    assert asked() == 0
    signal.raise_signal(number)
    assert asked() == number
    assert came == []
    signal.raise_signal(number)
    assert came == [number]
signal.raise_signal(number)
assert came == [number, number]
print("all as it should be")
"""


@pytest.mark.parametrize("number", STOPPING, ids=lambda number: number.name)
def test_the_first_is_noted_and_the_second_acts(number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(int(number))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "all as it should be\n"), done.stderr


def test_what_was_ignored_stays_ignored(handlers: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with noted_signals() as asked:
        signal.raise_signal(signal.SIGHUP)
        assert asked() == 0
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert handlers == []


def test_another_thread_takes_none() -> None:
    found: list[int] = []

    def work() -> None:
        with noted_signals() as asked:
            found.append(asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [0]
