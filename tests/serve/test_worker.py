"""The process that computes, in whose place a small program says what a test needs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from srcnn.serve.child import Task
from srcnn.serve.problems import Problem
from srcnn.serve.worker import Worker
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

STUB = """
import base64, json, pickle, sys, time
def say(text): print(text, flush=True)
say('{"ready": 1}')
for line in sys.stdin.buffer:
    if line == b"cancel\\n":
        continue
    name = pickle.loads(base64.b64decode(line)).name
    if name == "long":
        say('{"done": 1, "notes": "' + "x" * 3_000_000 + '"}')
    elif name == "nonsense":
        say("nonsense")
    elif name == "unknown":
        say('{"failed": "in a way that nobody knows", "why": ""}')
    elif name == "dead":
        sys.exit(1)
    elif name == "silent":
        time.sleep(1000)
    say(json.dumps({"done": 1, "total": 1}))
    say(json.dumps({"made": {"name": name}}))
"""


def task(name: str) -> Task:
    work = UpscaleFile(size=TargetSize(scale=2))
    return Task(work=work, source=Path("a"), target=Path("b"), name=name, result=name, max_result=1)


def with_worker(test: Callable[[Worker], Coroutine[Any, Any, None]], stub: str = STUB) -> None:
    """Run a test, and end its worker."""

    async def run() -> None:
        worker = Worker((sys.executable, "-c", stub))
        try:
            await test(worker)
        finally:
            await worker.stop()

    asyncio.run(run())


async def is_as_new(worker: Worker, starts: int) -> None:
    """What comes next gets its own answer, from a process that was started so often."""
    assert await worker.do(task("good"), lambda message: None) == {"name": "good"}
    assert worker.starts == starts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("long", "said what makes no sense"),
        ("nonsense", "said what makes no sense"),
        ("unknown", "said what makes no sense"),
        ("dead", "has ended"),
    ],
)
def test_process_that_breaks_the_agreement_is_started_afresh(name: str, words: str) -> None:
    async def test(worker: Worker) -> None:
        with pytest.raises(Problem, match=words) as caught:
            await worker.do(task(name), lambda message: None)
        assert caught.value.status == 500
        assert caught.value.__cause__ is not None
        await is_as_new(worker, starts=2)

    with_worker(test)


def test_process_is_started_afresh_where_the_listener_fails() -> None:
    def fail(message: dict[str, Any]) -> None:
        raise KeyError(message)

    async def test(worker: Worker) -> None:
        with pytest.raises(Problem, match="makes no sense"):
            await worker.do(task("good"), fail)
        await is_as_new(worker, starts=2)

    with_worker(test)


@pytest.mark.parametrize("times", [1, 2])
def test_process_that_does_not_heed_a_cancelled_task_is_ended(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.serve.worker._PATIENCE", 0.2 if times == 1 else 1000)

    async def test(worker: Worker) -> None:
        await worker.start()
        working = asyncio.create_task(worker.do(task("silent"), lambda message: None))
        for _ in range(times):
            await asyncio.sleep(0.05)
            working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await is_as_new(worker, starts=2)

    with_worker(test)


def test_process_that_is_not_ready_yet_is_ended_with_its_task() -> None:
    async def test(worker: Worker) -> None:
        working = asyncio.create_task(worker.do(task("good"), lambda message: None))
        await until(lambda: worker.pid is not None)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert worker.pid is None

    with_worker(test, "import time; time.sleep(1000)")


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("command", [("/nowhere/python",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_process_that_cannot_be_started_is_a_problem(command: tuple[str, ...]) -> None:
    do: Awaitable[Any] = Worker(command).do(task("good"), lambda message: None)

    async def run() -> None:
        await do

    with pytest.raises(Problem, match="cannot be started") as caught:
        asyncio.run(run())
    assert caught.value.status == 503
