"""Output of the commands: results, messages, errors, and the progress bar over files.

A message that cannot be written never stops the work; a result that cannot be printed does (`srcnn.console`).
"""

import itertools
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import TextIO

import typer

_data: TextIO | None = None  # standard output within `data_alone`


@contextmanager
def data_alone() -> Iterator[None]:
    """Within the block, only `result` and `summary` reach standard output, and what libraries print does not."""
    global _data  # noqa: PLW0603 - standard output belongs to the process
    _data = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _data = None


def result(text: str) -> None:
    """Print the data that the command was called for on standard output."""
    stream = _data or sys.stdout
    typer.echo(_encodable(text, stream), file=stream)


def summary(text: str) -> None:
    """Print on standard output what was done, when the results themselves are files."""
    _say(text, _data or sys.stdout)


def note(text: str) -> None:
    """Print a message about the work on standard error."""
    _say(text, sys.stderr)


def error(text: str) -> None:
    """Print on standard error, in one line, what failed."""
    note(f"srcnn: {one_line(text)}")


def one_line(text: str) -> str:
    """Escape control characters and surrogates, since file names may hold line ends and escape sequences."""
    return "".join(
        c if unicodedata.category(c) not in _UNPRINTABLE else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )


@dataclass(frozen=True)
class Bar:
    """The progress bar of a command.

    Attributes
    ----------
    say : callable
        Prints a line above it.
    show : callable
        ``show(stage, done, total, words)``: how much of a stage is done; a new stage takes the bar over.
    """

    say: Callable[[str], None]
    show: Callable[[str, float, float, str], None]


@contextmanager
def progress_bar(*, hidden: bool = False) -> Iterator[Bar]:
    """The one bar of every command, on standard error; where that is no terminal, only its lines are printed."""
    if hidden or sys.stderr is None or not sys.stderr.isatty():
        yield Bar(note, lambda stage, done, total, words: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.text import Text

    class Left(TimeRemainingColumn):
        """The time left also after the first step, of which rich knows no speed yet."""

        def render(self, task: Task) -> Text:
            known = task.time_remaining is not None
            if known or not task.completed or task.elapsed is None or task.remaining is None:
                return super().render(task)
            minutes, seconds = divmod(int(task.elapsed * task.remaining / task.completed), 60)
            return Text(f"{minutes // 60}:{minutes % 60:02}:{seconds:02}", style="progress.remaining")

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        Left(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: float, total: float, words: str) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    progress.update(earlier, visible=False)
                tasks[stage] = progress.add_task(stage, total=total, words="")
            words = _encodable(one_line(words), sys.stderr)
            progress.update(tasks[stage], completed=done, total=total, words=words)

        def say(text: str) -> None:
            console.print(_encodable(text, sys.stderr), markup=False, highlight=False, soft_wrap=True)

        yield Bar(say, show)


@dataclass(frozen=True)
class FileBar:
    """The progress bar of a command that works on files: `say` prints a line above it, `advance` counts a file."""

    say: Callable[[str], None]
    advance: Callable[[str], None]


@contextmanager
def bar_of_files(total: int, what: str) -> Iterator[FileBar]:
    """A `progress_bar` that counts files."""
    done = itertools.count(1)
    with progress_bar() as bar:
        yield FileBar(bar.say, lambda name: bar.show(what, next(done), max(total, 1), name))


_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _say(text: str, stream: TextIO | None) -> None:
    with suppress(OSError, ValueError):  # ValueError: the stream is closed
        if stream is not None:
            stream.write(_encodable(text, stream) + "\n")
            stream.flush()


def _encodable(text: str, stream: TextIO | None) -> str:
    """Escape the characters that a stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
