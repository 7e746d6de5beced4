"""Signals are noted once, and act as ever after that."""

import signal
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


@pytest.mark.parametrize("number", STOPPING, ids=lambda number: number.name)
def test_the_first_is_noted_and_the_second_acts(number: signal.Signals, handlers: list[int]) -> None:
    with noted_signals() as asked:
        assert asked() == 0
        signal.raise_signal(number)
        assert asked() == number
        assert handlers == []
        signal.raise_signal(number)
        assert handlers == [number]
    signal.raise_signal(number)
    assert handlers == [number, number]


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
