"""Output of the commands: results, messages, errors, and the progress bar over files.

A message that cannot be written never stops the work; a result that cannot be printed does (`srcnn.console`).
"""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO

import typer


def result(text: str) -> None:
    """Print the data that the command was called for on standard output."""
    typer.echo(_encodable(text, sys.stdout))


def summary(text: str) -> None:
    """Print on standard output what was done, when the results themselves are files."""
    _say(text, sys.stdout)


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
    """The progress bar of a command: `say` prints a line above it, `advance` counts a finished file."""

    say: Callable[[str], None]
    advance: Callable[[str], None]


@contextmanager
def bar_of_files(total: int, what: str) -> Iterator[Bar]:
    """Show a progress bar on standard error; without a terminal or files, only its lines are printed."""
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
    """Escape the characters that a stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
