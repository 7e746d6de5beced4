"""What a command tells its user: results, lines about the work, errors, and the one bar of a command that works through
files.

A line about the work never stops it, wherever it goes; a result that cannot be printed does (`srcnn.console`).
"""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO

import typer


def result(text: str) -> None:
    """Print data on standard output, for which the command was called."""
    typer.echo(_encodable(text, sys.stdout))


def summary(text: str) -> None:
    """Say on standard output what was done, where the work itself went into files."""
    _say(text, sys.stdout)


def note(text: str) -> None:
    """Say something about the work on standard error."""
    _say(text, sys.stderr)


def error(text: str) -> None:
    """Say on standard error what failed, in one line."""
    note(f"srcnn: {one_line(text)}")


def one_line(text: str) -> str:
    """A text without what moves the cursor or cannot be written: names of files may hold line ends and escape
    sequences.
    """
    return "".join(
        c if unicodedata.category(c) not in _UNPRINTABLE else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )


@dataclass(frozen=True)
class Bar:
    """What a command tells the bar: lines to print above it, and that a file is done."""

    say: Callable[[str], None]
    advance: Callable[[str], None]


@contextmanager
def bar_of_files(total: int, what: str) -> Iterator[Bar]:
    """Show a bar with the time left on standard error; on no terminal, or for nothing to do, only the lines are
    printed.
    """
    if total == 0 or sys.stderr is None or not sys.stderr.isatty():
        yield Bar(note, lambda text: None)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, name="")
        yield Bar(
            lambda text: console.print(_encodable(text, sys.stderr), markup=False, highlight=False, soft_wrap=True),
            lambda text: progress.update(task, advance=1, name=_encodable(one_line(text), sys.stderr)),
        )


_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _say(text: str, stream: TextIO | None) -> None:
    with suppress(OSError, ValueError):  # ValueError: the stream is closed
        if stream is not None:
            stream.write(_encodable(text, stream) + "\n")
            stream.flush()


def _encodable(text: str, stream: TextIO | None) -> str:
    """The text with numbers in place of the characters that a stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
