"""The process that computes: it reads tasks from standard input and says on standard output what becomes of them.

It lies apart from the process that answers, so that an image which brings a decoder down, takes too long or too much
memory costs nothing but itself.
It ends when its input ends, so it never outlives its parent.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from srcnn.batch import mistake
from srcnn.errors import CancelledError, OptionError, SrcnnError
from srcnn.planning import Job
from srcnn.progress import cancellable
from srcnn.serve.folder import is_full
from srcnn.upscale_file import UpscaleFile

CANCEL = b"cancel\n"
_log = logging.getLogger(__name__)
_EVERY = 0.05  # seconds between two words about progress

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One image.

    Attributes
    ----------
    work : UpscaleFile
        What is to be done.
    source, target : Path
        Files of the service.
    name, result : str
        What the client calls them.
    max_result : int
        Pixels that the result may have, in all frames.
    """

    work: UpscaleFile
    source: Path
    target: Path
    name: str
    result: str
    max_result: int

    def line(self) -> bytes:
        """The task as a line of input.

        Returns
        -------
        bytes
            With its end.
        """
        return base64.b64encode(pickle.dumps(self)) + b"\n"


def perform(task: Task, say: Say, cancel: threading.Event) -> None:
    """Do a task, and say how it ended: ``{"made": …}``, or ``{"failed": kind, "why": words}``.

    Parameters
    ----------
    task : Task
        One image.
    say : callable
        Told of the decisions (``{"expected": …}``), of progress (``{"done": …, "total": …}``) and of the end.
    cancel : threading.Event
        Ends the work when it is set.
    """
    try:
        say(_made(task, say, cancel))
    except CancelledError:
        say({"failed": "cancelled", "why": "cancelled"})
    except OptionError as error:
        say({"failed": "option", "why": _in_words(error, task)})
    except SrcnnError as error:
        say({"failed": "disk" if is_full(error) else "image", "why": _in_words(error, task)})
    except MemoryError:
        say({"failed": "memory", "why": f"{task.name}: there is not enough memory for the result"})
    except Exception as error:
        _log.exception("%a: a bug", task.name)
        say({"failed": "bug", "why": f"{task.name}: {mistake(error)}"})


def _made(task: Task, say: Say, cancel: threading.Event) -> dict[str, Any]:
    prepared = task.work.prepare(Job(task.source, task.target))
    expected = prepared.expected
    width, height = expected.size
    if width * height * prepared.frames > task.max_result:
        frames = f" in each of {prepared.frames} frames" if prepared.frames > 1 else ""
        why = (
            f"{task.name}: the result would have {width}x{height} pixels{frames}, more than the "
            f"{task.max_result / 1e6:g} million that this service makes; ask for a smaller size"
        )
        return {"failed": "size", "why": why}
    say({"expected": {"model": expected.model, "size": expected.size, "input_size": expected.input_size}})
    told = 0.0

    def listen(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if done in (0, total) or now - told > _EVERY:
            told = now
            say({"done": done, "total": total})

    made = prepared.write(task.target, cancellable(listen, cancel))
    return {
        "made": {
            "model": made.model,
            "size": made.size,
            "input_size": made.input_size,
            "notes": [_renamed(note, task) for note in made.notes],
        }
    }


def _in_words(error: SrcnnError, task: Task) -> str:
    return _renamed(str(error), task)


def _renamed(text: str, task: Task) -> str:
    """The client knows its own names, not the files of the service."""
    return text.replace(str(task.target), task.result).replace(str(task.source), task.name)


def _listen(lines: Iterable[bytes], tasks: Callable[[Task], None], cancel: threading.Event) -> None:
    for line in lines:
        if line == CANCEL:
            cancel.set()
        else:
            tasks(pickle.loads(base64.b64decode(line)))


def _private(descriptor: int, instead: int, mode: str) -> BinaryIO:
    """A standard stream for this process alone; libraries find another one in its place."""
    private = os.dup(descriptor)
    os.dup2(instead, descriptor)
    return cast(BinaryIO, os.fdopen(private, mode, buffering=0))


def _split(stream: BinaryIO) -> Iterator[bytes]:
    """Lines, read without a lock of Python's, which a process that a library forks would find locked for ever."""
    rest = b""
    while found := stream.read(1 << 16):
        *lines, rest = (rest + found).split(b"\n")
        yield from (line + b"\n" for line in lines)


def main() -> None:
    """Do tasks until the input ends."""
    import queue

    # Ctrl-C and SIGTERM go to all processes of a terminal or a control group; the parent decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):  # where memory runs out, Linux ends this process and not the one that answers
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    with Path(os.devnull).open("rb") as nothing:
        source = _private(0, nothing.fileno(), "rb")
    output, lock = _private(1, 2, "wb"), threading.Lock()
    cancel, tasks = threading.Event(), queue.SimpleQueue[Task | None]()

    def say(message: dict[str, Any]) -> None:
        with lock:
            output.write(json.dumps(message).encode() + b"\n")

    def take(task: Task) -> None:
        cancel.clear()
        tasks.put(task)

    def listen() -> None:
        _listen(_split(source), take, cancel)
        cancel.set()
        tasks.put(None)

    threading.Thread(target=listen, daemon=True).start()
    with suppress(BrokenPipeError):
        say({"ready": os.getpid()})
        while (task := tasks.get()) is not None:
            perform(task, say, cancel)


if __name__ == "__main__":
    main()
