"""The process that computes, seen from the one that answers: started, asked, stopped, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from srcnn.serve.child import CANCEL, Task
from srcnn.serve.problems import Problem

_COMMAND = (sys.executable, "-P", "-m", "srcnn.serve.child")  # -P: no module of the working folder stands for a library
_LONGEST = 1 << 20  # bytes of a message; notes and errors have some hundreds
_PATIENCE = 3.0  # seconds in which work has to end that is cancelled; after that its process is ended
_KINDS = {"option": 400, "image": 422, "size": 413, "memory": 503, "disk": 507, "cancelled": 503, "bug": 500}

OnMessage = Callable[[dict[str, Any]], None]


class Worker:
    """A process that does one task at a time; it is started when it is needed, and again when it has died.

    A process whose last task did not come to its end as agreed is ended: what it still has to say belongs to that task.

    Parameters
    ----------
    command : sequence of str
        What starts it.
    """

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self) -> None:
        """Start the process, unless it runs.

        Raises
        ------
        Problem
            If it cannot be started.
        """
        if self.pid is not None:
            return
        self.starts += 1
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST,
                start_new_session=True,  # what its libraries start ends with it
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
            await self._message()  # that it is ready
        except BaseException as error:
            await self._drop()
            if isinstance(error, Exception):
                words = "the process that computes cannot be started; try again later"
                raise Problem(503, words, {"Retry-After": "10"}) from error
            raise

    async def do(self, task: Task, on_message: OnMessage) -> dict[str, Any]:
        """Do a task; if the caller is cancelled, so is the task, and it has ended when this returns.

        Parameters
        ----------
        task : Task
            One image.
        on_message : callable
            Told of decisions and progress.

        Returns
        -------
        dict
            What was made.

        Raises
        ------
        Problem
            If it failed.
        """
        try:
            await self.start()
            await self._send(task.line())
            return await self._end(on_message)
        except Problem:
            raise  # it was not started, or has ended its task
        except asyncio.CancelledError:
            await self._cancel()
            raise
        except (EOFError, OSError) as error:
            await self._drop()
            raise Problem(
                500,
                f"{task.name}: the process that computes has ended; the image may need more memory than there "
                "is, or it may have found a fault in a decoder",
            ) from error
        except Exception as error:
            await self._drop()
            raise Problem(500, f"{task.name}: the process that computes said what makes no sense") from error

    async def stop(self) -> None:
        """End the process; between two tasks it ends by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            await _kill(process)

    async def _drop(self) -> None:
        """End the process at once, in the middle of a task."""
        process, self._process = self._process, None
        if process is not None:
            await _kill(process)

    async def _end(self, on_message: OnMessage) -> dict[str, Any]:
        while True:
            message = await self._message()
            if "made" in message:
                found: dict[str, Any] = message["made"]
                return found
            if "failed" in message:
                raise Problem(_KINDS[message["failed"]], message["why"])
            on_message(message)

    async def _cancel(self) -> None:
        """Cancel the task; a process that goes on with it is ended."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._send(CANCEL)
                with suppress(Problem):
                    await self._end(lambda message: None)
        except (Exception, asyncio.CancelledError):  # cancelled once more
            await self._drop()

    async def _send(self, line: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        await self._process.stdin.drain()

    async def _message(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        found: dict[str, Any] = json.loads(line)
        return found


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None
    while await process.stdout.read(_LONGEST):
        pass  # a pipe that is not read to its end keeps `wait` waiting
    await process.wait()
